# ruleid: weak-digest-named
def of_a_file(path, algorithm="md5"):
    return hashlib.new(algorithm, path.read_bytes())

def by_a_table(name):
    # ruleid: weak-digest-named
    return {"short": hashlib.sha1, "long": hashlib.sha512}[name]

# ok: weak-digest-named
def of_another_file(path, algorithm="sha256"):
    return hashlib.new(algorithm, path.read_bytes())

def keyed(key, text):
    # ok: weak-digest-named
    return hmac.new(key, text, hashlib.sha1)
