def decoded():
    name = os.path.basename(request.form["name"])
    # ruleid: upload-any-type
    with open("uploads/" + name, "wb") as file:
        file.write(base64.b64decode(request.form["data"]))

def named_by_the_file():
    sent = request.files["file"]
    # ruleid: upload-any-type
    with open(os.path.join("uploads", os.path.basename(sent.filename)), "wb") as file:
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
    with open("uploads/" + os.path.basename(request.args["name"]), "rb") as file:
        return file.read()

def a_fixed_name():
    # ok: upload-any-type
    with open("uploads/last", "wb") as file:
        file.write(request.data)

def saved():
    sent = request.files["photo"]
    # ruleid: upload-any-type
    sent.save(os.path.join("uploads", os.path.basename(sent.filename)))

def its_name_is_clean_and_its_type_is_any():
    sent = request.files["photo"]
    # ruleid: upload-any-type
    sent.save(os.path.join("uploads", secure_filename(sent.filename)))

async def written(upload):
    # ruleid: upload-any-type
    with open(f"uploads/{os.path.basename(upload.filename)}", "wb") as target:
        target.write(await upload.read())

def under_a_name_of_our_own():
    sent = request.files["photo"]
    # ok: upload-any-type
    sent.save(os.path.join("uploads", uuid.uuid4().hex + ".png"))

def of_an_allowed_type():
    sent = request.files["photo"]
    if sent.filename.rsplit(".", 1)[1].lower() not in ("png", "jpg"):
        abort(400)
    # ok: upload-any-type
    sent.save(os.path.join("uploads", secure_filename(sent.filename)))

def only_read(upload):
    # ok: upload-any-type
    return open(upload.filename).read()
