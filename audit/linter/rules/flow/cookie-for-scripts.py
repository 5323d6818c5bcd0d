def without(response, value):
    # ruleid: cookie-for-scripts
    response.set_cookie("session_id", value, secure=True)

def written_by_hand(self, value):
    # ruleid: cookie-for-scripts
    self.send_header("Set-Cookie", f"auth_token={value}; Path=/; Secure")

def with_it(response, value):
    # ok: cookie-for-scripts
    response.set_cookie("session_id", value, secure=True, httponly=True)

def of_no_user(response, value):
    # ok: cookie-for-scripts
    response.set_cookie("theme", value, secure=True)

def with_it_by_hand(self, value):
    # ok: cookie-for-scripts
    self.send_header("Set-Cookie", f"auth_token={value}; Path=/; Secure; HttpOnly")
