def by_referer():
    # ruleid: trusted-referer
    return request.headers.get("Referer") == "https://example.org/"

def by_host(request):
    # ruleid: trusted-referer
    return request.META["HTTP_HOST"] == "localhost"

def by_login():
    # ok: trusted-referer
    return current_user.is_authenticated

def another_header():
    # ok: trusted-referer
    return request.headers.get("Accept") == "text/html"
