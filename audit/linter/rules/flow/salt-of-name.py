def by_name(name, password):
    # ruleid: salt-of-name
    return hashlib.pbkdf2_hmac("sha256", password.encode(), name.encode(), 600000)

def by_itself(word):
    grain = hashlib.sha256(word.encode()).digest()
    # ruleid: salt-of-name
    return hashlib.scrypt(word.encode(), salt=grain, n=16384, r=8, p=1)

def new_each_time(password):
    grain = os.urandom(16)
    # ok: salt-of-name
    return grain, hashlib.pbkdf2_hmac("sha256", password.encode(), grain, 600000)

def given(password, grain):
    # ok: salt-of-name
    return hashlib.pbkdf2_hmac("sha256", password.encode(), grain, 600000)
