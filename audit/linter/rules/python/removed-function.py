import ssl
# ruleid: removed-function
a = ssl.wrap_socket(connection)
# ruleid: removed-function
b = ssl.RAND_pseudo_bytes(8)
# ok: removed-function
c = ssl.create_default_context().wrap_socket(connection, server_hostname=host)
# ok: removed-function
d = html.escape(text)
