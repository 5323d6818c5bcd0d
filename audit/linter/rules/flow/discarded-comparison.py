def thrown_away(a, b):
    # ruleid: discarded-comparison
    hmac.compare_digest(a, b)
    return "ok"

def thrown_away_too(user, password):
    # ruleid: discarded-comparison
    user.check_password(password)
    login_user(user)

def used(a, b):
    # ok: discarded-comparison
    if not hmac.compare_digest(a, b):
        raise PermissionError
    return "ok"

def returned(a, b):
    # ok: discarded-comparison
    return hmac.compare_digest(a, b)
