import hashlib as h
# ruleid: weak-hash
a = hashlib.md5(data).hexdigest()
# ruleid: weak-hash
b = h.sha1(data)
# ruleid: weak-hash
c = hashes.MD5()
# ok: weak-hash
d = hashlib.sha256(data)
# ok: weak-hash
e = hashlib.md5(data, usedforsecurity=False)

def signed(certificate, key):
    # ruleid: weak-hash
    certificate.sign(key, "sha1")

def signed_well(certificate, key):
    # ok: weak-hash
    certificate.sign(key, "sha256")

def keyed(key, text):
    # ruleid: weak-hash
    return hmac.new(key, text, hashlib.md5).hexdigest()

def keyed_by_name(key, text):
    # ruleid: weak-hash
    return hmac.new(key, msg=text, digestmod="md5").hexdigest()

def keyed_well(key, text):
    # ok: weak-hash
    return hmac.new(key, text, hashlib.sha256).hexdigest()

def as_python_2_had_it(text):
    # ruleid: weak-hash
    return md5.md5(text).hexdigest()
