def by_its_end(address):
    host = socket.gethostbyaddr(address)[0]
    # ruleid: name-of-address
    return host.endswith(".example.org")

def at_once(address):
    # ruleid: name-of-address
    if socket.gethostbyaddr(address)[0] == "office.example.org":
        return True
    return False

def by_networks(address):
    # ok: name-of-address
    return ip_address(address) in NETWORK

def shown(address):
    # ok: name-of-address
    return socket.gethostbyaddr(address)[0]
