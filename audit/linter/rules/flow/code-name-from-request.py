def a_module():
    # ruleid: code-name-from-request
    return importlib.import_module(request.args["plugin"])

def a_method(service):
    name = request.args["action"]
    # ruleid: code-name-from-request
    return getattr(service, name)()

def looked_up():
    # ok: code-name-from-request
    return ACTIONS[request.args["action"]]()

def one_of_a_list(service):
    name = request.args["action"]
    if name not in ("start", "stop"):
        abort(400)
    # ok: code-name-from-request
    return getattr(service, name)()
