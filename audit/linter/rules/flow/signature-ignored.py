def noted(key, signature, blob):
    try:
        key.verify(signature, blob)
    # ruleid: signature-ignored
    except InvalidSignature:
        logging.warning("wrong signature")
    return install(blob)

def passed_over(signer, text):
    try:
        signer.unsign(text)
    # ruleid: signature-ignored
    except BadSignature:
        pass
    return text

def refused(key, signature, blob):
    try:
        key.verify(signature, blob)
    # ok: signature-ignored
    except InvalidSignature:
        raise ValueError("wrong signature")
    return install(blob)

def told(key, signature, blob):
    right = True
    try:
        key.verify(signature, blob)
    # ok: signature-ignored
    except InvalidSignature:
        right = False
    return right
