def changed(user, text):
    try:
        check_permission(user)
    # ruleid: check-passed-over
    except PermissionError:
        logging.warning("not allowed")
    return keep(text)

def entered(user):
    try:
        validate_token(user)
    # ruleid: check-passed-over
    except Exception as fault:
        logging.error("token: %r", fault)
    return welcome(user)

def refused(user, text):
    try:
        check_permission(user)
    # ok: check-passed-over
    except PermissionError:
        logging.warning("not allowed")
        raise
    return keep(text)

def another_error(path):
    try:
        read_settings(path)
    # ok: check-passed-over
    except OSError:
        logging.warning("no settings")
