@app.route("/webhook", methods=["POST"])
# ruleid: hook-unsigned
def paid():
    note(request.get_json())
    return "", 204

@router.post("/hooks/shop")
# ruleid: hook-unsigned
async def sold(values: dict):
    note(values)
    return {}

@app.route("/hooks/bank", methods=["POST"])
# ok: hook-unsigned
def sent():
    if not hmac.compare_digest(sign(request.get_data()), request.headers["X-Sign"]):
        abort(400)
    note(request.get_json())
    return "", 204

@app.route("/orders", methods=["POST"])
# ok: hook-unsigned
def ordered():
    note(request.get_json())
    return "", 204

@app.route("/webhook", methods=["POST"])
# ok: hook-unsigned
def tried():
    requests.post(HOOKS[request.form["name"]], json={"tried": True}, timeout=5)
    return "", 204
