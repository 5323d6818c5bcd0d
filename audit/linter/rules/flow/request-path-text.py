def a_user():
    name = request.args["name"]
    # ruleid: request-path-text
    return requests.get(f"https://api.example.com/users/{name}", timeout=5).json()

def added():
    # ruleid: request-path-text
    return requests.get("https://api.example.com/users/" + request.args["name"], timeout=5)

def quoted():
    name = quote(request.args["name"], safe="")
    # ok: request-path-text
    return requests.get(f"https://api.example.com/users/{name}", timeout=5).json()

def a_number():
    number = int(request.args["number"])
    # ok: request-path-text
    return requests.get(f"https://api.example.com/users/{number}", timeout=5).json()

def a_parameter():
    # ok: request-path-text
    return requests.get("https://api.example.com/users", {"q": request.args["q"]}, timeout=5)
