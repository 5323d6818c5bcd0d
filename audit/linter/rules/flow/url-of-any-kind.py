def read(url):
    # ruleid: url-of-any-kind
    return urllib.request.urlopen(url).read()

def kept(url, path):
    # ruleid: url-of-any-kind
    urlretrieve(url, path)

def of_the_web(url):
    if urlparse(url).scheme not in ("http", "https"):
        raise ValueError(url)
    # ok: url-of-any-kind
    return urllib.request.urlopen(url).read()

def of_one_host(url):
    if not url.startswith("https://example.org/"):
        raise ValueError(url)
    # ok: url-of-any-kind
    return urllib.request.urlopen(url).read()

def of_a_fixed_host(name):
    # ok: url-of-any-kind
    return urllib.request.urlopen("https://example.org/" + name).read()
