def of_the_time():
    # ruleid: token-of-time
    return hashlib.sha256(str(time.time()).encode()).hexdigest()

def of_a_user_and_the_time(user):
    now = datetime.now()
    # ruleid: token-of-time
    return hashlib.sha512(f"{user.id}-{now}".encode()).hexdigest()

def in_steps(user):
    digest = hashlib.sha256()
    # ruleid: token-of-time
    digest.update(str(time.time()).encode())
    return digest.hexdigest()

def of_chance():
    # ok: token-of-time
    return hashlib.sha256(os.urandom(32)).hexdigest()

def of_the_time_and_chance():
    # ok: token-of-time
    return hashlib.sha256(str(time.time()).encode() + secrets.token_bytes(16)).hexdigest()

def of_a_document(document):
    # ok: token-of-time
    return hashlib.sha256(document.encode()).hexdigest()
