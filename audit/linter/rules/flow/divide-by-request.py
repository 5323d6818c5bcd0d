def direct(total):
    # ruleid: divide-by-request
    return total / int(request.args["parts"])

def checked(total):
    parts = int(request.args["parts"])
    if parts == 0:
        abort(400)
    # ok: divide-by-request
    return total / parts

def caught(total):
    try:
        # ok: divide-by-request
        return total / int(request.args["parts"])
    except ZeroDivisionError:
        return 0

def a_fixed_divisor():
    # ok: divide-by-request
    return int(request.args["total"]) / 2

def by_a_name(total):
    parts = float(request.form["parts"])
    share = 100
    # ruleid: divide-by-request
    return share + total // parts
