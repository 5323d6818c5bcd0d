def made():
    # ruleid: unbounded-size
    return os.urandom(int(request.args["size"]))

def counted():
    n = int(request.args.get("n", "1"))
    # ruleid: unbounded-size
    return [row(i) for i in range(n)]

def limited():
    size = min(int(request.args["size"]), 1024)
    # ok: unbounded-size
    return os.urandom(size)

def checked():
    size = int(request.args["size"])
    if not 0 < size <= 1024:
        abort(400)
    # ok: unbounded-size
    return os.urandom(size)
