def formatted():
    name = request.args.get("name", "")
    # ruleid: html-from-request
    return f"<h1>Hello {name}</h1>"

def added():
    name = request.args["name"]
    # ruleid: html-from-request
    return "<h1>Hello " + name + "</h1>"

def as_a_response(request):
    # ruleid: html-from-request
    return HttpResponse("Hello " + request.GET["name"])

def escaped():
    name = escape(request.args.get("name", ""))
    # ok: html-from-request
    return f"<h1>Hello {name}</h1>"

def in_a_template():
    # ok: html-from-request
    return render_template("hello.html", name=request.args["name"])

def as_json():
    # ok: html-from-request
    return jsonify(name=request.args["name"])

def do_GET(self):
    # ruleid: html-from-request
    self.wfile.write(b"no page " + self.path.encode())

def in_a_list(self):
    rows = []
    for name in request.args.getlist("name"):
        rows.append("<li>%s</li>" % name)
    # ruleid: html-from-request
    return "<ul>" + "".join(rows) + "</ul>"

def counted(self):
    rows = []
    for name in request.args.getlist("name"):
        rows.append("<li>%d</li>" % len(name))
    # ok: html-from-request
    return "<ul>" + "".join(rows) + "</ul>"

def gateway(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "text/html")])
    # ruleid: html-from-request
    return ["<b>" + query["name"][0] + "</b>"]

def gateway_escaped(environ, start_response):
    query = parse_qs(environ.get("QUERY_STRING"))
    start_response("200 OK", [("Content-Type", "text/html")])
    # ok: html-from-request
    return ["<b>" + html.escape(query["name"][0]) + "</b>"]

def printed():
    form = cgi.FieldStorage()
    # ruleid: html-from-request
    print("<b>" + form.getvalue("name") + "</b>")

def printed_escaped():
    form = cgi.FieldStorage()
    # ok: html-from-request
    print("<b>" + html.escape(form.getvalue("name")) + "</b>")

@app.route("/template-filled")
def template_filled():
    # ok: html-from-request
    return render_template_string("<h1>{{ name }}</h1>", name=request.args["name"])

@app.route("/echo")
def echo():
    # ruleid: html-from-request
    return request.args["text"]

@app.post("/echo")
def echoed_as_json(text: str):
    # ok: html-from-request
    return text

class Greeting(tornado.web.RequestHandler):
    def get(self, name):
        # ruleid: html-from-request
        self.write("Hello, %s" % name)

class SafeGreeting(tornado.web.RequestHandler):
    def get(self, name):
        # ok: html-from-request
        self.write("Hello, %s" % escape(name))

@app.route("/echo-as-page")
def json_as_a_page():
    # ruleid: html-from-request
    return json.dumps({"text": request.args["text"]})

@app.route("/echo-as-json")
def json_as_json():
    text = json.dumps({"text": request.args["text"]})
    # ok: html-from-request
    return Response(text, mimetype="application/json")

class Greeting:
    def on_get(self, req, resp):
        # ruleid: html-from-request
        resp.text = "<p>Hello " + req.get_param("name") + "</p>"

    def on_post(self, req, resp):
        # ok: html-from-request
        resp.text = "<p>Hello " + html.escape(req.get_param("name")) + "</p>"

def answer_as_body(request):
    # ruleid: html-from-request
    return web.Response(body="<p>" + request.query["name"] + "</p>", content_type="text/html")

def letter(request):
    # ruleid: html-from-request
    return MIMEText("<p>" + request.form["name"] + "</p>", "html")

def plain_letter(request):
    # ok: html-from-request
    return MIMEText("<p>" + request.form["name"] + "</p>", "plain")

def shown_as_markdown(request):
    page = markdown.markdown(request.POST["text"])
    # ruleid: html-from-request
    return HttpResponse(page)

def shown_as_clean_markdown(request):
    page = bleach.clean(markdown.markdown(request.POST["text"]), TAGS)
    # ok: html-from-request
    return HttpResponse(page)
