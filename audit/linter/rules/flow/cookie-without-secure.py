def by_default(response, token):
    # ruleid: cookie-without-secure
    response.set_cookie("session", token, httponly=True)

def switched_off(response, token):
    # ruleid: cookie-without-secure
    response.set_cookie(key="auth_token", value=token, secure=False, httponly=True)

def switched_on(response, token):
    # ok: cookie-without-secure
    response.set_cookie("session", token, secure=True, httponly=True)

def a_taste(response):
    # ok: cookie-without-secure
    response.set_cookie("color", "green")

# ruleid: cookie-without-secure
app.config["SESSION_COOKIE_SECURE"] = False
# ok: cookie-without-secure
app.config["SESSION_COOKIE_SECURE"] = True
