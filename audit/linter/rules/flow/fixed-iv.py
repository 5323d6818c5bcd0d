def a_literal(key, data):
    iv = b"0000000000000000"
    # ruleid: fixed-iv
    return AES.new(key, AES.MODE_CBC, iv).encrypt(data)

def zeros(key):
    # ruleid: fixed-iv
    return AES.new(key, AES.MODE_CBC, b"\x00" * 16)

def in_cryptography(key):
    # ruleid: fixed-iv
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16)))

def random(key):
    iv = os.urandom(16)
    # ok: fixed-iv
    return AES.new(key, AES.MODE_CBC, iv)

def an_authentication_code(key):
    # ok: fixed-iv
    return hmac.new(key, b"text", "sha256")

class Fixed:
    def __init__(self, key):
        self.key = key
        self.first = b"0" * 16

    def seal(self, text):
        # ruleid: fixed-iv
        return AES.new(self.key, AES.MODE_CBC, iv=self.first).encrypt(text)
