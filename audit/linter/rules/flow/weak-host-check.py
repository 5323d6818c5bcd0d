def contained(url):
    # ruleid: weak-host-check
    return "example.org" in url

def begins(url):
    # ruleid: weak-host-check
    return url.startswith("https://example.org")

def ends(host):
    # ruleid: weak-host-check
    return host.endswith("example.org")

def compared(url):
    # ok: weak-host-check
    return urlparse(url).hostname == "example.org"

def begins_with_a_whole_host(url):
    # ok: weak-host-check
    return url.startswith("https://example.org/")

def a_subdomain(host):
    # ok: weak-host-check
    return host.endswith(".example.org")

def a_list_of_hosts(hosts):
    # ok: weak-host-check
    return any(host == "example.org" for host in hosts)

HOME = "https://example.org"

def begins_with_a_constant(url):
    # ruleid: weak-host-check
    return url.startswith(HOME)
