def at_least(password):
    # ruleid: short-password
    return len(password) >= 4

def less_than(user):
    # ruleid: short-password
    if len(user.password) < 6:
        raise ValueError("too short")

def long_enough(password):
    # ok: short-password
    return len(password) >= 12

def not_empty(password):
    # ok: short-password
    return len(password) > 0

def another_text(name):
    # ok: short-password
    return len(name) >= 4
