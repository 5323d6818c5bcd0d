def returned(token, expected):
    # ruleid: secret-compared
    return token == expected

def refused(request, api_key):
    # ruleid: secret-compared
    if request.api_key != api_key:
        raise PermissionError

def a_stored_password(stored, password):
    # ruleid: secret-compared
    return stored == password

def in_constant_time(token, expected):
    # ok: secret-compared
    return hmac.compare_digest(token, expected)

def a_parser(token):
    # ok: secret-compared
    return token == "("

def the_second_entry(password, confirm_password):
    # ok: secret-compared
    return password == confirm_password

def whether_it_is_there(token):
    # ok: secret-compared
    return token == None
