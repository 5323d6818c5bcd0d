def decoded():
    name = request.form["name"]
    # ruleid: upload-any-type
    with open("uploads/" + name, "wb") as file:
        file.write(base64.b64decode(request.form["data"]))

def named_by_the_file():
    sent = request.files["file"]
    # ruleid: upload-any-type
    with open(os.path.join("uploads", sent.filename), "wb") as file:
        file.write(sent.read())

def of_a_known_type():
    ending = request.form["type"]
    if ending not in ("png", "jpg"):
        abort(400)
    # ok: upload-any-type
    with open(f"uploads/{uuid.uuid4()}.{ending}", "wb") as file:
        file.write(request.data)

def read_only():
    # ok: upload-any-type
    with open("uploads/" + request.args["name"], "rb") as file:
        return file.read()

def a_fixed_name():
    # ok: upload-any-type
    with open("uploads/last", "wb") as file:
        file.write(request.data)
