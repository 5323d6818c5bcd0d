def own(path):
    if os.stat(path).st_uid == os.getuid():
        # ruleid: exchanged-between
        return open(path).read()

def no_link(path):
    if not os.path.islink(path):
        # ruleid: exchanged-between
        with open(path, "w") as file:
            file.write("")

def asked_of_the_file(path):
    with open(path) as file:
        # ok: exchanged-between
        if os.fstat(file.fileno()).st_uid == os.getuid():
            return file.read()

def another_file(path, other):
    if os.stat(path).st_uid == os.getuid():
        # ok: exchanged-between
        return open(other).read()
