def by_flags(path):
    mode = stat.S_IRWXU | stat.S_IRWXO
    # ruleid: mode-for-all
    path.chmod(mode)

def by_a_number(path):
    mode = 0o666
    # ruleid: mode-for-all
    os.chmod(path, mode)

def for_one_user(path):
    mode = stat.S_IRUSR | stat.S_IWUSR
    # ok: mode-for-all
    path.chmod(mode)

def for_all_to_read(path):
    mode = 0o644
    # ok: mode-for-all
    os.chmod(path, mode)
