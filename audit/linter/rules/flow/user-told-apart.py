def of_a_view(user, password):
    if user is None:
        # ruleid: user-told-apart
        return "User not found", 404
    if not user.check_password(password):
        return "Wrong password", 401
    return "Welcome"

def by_an_error(user, password):
    if user is None:
        # ruleid: user-told-apart
        raise LoginError("no such user")
    if not user.check_password(password):
        raise LoginError("incorrect password")

def alike(user, password):
    if user is None or not user.check_password(password):
        # ok: user-told-apart
        return "Wrong name or password", 401
    return "Welcome"

def without_a_login(user):
    if user is None:
        # ok: user-told-apart
        return "User not found", 404
    return user.name
