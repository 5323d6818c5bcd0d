def of_a_form(self):
    sent = self.get_argument("_xsrf")
    # ruleid: received-secret-compared
    return sent == self.kept

def of_a_header(request):
    # ruleid: received-secret-compared
    if request.headers["X-Signature"] != signed(request.body):
        raise PermissionError

def in_constant_time(self):
    sent = self.get_argument("_xsrf")
    # ok: received-secret-compared
    return hmac.compare_digest(sent, self.kept)

def another_field(self):
    sent = self.get_argument("color")
    # ok: received-secret-compared
    return sent == self.kept

def none_sent(self):
    sent = self.get_argument("_xsrf")
    # ok: received-secret-compared
    return sent == ""
