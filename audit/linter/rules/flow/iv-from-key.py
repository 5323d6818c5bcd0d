class FromKey:
    def __init__(self, key):
        self.key = key
        self.start = self.key[:16]

    def seal(self, text):
        # ruleid: iv-from-key
        return AES.new(self.key, AES.MODE_CBC, self.start).encrypt(text)

def of_a_function(key, text):
    # ruleid: iv-from-key
    sealer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return sealer.update(text)

def new_each_time(key, text):
    start = os.urandom(16)
    # ok: iv-from-key
    return start + AES.new(key, AES.MODE_CBC, start).encrypt(text)

def sent_before_the_text(key, text):
    # ok: iv-from-key
    return AES.new(key, AES.MODE_CBC, text[:16]).decrypt(text[16:])
