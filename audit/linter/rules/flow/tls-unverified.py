import ssl
# ruleid: tls-unverified
a = requests.get(url, verify=False, timeout=5)
# ruleid: tls-unverified
session.verify = False
# ruleid: tls-unverified
context.verify_mode = ssl.CERT_NONE
# ruleid: tls-unverified
b = httpx.Client(verify=False)
# ruleid: tls-unverified
c = aiohttp.TCPConnector(ssl=False)
# ok: tls-unverified
d = requests.get(url, verify="server.pem", timeout=5)
# ok: tls-unverified
e = check(text, verify=False)
# ok: tls-unverified
context.verify_mode = ssl.CERT_REQUIRED

# ruleid: tls-unverified
f = Elasticsearch(address, verify_certs=False)
# ruleid: tls-unverified
g = MongoClient(address, tlsAllowInvalidCertificates=True)
# ruleid: tls-unverified
h = boto3.client("s3", verify=False)
# ok: tls-unverified
i = Elasticsearch(address, verify_certs=True)
# ok: tls-unverified
j = boto3.client("s3", verify="/etc/ca.pem")

def by_default(address, verify=False):
    # ruleid: tls-unverified
    return requests.get(address, verify=verify, timeout=5)

def checked_by_default(address, verify=True):
    # ok: tls-unverified
    return requests.get(address, verify=verify, timeout=5)

def with_options(address):
    # ruleid: tls-unverified
    options = {"timeout": 5, "verify": False}
    return requests.get(address, **options)

def with_better_options(address):
    options = {"timeout": 5, "verify": True}
    # ok: tls-unverified
    return requests.get(address, **options)

def by_a_program(address):
    # ruleid: tls-unverified
    subprocess.run(["curl", "-k", "--", address])
    # ok: tls-unverified
    subprocess.run(["curl", "-s", "--", address])

def for_all_that_follows():
    # ruleid: tls-unverified
    os.environ["CURL_CA_BUNDLE"] = ""
    # ok: tls-unverified
    os.environ["CURL_CA_BUNDLE"] = "/etc/ca.pem"

def set_later(url, **options):
    # ruleid: tls-unverified
    options["verify"] = False
    return requests.get(url, **options)

def of_a_driver(host):
    # ruleid: tls-unverified
    return open_session(host, ssl_verify_cert=False)

def told_to_skip(host):
    # ruleid: tls-unverified
    return open_session(host, insecure_skip_verify=True)

def a_wrapped_socket(sock):
    # ruleid: tls-unverified
    return ssl.wrap_socket(sock, keyfile="client.pem")

def with_a_file(url, **options):
    # ok: tls-unverified
    options["verify"] = "server.pem"
    return requests.get(url, **options)

def another_check(document):
    # ok: tls-unverified
    return parse(document, check_spelling=False)

def whatever_is_shown(context):
    # ruleid: tls-unverified
    context.set_verify(SSL.VERIFY_PEER, lambda line, shown, error, depth, good: True)

def what_is_good(context):
    # ok: tls-unverified
    context.set_verify(SSL.VERIFY_PEER, lambda line, shown, error, depth, good: good)

def wrapped_by_another(connection):
    # ruleid: tls-unverified
    return gevent.ssl.wrap_socket(connection)

def wrapped_and_asked(connection, key, certificate, authority):
    # ok: tls-unverified
    return ssl.wrap_socket(connection, key, certificate, False, ssl.CERT_REQUIRED, ca_certs=authority)

def for_all_calls():
    # ruleid: tls-unverified
    ssl._create_default_https_context = ssl._create_unverified_context

def for_one_call(address):
    # ruleid: tls-unverified
    return HTTPSConnection(address, context=ssl._create_unverified_context())

def of_a_server_that_asks(certificate):
    # ok: tls-unverified
    return ssl._create_unverified_context(cert_reqs=ssl.CERT_REQUIRED, certfile=certificate)
