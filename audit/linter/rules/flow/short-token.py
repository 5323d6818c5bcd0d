def for_a_session():
    # ruleid: short-token
    return secrets.token_hex(4)

def for_a_link():
    # ruleid: short-token
    return secrets.token_urlsafe(5)

def long_enough():
    # ok: short-token
    return secrets.token_hex(32)

def as_the_library_says():
    # ok: short-token
    return secrets.token_urlsafe()

def in_a_name(path):
    # ok: short-token
    return f"{path}.{secrets.token_hex(4)}.tmp"
