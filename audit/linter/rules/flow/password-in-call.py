def over_smtp(server):
    # ruleid: password-in-call
    server.login("robot@example.org", "Wq7!kelp-7")

def by_a_name(server):
    word = "Wq7!kelp-7"
    # ruleid: password-in-call
    server.login("robot", word)

def in_a_pair(url):
    # ruleid: password-in-call
    return fetch_login(url, auth=("robot", "Wq7!kelp-7"))

def from_the_environment(server):
    # ok: password-in-call
    server.login("robot@example.org", os.environ["MAIL_WORD"])

def of_a_caller(server, word):
    # ok: password-in-call
    server.login("robot@example.org", word)

def for_anybody(server):
    # ok: password-in-call
    server.login("anonymous", "guest")
