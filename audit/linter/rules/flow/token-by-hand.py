def unpacked(token):
    head, body, end = token.split(".")
    # ruleid: token-by-hand
    return json.loads(base64.urlsafe_b64decode(body + "=="))

def by_place(token):
    # ruleid: token-by-hand
    return json.loads(base64.b64decode(token.split(".")[1]))

def with_its_end(token):
    head, body, end = token.split(".")
    right = hmac.new(KEY, f"{head}.{body}".encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(right, base64.urlsafe_b64decode(end)):
        raise ValueError
    # ok: token-by-hand
    return json.loads(base64.urlsafe_b64decode(body + "=="))

def of_a_text(text):
    # ok: token-by-hand
    return json.loads(base64.b64decode(text))
