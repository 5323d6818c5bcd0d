def read(key, text):
    opener = PKCS1_v1_5.new(key)
    # ruleid: old-padding
    return opener.decrypt(text, None)

def sealed(key, text):
    # ruleid: old-padding
    sealer = Crypto.Cipher.PKCS1_v1_5.new(key)
    return sealer.encrypt(text)

def read_safely(key, text):
    opener = PKCS1_OAEP.new(key)
    # ok: old-padding
    return opener.decrypt(text)

def signed(key, digest):
    signer = PKCS1_v1_5.new(key)
    # ok: old-padding
    return signer.sign(digest)
