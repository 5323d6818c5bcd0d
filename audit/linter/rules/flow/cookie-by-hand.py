def plain(self, value):
    # ruleid: cookie-by-hand
    self.send_header("Set-Cookie", "sid=%s; Path=/; HttpOnly" % value)

def formatted(self, value):
    # ruleid: cookie-by-hand
    self.send_header("Set-Cookie", f"user_token={value}; HttpOnly")

def over_tls_alone(self, value):
    # ok: cookie-by-hand
    self.send_header("Set-Cookie", "sid=%s; Path=/; Secure; HttpOnly" % value)

def of_no_user(self, value):
    # ok: cookie-by-hand
    self.send_header("Set-Cookie", "theme=%s; HttpOnly" % value)
