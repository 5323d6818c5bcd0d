def set_later(url, **options):
    # ruleid: tls-check-off
    options["verify"] = False
    return requests.get(url, **options)

def of_a_driver(host):
    # ruleid: tls-check-off
    return open_session(host, ssl_verify_cert=False)

def told_to_skip(host):
    # ruleid: tls-check-off
    return open_session(host, insecure_skip_verify=True)

def a_wrapped_socket(sock):
    # ruleid: tls-check-off
    return ssl.wrap_socket(sock, keyfile="client.pem")

def with_a_file(url, **options):
    # ok: tls-check-off
    options["verify"] = "server.pem"
    return requests.get(url, **options)

def another_check(document):
    # ok: tls-check-off
    return parse(document, check_spelling=False)
