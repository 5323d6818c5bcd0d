def asked(server, name, password):
    # ruleid: bind-without-password
    server.simple_bind_s(f"uid={escape_dn_chars(name)}", password)

def by_keyword(server, name, secret):
    # ruleid: bind-without-password
    server.simple_bind_s(name, cred=secret)

def refused_first(server, name, password):
    if not password:
        return False
    # ok: bind-without-password
    server.simple_bind_s(f"uid={escape_dn_chars(name)}", password)

def of_the_service(server):
    # ok: bind-without-password
    server.simple_bind_s(settings.BIND_NAME, settings.BIND_WORD)
