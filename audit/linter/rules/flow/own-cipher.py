def of_letters(text, key):
    # ruleid: own-cipher
    return "".join(chr(ord(c) ^ ord(key[i % len(key)])) for i, c in enumerate(text))

def of_bytes(blob, key):
    out = bytearray()
    for i in range(len(blob)):
        # ruleid: own-cipher
        out.append(blob[i] ^ key[i % len(key)])
    return out

def by_a_library(text, key):
    # ok: own-cipher
    return Fernet(key).encrypt(text.encode())

def a_mask_of_four(blob, mask):
    # ok: own-cipher
    return bytes(b ^ mask[i % 4] for i, b in enumerate(blob))
