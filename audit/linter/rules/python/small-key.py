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
