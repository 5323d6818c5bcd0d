def written_if_new(path, text):
    # ruleid: exists-then-write
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write(text)

def written_after_a_return(path, text):
    # ruleid: exists-then-write
    if os.path.exists(path):
        return
    with open(path, "w") as file:
        file.write(text)

def in_one_step(path, text):
    # ok: exists-then-write
    with open(path, "x") as file:
        file.write(text)

def another_file(path, text):
    # ok: exists-then-write
    if not os.path.exists(path):
        with open("log.txt", "w") as file:
            file.write(text)

def read_if_there(path):
    # ok: exists-then-write
    if os.path.exists(path):
        return open(path).read()

def written_otherwise(path, text):
    # ruleid: exists-then-write
    if os.path.isfile(path):
        raise FileExistsError(path)
    file = open(path, mode="w")
    file.write(text)

def by_its_path(path: Path, text):
    # ruleid: exists-then-write
    if not path.exists():
        path.write_text(text)
