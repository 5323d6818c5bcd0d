import random as r

def reset_token():
    # ruleid: weak-random-secret
    return "".join(random.choice("abc") for i in range(32))

def make_user(user):
    # ruleid: weak-random-secret
    user.password = "".join(r.choices("abc", k=8))

def login_code():
    # ruleid: weak-random-secret
    return random.randint(100000, 999999)

def strong_token():
    # ok: weak-random-secret
    return "".join(random.SystemRandom().choices("abc", k=32))

def session_id():
    # ok: weak-random-secret
    return secrets.token_hex(16)

def roll_dice():
    # ok: weak-random-secret
    return random.randint(1, 6)

def sent(user):
    # ruleid: weak-random-secret
    word = "%06d" % random.randrange(1000000)
    user.reset_code = word

def sent_by_another(user):
    source = random.Random()
    # ruleid: weak-random-secret
    user.reset_code = source.randrange(1000000)
