class Sealed:
    def __init__(self):
        self.word = b"sixteen byte key"

    def seal(self, text):
        # ruleid: key-of-class
        return AES.new(self.word, AES.MODE_GCM).encrypt(text)

class Signed:
    def __init__(self):
        self.name = "kelp-forest-7"

    def token(self, user):
        # ruleid: key-of-class
        return jwt.encode({"sub": user, "exp": soon()}, self.name, algorithm="HS256")

class Given:
    def __init__(self, key):
        self.key = key

    def seal(self, text):
        # ok: key-of-class
        return AES.new(self.key, AES.MODE_GCM).encrypt(text)

class FromFile:
    def __init__(self):
        self.kept = open("key.bin", "rb").read()

    def seal(self, text):
        # ok: key-of-class
        return AES.new(self.kept, AES.MODE_GCM).encrypt(text)
