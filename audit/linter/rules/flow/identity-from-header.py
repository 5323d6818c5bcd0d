def who(request):
    # ruleid: identity-from-header
    return User.objects.get(username=request.headers.get("X-Remote-User"))

def in_django(request):
    # ruleid: identity-from-header
    return request.META["HTTP_X_FORWARDED_USER"]

def by_the_session(request):
    # ok: identity-from-header
    return request.user

def another_header(request):
    # ok: identity-from-header
    return request.headers.get("X-Request-Id")
