def whole():
    # ruleid: environment-returned
    return jsonify(dict(os.environ))

def as_a_part():
    info = {"env": dict(os.environ)}
    # ruleid: environment-returned
    return JsonResponse(info)

def one_value():
    # ok: environment-returned
    return jsonify({"version": os.environ.get("APP_VERSION", "")})

def for_a_program():
    # ok: environment-returned
    return subprocess.run(["make"], env=dict(os.environ), check=True)
