def from_a_form():
    # ruleid: session-role-from-request
    session["role"] = request.form["role"]

def in_django(request):
    # ruleid: session-role-from-request
    request.session["is_admin"] = request.POST["admin"]

def from_the_record(user):
    # ok: session-role-from-request
    session["role"] = user.role

def a_taste():
    # ok: session-role-from-request
    session["color"] = request.form["color"]
