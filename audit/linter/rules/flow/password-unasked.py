def changed():
    # ruleid: password-unasked
    current_user.set_password(request.form["new"])

def changed_in_django(request):
    # ruleid: password-unasked
    request.user.set_password(request.POST["new"])

def asked_before(request):
    if not request.user.check_password(request.POST["old"]):
        raise PermissionDenied
    # ok: password-unasked
    request.user.set_password(request.POST["new"])

def of_a_new_user(word):
    user = User()
    # ok: password-unasked
    user.set_password(word)
