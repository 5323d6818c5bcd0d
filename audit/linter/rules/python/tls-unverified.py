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
