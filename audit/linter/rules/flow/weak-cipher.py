from Crypto.Cipher import AES, DES as Old
# ruleid: weak-cipher
a = AES.new(key, AES.MODE_ECB)
# ruleid: weak-cipher
b = DES.new(key, DES.MODE_CBC, iv)
# ruleid: weak-cipher
c = Cipher(algorithms.AES(key), modes.ECB())
# ruleid: weak-cipher
d = ARC4.new(key)
# ok: weak-cipher
e = AES.new(key, AES.MODE_GCM)
# ok: weak-cipher
f = Cipher(algorithms.AES(key), modes.GCM(nonce))

def padded(key, text):
    # ruleid: weak-cipher
    return key.encrypt(text, padding.PKCS1v15())

def padded_well(key, text):
    # ok: weak-cipher
    return key.encrypt(text, padding.OAEP(mgf=mgf, algorithm=hashes.SHA256(), label=None))

def signed_with_the_same_padding(key, text):
    # ok: weak-cipher
    return key.sign(text, padding.PKCS1v15(), hashes.SHA256())

def by_name(key, iv):
    # ruleid: weak-cipher
    return EVP.Cipher(alg="des_cbc", key=key, iv=iv, op=1)

def each_block_alike(key, text):
    # ruleid: weak-cipher
    return pyaes.AESModeOfOperationECB(key).encrypt(text)

def each_block_counted(key, text):
    # ok: weak-cipher
    return pyaes.AESModeOfOperationCTR(key).encrypt(text)

def by_number(key, text):
    # ruleid: weak-cipher
    return AES.new(key, 1).encrypt(text)

def of_python(key, text):
    # ruleid: weak-cipher
    return pyDes.triple_des(key, pyDes.CBC, os.urandom(8)).encrypt(text)

def of_bare_name(key):
    # ruleid: weak-cipher
    return Cipher(ARC4(key), mode=None)

class Blowfish:
    """A dish."""

def of_its_own(sauce):
    # ok: weak-cipher
    return Blowfish(sauce)
