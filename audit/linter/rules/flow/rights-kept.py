def folder_of(user):
    try:
        # ruleid: rights-kept
        raise_privileges()
        os.mkdir("/home/" + user)
        lower_privileges()
    except OSError:
        return False
    return True

def taken(path):
    # ruleid: rights-kept
    os.seteuid(0)
    return read_all(path)

def given_up_in_any_case(user):
    try:
        # ok: rights-kept
        raise_privileges()
        os.mkdir("/home/" + user)
        lower_privileges()
    except OSError:
        return False
    finally:
        lower_privileges()
    return True

def given_back(path, number):
    # ok: rights-kept
    os.seteuid(0)
    text = read_all(path)
    os.seteuid(number)
    return text
