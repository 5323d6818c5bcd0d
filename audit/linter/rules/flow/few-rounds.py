def quick(password):
    # ruleid: few-rounds
    return pbkdf2_sha256.using(rounds=1000).hash(password)

def quick_too(password):
    # ruleid: few-rounds
    return bcrypt.hash(password, rounds=4)

def slow(password):
    # ok: few-rounds
    return pbkdf2_sha256.using(rounds=600000).hash(password)

def as_the_library_says(password):
    # ok: few-rounds
    return bcrypt.hash(password)
