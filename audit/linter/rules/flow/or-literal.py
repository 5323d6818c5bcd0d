def always(role):
    # ruleid: or-literal
    if role == "admin" or "editor":
        return True

def always_too(role):
    # ruleid: or-literal
    return bool(role == "admin" or "editor")

def both(role):
    # ok: or-literal
    return role == "admin" or role == "editor"

def one_of(role):
    # ok: or-literal
    return role in ("admin", "editor")

def a_default(role):
    # ok: or-literal
    return role or "editor"

def a_number(status):
    # ruleid: or-literal
    return "fine" if status == 200 or 204 else "failed"
