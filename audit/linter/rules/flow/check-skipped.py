def asked(request):
    token = request.headers.get("Authorization")
    # ruleid: check-skipped
    if token and token != KNOWN:
        raise PermissionError
    return answer(request)

def asked_by_cookie(request):
    sent = request.cookies.get("sid")
    # ruleid: check-skipped
    if sent and sent != session_of(request):
        abort(401)
    return answer(request)

def asked_of_all(request):
    token = request.headers.get("Authorization")
    # ok: check-skipped
    if not token or token != KNOWN:
        raise PermissionError
    return answer(request)

def of_a_form(old, new):
    # ok: check-skipped
    if new and new != old:
        return new
    return old
