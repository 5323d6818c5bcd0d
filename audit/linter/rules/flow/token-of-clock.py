def of_a_session(user):
    # ruleid: token-of-clock
    session_id = f"{user.name}-{time.time()}"
    return session_id

def of_a_user(user):
    # ruleid: token-of-clock
    user.reset_token = str(int(time.time()))

def of_chance(user):
    # ok: token-of-clock
    session_id = secrets.token_urlsafe(32)
    return session_id

def no_token(user):
    # ok: token-of-clock
    started = str(int(time.time()))
    return started
