def direct(text):
    # ruleid: temp-fixed-path
    with open("/tmp/copy.txt", "w") as file:
        file.write(text)

def through_a_variable(data):
    path = "/tmp/upload"
    # ruleid: temp-fixed-path
    open(path, "wb").write(data)

def made_by_the_library(text):
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        # ok: temp-fixed-path
        file.write(text)

def only_read():
    # ok: temp-fixed-path
    return open("/tmp/copy.txt").read()

def in_a_private_folder(text):
    folder = tempfile.mkdtemp()
    # ok: temp-fixed-path
    open(os.path.join(folder, "copy.txt"), "w").write(text)

def through_a_path(data):
    target = Path(tempfile.gettempdir()) / "cache.json"
    # ruleid: temp-fixed-path
    target.write_text(data)

def in_a_folder_of_its_own(data):
    target = Path(tempfile.mkdtemp()) / "cache.json"
    # ok: temp-fixed-path
    target.write_text(data)
