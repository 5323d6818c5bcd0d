from jwt import decode
# ruleid: jwt-unverified
a = jwt.decode(token, options={"verify_signature": False})
# ruleid: jwt-unverified
b = jwt.decode(token, key, algorithms=["none"])
# ruleid: jwt-unverified
c = decode(token, verify=False)
# ok: jwt-unverified
d = jwt.decode(token, key, algorithms=["HS256"])
# ok: jwt-unverified
e = jwt.encode(data, key, algorithm="HS256")

def read(token, key):
    # ruleid: jwt-unverified
    options = {"verify_signature": False}
    return jwt.decode(token, key, options=options, algorithms=["HS256"])

def opened(token, key):
    # ruleid: jwt-unverified
    return open_token(token, key, dict(verify_signature=False))

def read_safely(token, key):
    # ok: jwt-unverified
    options = {"verify_signature": True, "verify_exp": True}
    return jwt.decode(token, key, options=options, algorithms=["HS256"])

def of_any_reader(token, key):
    # ok: jwt-unverified
    options = {"verify_aud": False}
    return jwt.decode(token, key, options=options, algorithms=["HS256"])
