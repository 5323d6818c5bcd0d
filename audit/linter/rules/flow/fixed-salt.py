def a_literal(password):
    # ruleid: fixed-salt
    return hashlib.pbkdf2_hmac("sha256", password, b"salt", 600000)

def through_a_variable(password):
    salt = b"1234"
    # ruleid: fixed-salt
    return hashlib.scrypt(password, salt=salt, n=16384, r=8, p=1)

def in_cryptography():
    # ruleid: fixed-salt
    return PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=b"pepper", iterations=600000)

def random(password):
    salt = os.urandom(16)
    # ok: fixed-salt
    return hashlib.pbkdf2_hmac("sha256", password, salt, 600000)

def stored(user, password):
    # ok: fixed-salt
    return hashlib.pbkdf2_hmac("sha256", password, user.salt, 600000)
