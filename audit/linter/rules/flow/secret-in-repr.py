class Login:
    def __repr__(self):
        # ruleid: secret-in-repr
        return f"Login({self.name}, {self.password})"

class Account:
    def __str__(self):
        # ruleid: secret-in-repr
        return "Account %s %s" % (self.name, self.password)

class Session:
    def __repr__(self):
        # ok: secret-in-repr
        return f"Session({self.name})"

class Form:
    def text(self):
        # ok: secret-in-repr
        return f"{self.name}:{self.password}"
