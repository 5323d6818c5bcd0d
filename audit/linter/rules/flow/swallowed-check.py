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

def passed_over(page, user):
    # ruleid: swallowed-check
    try:
        page.check_access(user)
    except PermissionError:
        pass
    return page.text

def passed_over_with_what_needs_it(page, user):
    # ok: swallowed-check
    try:
        page.check_access(user)
        page.change(user)
    except PermissionError:
        pass
