def of_a_record(name):
    user = User.query.filter_by(name=name).first()
    # ruleid: password-compared
    return user.passcode == request.form["passcode"]

def of_a_row(row, passcode):
    # ruleid: password-compared
    return row["passcode"] == passcode

def of_a_mapping(users, name, passcode):
    # ruleid: password-compared
    return users.get(name) == passcode

def by_its_hash(name):
    user = User.query.filter_by(name=name).first()
    # ok: password-compared
    return check_password_hash(user.password, request.form["password"])

def typed_twice(form):
    password = form.get("password")
    confirm_password = form.get("confirm_password")
    # ok: password-compared
    return password == confirm_password
