def by_name(archive, target):
    with zipfile.ZipFile(archive) as bundle:
        for name in bundle.namelist():
            # ruleid: archive-member-path
            with open(os.path.join(target, name), "wb") as file:
                file.write(bundle.read(name))

def by_item(bundle, target):
    for item in bundle.infolist():
        path = target + "/" + item.filename
        # ruleid: archive-member-path
        open(path, "wb").write(bundle.read(item))

def cleaned(bundle, target):
    for name in bundle.namelist():
        # ok: archive-member-path
        bundle.extract(name, target)

def checked(bundle, target):
    for name in bundle.namelist():
        path = (Path(target) / name).resolve()
        if not path.is_relative_to(target):
            raise ValueError(name)
        # ok: archive-member-path
        path.write_bytes(bundle.read(name))

def names_from_a_folder(target):
    for name in os.listdir(target):
        # ok: archive-member-path
        print(open(os.path.join(target, name)).read())

def with_other_separators(bundle, target):
    for item in bundle.infolist():
        name = item.filename.replace("\\", "/")
        # ruleid: archive-member-path
        open(os.path.join(target, name), "wb").write(bundle.read(item))

def flattened(bundle, target):
    for item in bundle.infolist():
        name = item.filename.replace("\\", "_").replace("/", "_")
        # ok: archive-member-path
        open(os.path.join(target, name), "wb").write(bundle.read(item))

def under_a_folder(bundle, target):
    for item in bundle.infolist():
        if item.filename.startswith("data/"):
            # ruleid: archive-member-path
            open(os.path.join(target, item.filename), "wb").write(bundle.read(item))
