def assigned(response):
    # ruleid: header-injection
    response.headers["X-Language"] = request.args["lang"]

def sent(self):
    # ruleid: header-injection
    self.send_header("Location", self.request.path)

def one_of_a_list(response):
    lang = request.args["lang"]
    if lang not in ("en", "de"):
        lang = "en"
    # ok: header-injection
    response.headers["X-Language"] = lang

def fixed(response):
    # ok: header-injection
    response.headers["X-Language"] = "en"

def of_another_framework():
    answer = HttpResponse()
    # ruleid: header-injection
    answer["Content-Disposition"] = "attachment; filename=" + request.args["name"]

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        place = unquote(self.path)
        # ruleid: header-injection
        self.send_header("Location", place)

    def do_POST(self):
        place = unquote(self.path)
        if "\r" in place or "\n" in place:
            return
        # ok: header-injection
        self.send_header("Location", place)
