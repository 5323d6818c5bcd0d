def on_one_way(path):
    # ruleid: left-open
    file = open(path)
    text = file.read()
    if not text:
        return None
    file.close()
    return text

def by_an_error(path):
    # ruleid: left-open
    file = open(path, "rb")
    head = file.read(4)
    if head != b"KELP":
        raise ValueError("another format")
    file.close()
    return head

def on_each_way(path):
    # ok: left-open
    with open(path) as file:
        text = file.read()
    return text or None

def closed_before(path):
    # ok: left-open
    file = open(path)
    text = file.read()
    file.close()
    if not text:
        return None
    return text

def asked(host):
    # ruleid: left-open
    line = socket.socket()
    line.settimeout(2)
    return line.connect_ex((host, 80)) == 0

def asked_and_closed(host):
    # ok: left-open
    with socket.socket() as line:
        line.settimeout(2)
        return line.connect_ex((host, 80)) == 0

def handed_on(host):
    # ok: left-open
    line = socket.socket()
    line.connect((host, 80))
    return line

def served(port):
    # ok: left-open
    line = socket.socket()
    line.bind(("127.0.0.1", port))
    line.listen()
    while True:
        answer(line.accept())
