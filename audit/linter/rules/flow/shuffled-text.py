def of_letters():
    letters = list(string.ascii_letters)
    # ruleid: shuffled-text
    random.shuffle(letters)
    return "".join(letters[:12])

def of_signs(signs):
    # ruleid: shuffled-text
    random.shuffle(signs)
    word = "".join(signs)
    return word

def by_secrets():
    # ok: shuffled-text
    return "".join(secrets.choice(string.ascii_letters) for _ in range(12))

def cards(deck):
    # ok: shuffled-text
    random.shuffle(deck)
    return deck[:5]
