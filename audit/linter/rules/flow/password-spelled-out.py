class Store:
    # ruleid: password-spelled-out
    password = "kelp!Forest7"

# ruleid: password-spelled-out
def opened(host, password="kelp!Forest7"):
    return open_store(host, password)

STORES = {
    "first": {
        "NAME": "shop",
        # ruleid: password-spelled-out
        "PASSWORD": "kelp!Forest7",
    }
}

OTHERS = {
    "first": {
        "NAME": "shop",
        # ok: password-spelled-out
        "PASSWORD": os.environ["STORE_WORD"],
    }
}

class Form:
    # ok: password-spelled-out
    password = "Password:"

def labelled():
    # ok: password-spelled-out
    password = "your-password-1"
    return password
