def joined(name):
    path = os.path.join("reports", name)
    # ruleid: path-from-parameter
    return open(path).read()

def added(name: str):
    # ruleid: path-from-parameter
    return open("reports/" + name).read()

def formatted(name="a"):
    # ruleid: path-from-parameter
    os.remove(f"reports/{name}.txt")

def with_a_path(theme, page):
    path = Path("themes") / theme / (page + ".html")
    # ruleid: path-from-parameter
    return path.read_text()

def with_a_constant(name):
    # ruleid: path-from-parameter
    return open(os.path.join(UPLOAD_DIR, name))

def only_the_last_part(name):
    # ok: path-from-parameter
    return open(os.path.join("reports", os.path.basename(name)))

def checked(name):
    if not name.isalnum():
        raise ValueError("bad name")
    # ok: path-from-parameter
    return open(f"reports/{name}.txt")

def the_caller_chose_the_whole_path(path):
    # ok: path-from-parameter
    return open(path)

def the_folder_is_a_parameter(folder):
    # ok: path-from-parameter
    return open(os.path.join(folder, "index.html"))

def asked():
    name = input("Which report? ")
    # ruleid: path-from-parameter
    with open("/reports/" + name) as file:
        return file.read()

def asked_for_its_last_part():
    name = os.path.basename(input("Which report? "))
    # ok: path-from-parameter
    with open("/reports/" + name) as file:
        return file.read()

def page(number):
    # ok: path-from-parameter
    return open("pages/%d.txt" % number)

def checked_elsewhere(name):
    validate_name(name)
    # ok: path-from-parameter
    return open("pages/" + name)

def checked_by_what_checks_nothing(name):
    def validate_nothing(text):
        return text

    validate_nothing(name)
    # ruleid: path-from-parameter
    return open("pages/" + name)

class Store:
    def read(self, name):
        # ruleid: path-from-parameter
        return open(os.path.join(self.folder, name)).read()

    def delete(self, name):
        # ruleid: path-from-parameter
        os.remove(self.path_of(name))

    def path_of(self, name):
        return os.path.join(self.folder, name)

class CarefulStore:
    def read(self, name):
        # ok: path-from-parameter
        return open(self.careful_path_of(name)).read()

    def careful_path_of(self, name):
        path = os.path.realpath(os.path.join(self.folder, name))
        if os.path.commonpath([path, self.folder]) != self.folder:
            raise ValueError(name)
        return path

def checked_below(base, name):
    must_be_inside(base, name)
    # ok: path-from-parameter
    return open(os.path.join(base, name))

def must_be_inside(base, name):
    if not os.path.abspath(os.path.join(base, name)).startswith(base):
        raise ValueError(name)

def listed(folder):
    for name in os.listdir(folder):
        # ok: path-from-parameter
        os.remove(os.path.join(folder, name))

def with_an_ending(path, ending):
    # ok: path-from-parameter
    return open(path + "." + ending)

def fetched(bucket, name, folder):
    # ruleid: path-from-parameter
    bucket.get_key(name).get_contents_to_filename(os.path.join(folder, name))

def fetched_by_last_part(bucket, name, folder):
    # ok: path-from-parameter
    bucket.get_key(name).get_contents_to_filename(os.path.join(folder, os.path.basename(name)))

def last_part_of(name):
    # ok: path-from-parameter
    return open(os.path.join(PAGES, os.path.split(name)[1]))

def last_part_by_name(name):
    folder, last = os.path.split(name)
    # ok: path-from-parameter
    return open(os.path.join(PAGES, last))

def first_part_of(name):
    # ruleid: path-from-parameter
    return open(os.path.join(PAGES, os.path.split(name)[0]))
