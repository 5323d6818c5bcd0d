def ignored(path):
    # ruleid: ignored-exit-status
    subprocess.run(["updater", path])
    return True

def ignored_too(path):
    # ruleid: ignored-exit-status
    subprocess.call(["updater", path])
    return "done"

def checked(path):
    # ok: ignored-exit-status
    subprocess.run(["updater", path], check=True)
    return True

def compared(path):
    # ok: ignored-exit-status
    return subprocess.call(["updater", path]) == 0
