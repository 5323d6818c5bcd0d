import ssl
# ruleid: old-tls
context = ssl.SSLContext(ssl.PROTOCOL_TLSv1)
# ruleid: old-tls
context.minimum_version = ssl.TLSVersion.TLSv1
# ok: old-tls
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# ok: old-tls
context.minimum_version = ssl.TLSVersion.TLSv1_2

def negotiated_down_to_anything():
    # ruleid: old-tls
    context = SSL.Context(SSL.SSLv23_METHOD)
    return context

def negotiated_but_limited():
    # ok: old-tls
    context = SSL.Context(SSL.SSLv23_METHOD)
    context.set_options(SSL.OP_NO_SSLv2 | SSL.OP_NO_SSLv3)
    return context

def allowed_again(context):
    # ruleid: old-tls
    context.options &= ~ssl.OP_NO_SSLv3

def with_old_ciphers(context):
    # ruleid: old-tls
    context.set_ciphers("AES128-SHA:RC4-SHA")

def with_new_ciphers(context):
    # ok: old-tls
    context.set_ciphers("ECDHE+AESGCM:!aNULL:!MD5:!RC4")

def whatever_both_know(connection):
    # ruleid: old-tls
    return ssl.wrap_socket(connection, ssl_version=ssl.PROTOCOL_SSLv23, cert_reqs=asked)

def the_newest_both_know(connection):
    # ok: old-tls
    return ssl.wrap_socket(connection, ssl_version=ssl.PROTOCOL_TLSv1_2, cert_reqs=asked)
