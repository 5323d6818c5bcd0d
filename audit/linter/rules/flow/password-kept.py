def in_a_file(name, password):
    with open("accounts.txt", "a") as file:
        # ruleid: password-kept
        file.write(f"{name}:{password}\n")

def as_json(name, password):
    record = {"name": name, "password": password}
    with open("accounts.json", "w") as file:
        # ruleid: password-kept
        json.dump(record, file)

def in_a_table(db, name, password):
    # ruleid: password-kept
    db.execute("INSERT INTO users (name, password) VALUES (?, ?)", (name, password))

def in_a_record():
    password = request.form["password"]
    # ruleid: password-kept
    return User(name=request.form["name"], password=password)

def in_a_mapping(users, name, password):
    # ruleid: password-kept
    users[name] = password

def as_a_hash(db, name, password):
    stored = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
    # ok: password-kept
    db.execute("INSERT INTO users (name, password) VALUES (?, ?)", (name, stored))

def hashed_before(db, name, password):
    password = generate_password_hash(password)
    # ok: password-kept
    db.execute("INSERT INTO users (name, password) VALUES (?, ?)", (name, password))

def to_a_program(process, password):
    # ok: password-kept
    process.stdin.write(password)
