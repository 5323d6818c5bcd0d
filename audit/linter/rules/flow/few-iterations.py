# ruleid: few-iterations
a = hashlib.pbkdf2_hmac("sha256", password, salt, 1000)
# ruleid: few-iterations
b = bcrypt.gensalt(4)
# ruleid: few-iterations
c = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=10000)
# ok: few-iterations
d = hashlib.pbkdf2_hmac("sha256", password, salt, 600000)
# ok: few-iterations
e = bcrypt.gensalt()
# ok: few-iterations
f = bcrypt.gensalt(12)

class Hasher:
    rounds = 12000
    more_rounds = 600000

    def quick(self, password, salt):
        # ruleid: few-iterations
        return hashlib.pbkdf2_hmac("sha256", password, salt, self.rounds)

    def slow(self, password, salt):
        # ok: few-iterations
        return hashlib.pbkdf2_hmac("sha256", password, salt, self.more_rounds)
