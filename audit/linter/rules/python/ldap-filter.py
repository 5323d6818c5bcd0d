def added(connection, name):
    query = "(uid=" + name + ")"
    # ruleid: ldap-filter
    return connection.search_s("dc=org", ldap.SCOPE_SUBTREE, query)

def formatted(connection, name):
    # ruleid: ldap-filter
    return connection.search_s("dc=org", 2, f"(uid={name})")

def escaped(connection, name):
    query = "(uid=" + escape_filter_chars(name) + ")"
    # ok: ldap-filter
    return connection.search_s("dc=org", ldap.SCOPE_SUBTREE, query)

def escaped_before(connection, name):
    name = escape_filter_chars(name)
    # ok: ldap-filter
    return connection.search_s("dc=org", 2, f"(uid={name})")

def fixed(connection):
    # ok: ldap-filter
    return connection.search_s("dc=org", ldap.SCOPE_SUBTREE, "(uid=anna)")

def a_regular_expression(text, name):
    # ok: ldap-filter
    return re.search("a" + name, text)

def bound(connection, user, secret):
    # ruleid: ldap-filter
    connection.simple_bind_s("uid=%s,dc=example" % user, secret)

def bound_well(connection, user, secret):
    # ok: ldap-filter
    connection.simple_bind_s("uid=%s,dc=example" % escape_dn_chars(user), secret)
