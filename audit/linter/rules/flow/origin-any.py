class Open(WebSocketHandler):
    def check_origin(self, origin):
        # ruleid: origin-any
        return True

class Begins(WebSocketHandler):
    def check_origin(self, origin):
        # ruleid: origin-any
        return origin.startswith(self.settings["origin"])

class Known(WebSocketHandler):
    def check_origin(self, origin):
        # ok: origin-any
        return urlparse(origin).hostname in HOSTS

class Other:
    def check_size(self, size):
        # ok: origin-any
        return True
