def swallowed(user, role):
    # ruleid: swallowed-check
    try:
        user.require(role)
    except Exception:
        pass
    return True

def swallowed_all(token):
    # ruleid: swallowed-check
    try:
        verify_token(token)
    except:
        pass

def refused(user, role):
    # ok: swallowed-check
    try:
        user.require(role)
    except Exception:
        return False
    return True

def another_error(user, role):
    # ok: swallowed-check
    try:
        user.require(role)
    except KeyError:
        pass
