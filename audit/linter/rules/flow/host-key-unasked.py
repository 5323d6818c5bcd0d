def sent(host, name, word):
    line = paramiko.Transport((host, 22))
    # ruleid: host-key-unasked
    line.connect(username=name, password=word)

def sent_by_key(host, name, key):
    with paramiko.Transport((host, 22)) as line:
        # ruleid: host-key-unasked
        line.connect(username=name, pkey=key)

def sent_to_a_known_host(host, name, word, known):
    line = paramiko.Transport((host, 22))
    # ok: host-key-unasked
    line.connect(hostkey=known, username=name, password=word)

def by_a_socket(line, address):
    # ok: host-key-unasked
    line.connect(address)
