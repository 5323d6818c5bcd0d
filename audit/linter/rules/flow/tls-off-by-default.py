# ruleid: tls-off-by-default
def fetched(url, verify_ssl=False):
    return open_session(url, verify_ssl)

class Client:
    # ruleid: tls-off-by-default
    def __init__(self, url, *, ssl_verify=False):
        self.url = url
        self.ssl_verify = ssl_verify

# ok: tls-off-by-default
def fetched_safely(url, verify_ssl=True):
    return open_session(url, verify_ssl)

# ok: tls-off-by-default
def read(text, verify_words=False):
    return parse(text, verify_words)
