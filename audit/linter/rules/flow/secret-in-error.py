def formatted(name, password):
    # ruleid: secret-in-error
    raise ValueError(f"wrong password {password} for {name}")

def added(api_key):
    # ruleid: secret-in-error
    raise RuntimeError("refused: " + api_key)

def without_it(name, password):
    # ok: secret-in-error
    raise ValueError(f"wrong password for {name}")

def its_length(password):
    # ok: secret-in-error
    raise ValueError(f"too short: {len(password)}")

def through_a_variable(name, password):
    text = f"wrong password {password} for {name}"
    # ruleid: secret-in-error
    raise ValueError(text)
