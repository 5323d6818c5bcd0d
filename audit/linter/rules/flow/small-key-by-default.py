# ruleid: small-key-by-default
def pair(key_size=1024):
    return make_pair(key_size)

class Request:
    # ruleid: small-key-by-default
    def __init__(self, name, *, bits=512):
        self.name = name
        self.bits = bits

# ok: small-key-by-default
def long_pair(key_size=3072):
    return make_pair(key_size)

# ok: small-key-by-default
def pieces(text, size=1024):
    return cut(text, size)
