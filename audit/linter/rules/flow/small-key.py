from Crypto.PublicKey import RSA as Algorithm
# ruleid: small-key
a = rsa.generate_private_key(public_exponent=65537, key_size=1024)
# ruleid: small-key
b = Algorithm.generate(1024)
# ruleid: small-key
c = rsa.generate_private_key(65537, 512)

# ruleid: small-key
def make(bits=1024):
    return RSA.generate(bits)

# ok: small-key
d = rsa.generate_private_key(public_exponent=65537, key_size=3072)
# ok: small-key
e = RSA.generate(4096)

def a_small_curve():
    # ruleid: small-key
    return ec.generate_private_key(ec.SECP192R1())

def a_good_curve():
    # ok: small-key
    return ec.generate_private_key(ec.SECP256R1())

# ruleid: small-key
old = RSA.gen_key(1024, 65537)
# ok: small-key
new = RSA.gen_key(3072, 65537)

# ruleid: small-key
def key_pair(bits=1024):
    pair = crypto.PKey()
    pair.generate_key(crypto.TYPE_RSA, bits)
    return pair

# ok: small-key
def long_key_pair(bits=3072):
    pair = crypto.PKey()
    pair.generate_key(crypto.TYPE_RSA, bits)
    return pair

# ruleid: small-key
subprocess.run(["openssl", "genrsa", "-out", "key.pem", "1024"])
# ok: small-key
subprocess.run(["openssl", "genrsa", "-out", "key.pem", "3072"])

# ruleid: small-key
def other_pair(size=1024):
    return rsa.newkeys(size)

# ok: small-key
def long_other_pair(size=3072):
    return rsa.newkeys(size)

def by_a_shell():
    # ruleid: small-key
    os.system("openssl req -newkey rsa:1024 -nodes -keyout key.pem -out request.pem")
    # ok: small-key
    os.system("openssl req -newkey rsa:3072 -nodes -keyout key.pem -out request.pem")

def by_curve():
    # ruleid: small-key
    return ECC.generate(curve="P-192")

def by_longer_curve():
    # ok: small-key
    return ECC.generate(curve="P-256")
