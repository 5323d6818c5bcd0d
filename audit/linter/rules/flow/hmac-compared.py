import hmac as h

def direct(key, body, signature):
    # ruleid: hmac-compared
    return hmac.new(key, body, "sha256").hexdigest() == signature

def through_a_variable(key, body, signature):
    digest = h.new(key, body, "sha256").hexdigest()
    # ruleid: hmac-compared
    if digest != signature:
        return False
    return True

def in_constant_time(key, body, signature):
    digest = hmac.new(key, body, "sha256").hexdigest()
    # ok: hmac-compared
    return hmac.compare_digest(digest, signature)

def a_checksum(body, expected):
    # ok: hmac-compared
    return hashlib.sha256(body).hexdigest() == expected

def signed(key, body):
    return hmac.new(key, body, "sha256").hexdigest()

def by_a_function(key, body, header):
    # ruleid: hmac-compared
    return header == "sha256=" + signed(key, body)

def of_the_right_length(key, body):
    # ok: hmac-compared
    return len(signed(key, body)) == 64
