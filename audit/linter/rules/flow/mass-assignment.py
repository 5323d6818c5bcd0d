def looped(user):
    for key, value in request.json.items():
        # ruleid: mass-assignment
        setattr(user, key, value)

def updated(user):
    data = request.get_json()
    # ruleid: mass-assignment
    user.__dict__.update(data)

def created():
    # ruleid: mass-assignment
    return User(**request.json)

def named_fields(user):
    data = request.get_json()
    for key in ("name", "email"):
        # ok: mass-assignment
        setattr(user, key, data[key])

def one_of_a_list(user):
    for key, value in request.json.items():
        if key not in ("name", "email"):
            continue
        # ok: mass-assignment
        setattr(user, key, value)

def own_settings(user, settings):
    for key, value in settings.items():
        # ok: mass-assignment
        setattr(user, key, value)

def those_of_both(user):
    for key in FIELDS & set(request.json):
        # ok: mass-assignment
        setattr(user, key, request.json[key])
