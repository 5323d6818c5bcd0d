def a_literal(data):
    # ruleid: hardcoded-key
    return AES.new(b"0123456789abcdef", AES.MODE_GCM)

def through_a_variable(data):
    key = "secret"
    # ruleid: hardcoded-key
    return jwt.encode(data, key, algorithm="HS256")

def from_the_environment(data):
    # ok: hardcoded-key
    return jwt.encode(data, os.environ["JWT_KEY"], algorithm="HS256")

def a_parameter(key, data):
    # ok: hardcoded-key
    return hmac.new(key, data, "sha256")

class Sealed:
    def __init__(self):
        self.word = b"sixteen byte key"

    def seal(self, text):
        # ruleid: hardcoded-key
        return AES.new(self.word, AES.MODE_GCM).encrypt(text)

class Signed:
    def __init__(self):
        self.name = "kelp-forest-7"

    def token(self, user):
        # ruleid: hardcoded-key
        return jwt.encode({"sub": user, "exp": soon()}, self.name, algorithm="HS256")

class Given:
    def __init__(self, key):
        self.key = key

    def seal(self, text):
        # ok: hardcoded-key
        return AES.new(self.key, AES.MODE_GCM).encrypt(text)

class FromFile:
    def __init__(self):
        self.kept = open("key.bin", "rb").read()

    def seal(self, text):
        # ok: hardcoded-key
        return AES.new(self.kept, AES.MODE_GCM).encrypt(text)
