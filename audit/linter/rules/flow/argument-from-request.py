@app.route("/clone")
def clone():
    # ruleid: argument-from-request
    subprocess.run(["git", "clone", request.args["url"]])
    return redirect("/")

def found(request):
    name = request.GET["name"]
    # ruleid: argument-from-request
    return HttpResponse(subprocess.check_output(["find", name]))

@app.route("/clone-well")
def clone_well():
    # ok: argument-from-request
    subprocess.run(["git", "clone", "--", request.args["url"]])
    return redirect("/")

@app.route("/log")
def log():
    # ok: argument-from-request
    subprocess.run(["git", "log", "-n", request.args["n"]])
    return redirect("/")

@app.route("/say")
def say():
    # ok: argument-from-request
    subprocess.run(["echo", request.args["text"]])
    return redirect("/")
