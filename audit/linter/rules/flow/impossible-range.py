def never(n):
    # ruleid: impossible-range
    if n < 0 and n > 100:
        raise ValueError("out of range")

def always(role):
    # ruleid: impossible-range
    return role != "admin" or role != "editor"

def outside(n):
    # ok: impossible-range
    if n < 0 or n > 100:
        raise ValueError("out of range")

def inside(n):
    # ok: impossible-range
    return n < 100 and n > 0
