def read(token, key):
    # ruleid: token-unverified
    options = {"verify_signature": False}
    return jwt.decode(token, key, options=options, algorithms=["HS256"])

def opened(token, key):
    # ruleid: token-unverified
    return open_token(token, key, dict(verify_signature=False))

def read_safely(token, key):
    # ok: token-unverified
    options = {"verify_signature": True, "verify_exp": True}
    return jwt.decode(token, key, options=options, algorithms=["HS256"])

def of_any_reader(token, key):
    # ok: token-unverified
    options = {"verify_aud": False}
    return jwt.decode(token, key, options=options, algorithms=["HS256"])
