def kept(password):
    # ruleid: password-encoded
    return base64.b64encode(password.encode()).decode()

def of_a_user(user):
    # ruleid: password-encoded
    user.stored = base64.b64encode(user.password)

def for_a_header(name, password):
    # ok: password-encoded
    return base64.b64encode(f"{name}:{password}".encode()).decode()

def of_a_picture(picture):
    # ok: password-encoded
    return base64.b64encode(picture)
