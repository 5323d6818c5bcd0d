import os
from flask import request as req

def joined():
    # ruleid: path-from-request
    return open(os.path.join("data", request.args["name"])).read()

def through_a_variable():
    path = "data/" + req.args.get("name")
    # ruleid: path-from-request
    return send_file(path)

@app.route("/files/<name>")
def from_the_route(name):
    # ruleid: path-from-request
    os.remove(f"data/{name}")

@api.get("/files/{name}")
async def from_a_typed_route(name: str):
    # ruleid: path-from-request
    return FileResponse(f"data/{name}")

@api.get("/pages/{number}")
def a_typed_number(number: int):
    # ok: path-from-request
    return FileResponse(f"pages/{number}.html")

def only_the_last_part():
    # ok: path-from-request
    return open(os.path.join("data", os.path.basename(request.args["name"])))

def resolved_and_checked():
    path = (Path("data") / request.args["name"]).resolve()
    if not path.is_relative_to(Path("data").resolve()):
        abort(404)
    # ok: path-from-request
    return path.read_text()

def one_of_a_list():
    name = request.args["name"]
    if name not in ("a", "b"):
        abort(404)
    # ok: path-from-request
    return open("data/" + name)

def looked_up():
    # ok: path-from-request
    return open(FILES.get(request.args["name"], "data/none"))

def not_from_the_request():
    # ok: path-from-request
    return open(os.path.join("data", "page.html"))

def do_GET(self):
    # ruleid: path-from-request
    with open("." + self.path, "rb") as file:
        self.wfile.write(file.read())

def save(self):
    # ok: path-from-request
    with open(self.path, "wb") as file:
        file.write(self.content)

@app.route("/joined")
def joined():
    # ruleid: path-from-request
    with Path("/data").joinpath(request.args["name"]).open() as file:
        return file.read()

@app.route("/stored", methods=["POST"])
def stored():
    upload = request.files["upload"]
    # ruleid: path-from-request
    os.remove("/data/" + upload.filename)

@app.route("/stored-well", methods=["POST"])
def stored_well():
    upload = request.files["upload"]
    # ok: path-from-request
    os.remove("/data/" + secure_filename(upload.filename))

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        # ruleid: path-from-request
        self.wfile.write(open(self.path[1:], "rb").read())

@cherrypy.expose
def of_another_framework(self, name):
    # ruleid: path-from-request
    return serve_file(os.path.join(self.folder, name))

def of_a_socket(connection):
    name = connection.recv(256).decode()
    # ruleid: path-from-request
    with open(name, "rb") as file:
        connection.sendall(file.read())

def of_a_socket_in_a_folder(connection):
    name = connection.recv(256).decode()
    # ok: path-from-request
    with open(os.path.join("shared", os.path.basename(name)), "rb") as file:
        connection.sendall(file.read())

@app.route("/page")
def checked_by_a_function():
    name = request.args["name"]
    validate_name(name)
    # ok: path-from-request
    return send_file("pages/" + name)

@app.route("/unpacked", methods=["POST"])
def a_file_is_no_path():
    # ok: path-from-request
    with zipfile.ZipFile(request.files["archive"]) as archive:
        return str(len(archive.namelist()))

@app.get("/scan")
def scanned():
    path = os.path.join(SCANS, request.args["scan"])
    # ruleid: path-from-request
    return Image.open(path).size

@app.get("/scan-below")
def scanned_below():
    path = os.path.realpath(os.path.join(SCANS, request.args["scan"]))
    if os.path.commonpath([path, SCANS]) != SCANS:
        abort(404)
    # ok: path-from-request
    return Image.open(path).size

@app.post("/weights")
def stored():
    # ruleid: path-from-request
    torch.save(model.state_dict(), os.path.join(WEIGHTS, request.form["name"]))
    return "stored"

@app.get("/page")
def page_or_index():
    name = request.args["page"]
    if not name:
        name = "index.html"
    # ruleid: path-from-request
    return send_file(os.path.join(PAGES, name))

@app.get("/first-page")
def page_of_two():
    name = request.args["page"]
    if name:
        name = "first.html"
    else:
        name = "index.html"
    # ok: path-from-request
    return send_file(os.path.join(PAGES, name))

class Uploads(tornado.web.RequestHandler):
    def post(self):
        upload = self.request.files["file"][0]
        # ruleid: path-from-request
        with open(os.path.join(UPLOADS, upload["filename"]), "w") as out:
            out.write(upload["body"])

    def put(self):
        upload = self.request.files["file"][0]
        name = os.path.basename(upload["filename"])
        # ok: path-from-request
        with open(os.path.join(UPLOADS, name), "w") as out:
            out.write(upload["body"])

class Exported(View):
    def get(self, request, *args, **kwargs):
        # ruleid: path-from-request
        return FileResponse(open(os.path.join(EXPORTS, kwargs["name"]), "rb"))

    def head(self, request, *args, **kwargs):
        name = os.path.basename(kwargs["name"])
        # ok: path-from-request
        return FileResponse(open(os.path.join(EXPORTS, name), "rb"))

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    # ruleid: path-from-request
    return [open(PAGES + environ["PATH_INFO"], "rb").read()]

    def post(self, request):
        # ruleid: path-from-request
        os.remove(os.path.join(EXPORTS, self.kwargs["name"]))

def on_message(socket, message):
    data = json.loads(message)
    # ruleid: path-from-request
    with open(os.path.join(NOTES, data["title"]), "w") as note:
        note.write(data["text"])

def on_data(socket, message):
    data = json.loads(message)
    # ok: path-from-request
    with open(os.path.join(NOTES, os.path.basename(data["title"])), "w") as note:
        note.write(data["text"])

@bot.command()
async def show(context, picture):
    # ruleid: path-from-request
    await context.send(file=discord.File("pictures/" + picture))

@cli.command()
def show_here(context, picture):
    # ok: path-from-request
    context.show(Image.open("pictures/" + picture))

async def log(socket):
    name = await socket.receive_text()
    # ruleid: path-from-request
    async with aiofiles.open(f"logs/{name}") as file:
        await socket.send_text(await file.read())

fields = reqparse.RequestParser()

class Notes(Resource):
    def post(self):
        # ruleid: path-from-request
        return open(os.path.join(NOTES, fields.parse_args()["note"])).read()

    def get(self, note):
        # ruleid: path-from-request
        return open(os.path.join(NOTES, note)).read()

    def delete(self, note):
        # ok: path-from-request
        os.remove(os.path.join(NOTES, secure_filename(note)))

class Assets(HTTPMethodView):
    async def get(self, request, name):
        # ruleid: path-from-request
        return await response.file(os.path.join(self.assets, name))

@app.get("/letter")
def letter():
    # ruleid: path-from-request
    document = DocxTemplate(os.path.join(LETTERS, request.args["letter"]))
    return str(document)

@app.get("/letter-there")
def letter_there():
    # ok: path-from-request
    return str(is_file(os.path.join(LETTERS, request.args["letter"])))

@app.post("/read")
def read(asked: Asked):
    # ruleid: path-from-request
    return open(os.path.join(NOTES, asked.name)).read()

@app.post("/read-last-part")
def read_last_part(asked: Asked):
    # ok: path-from-request
    return open(os.path.join(NOTES, Path(asked.name).name)).read()

def answered(event, context):
    # ruleid: path-from-request
    return {"body": open("notes/" + event["queryStringParameters"]["name"]).read()}
