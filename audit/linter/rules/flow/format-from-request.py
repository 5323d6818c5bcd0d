def shown(user):
    # ruleid: format-from-request
    return request.args["text"].format(user=user)

def fixed():
    # ok: format-from-request
    return "Hello {}".format(request.args["name"])

def looked_up(user):
    # ok: format-from-request
    return TEXTS[request.args["text"]].format(user=user)

def shown_by_its_keys(user):
    text = request.form["greeting"]
    # ruleid: format-from-request
    return text.format_map({"user": user})
