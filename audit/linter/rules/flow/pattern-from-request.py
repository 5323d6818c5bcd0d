import re as regex

def compiled():
    # ruleid: pattern-from-request
    return regex.compile(request.args["q"])

def searched(text):
    q = request.args.get("q", "")
    # ruleid: pattern-from-request
    return re.search(f"^{q}$", text)

def escaped():
    # ok: pattern-from-request
    return re.compile(re.escape(request.args["q"]))

def the_text_is_from_the_request():
    # ok: pattern-from-request
    return re.search(r"^\d+$", request.args["q"])
