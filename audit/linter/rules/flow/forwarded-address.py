def by_default():
    # ruleid: forwarded-address
    return request.headers.get("X-Forwarded-For", request.remote_addr)

def in_django(request):
    # ruleid: forwarded-address
    return request.META["HTTP_X_FORWARDED_FOR"]

def of_the_connection():
    # ok: forwarded-address
    return request.remote_addr

def another_header():
    # ok: forwarded-address
    return request.headers.get("X-Language")
