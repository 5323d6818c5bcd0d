def without_a_mode(path):
    # ruleid: created-for-all
    return os.open(path, os.O_WRONLY | os.O_CREAT)

def new(path):
    # ruleid: created-for-all
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR)

def for_one_user(path):
    # ok: created-for-all
    return os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

def to_read(path):
    # ok: created-for-all
    return os.open(path, os.O_RDONLY)
