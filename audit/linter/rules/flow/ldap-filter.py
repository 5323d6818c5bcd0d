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

def deleted(connection, user):
    # ruleid: ldap-filter
    connection.delete_s("uid=%s,dc=example" % user)

def deleted_well(connection, user):
    # ok: ldap-filter
    connection.delete_s("uid=%s,dc=example" % escape_dn_chars(user))

def escaped_before_both(connection, name):
    name = escape_filter_chars(name)
    query = "(|(uid=%s)(mail=%s))" % (name, name)
    # ok: ldap-filter
    return connection.search_s("dc=org", 2, query)
