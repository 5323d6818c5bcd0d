# ruleid: cookie-readable
response.set_cookie("session", token, secure=True, httponly=False)
# ruleid: cookie-readable
app.config["SESSION_COOKIE_HTTPONLY"] = False
# ruleid: cookie-readable
SESSION_COOKIE_HTTPONLY = False
# ok: cookie-readable
response.set_cookie("session", token, secure=True, httponly=True)
# ok: cookie-readable
SESSION_COOKIE_HTTPONLY = True
