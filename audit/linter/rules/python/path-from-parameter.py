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
