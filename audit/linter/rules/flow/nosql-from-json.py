def fields(db):
    data = request.get_json()
    # ruleid: nosql-from-json
    return db.users.find_one({"name": data["name"], "password": data["password"]})

def whole(db):
    # ruleid: nosql-from-json
    return list(db.orders.find(request.json))

def as_text(db):
    data = request.get_json()
    # ok: nosql-from-json
    return db.users.find_one({"name": str(data["name"])})

def text_from_a_form(db):
    # ok: nosql-from-json
    return db.users.find_one({"name": request.form["name"]})
