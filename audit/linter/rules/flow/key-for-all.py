def named(key, path):
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # ruleid: key-for-all
    with open(path, "wb") as file:
        file.write(text)

def at_once(key):
    # ruleid: key-for-all
    with open("server.key", "wb") as file:
        file.write(key.export_key())

def for_one_user(key, path):
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # ok: key-for-all
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(text)

def the_public_one(key, path):
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # ok: key-for-all
    with open(path, "wb") as file:
        file.write(key.public_bytes())
    return secret
