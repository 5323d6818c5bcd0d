def a_text(user):
    # ruleid: identity-of-literal
    return user.role is "owner"

def not_a_text(user):
    # ruleid: identity-of-literal
    return user.role is not "owner"

def a_number(n):
    # ruleid: identity-of-literal
    return n is 1000

def equal(user):
    # ok: identity-of-literal
    return user.role == "owner"

def nothing(user):
    # ok: identity-of-literal
    return user is None
