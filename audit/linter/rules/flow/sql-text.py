from sqlalchemy import text as statement


def added(cursor, name):
    # ruleid: sql-text
    cursor.execute("SELECT * FROM users WHERE name = '" + name + "'")

def formatted(self, name):
    # ruleid: sql-text
    query = f"SELECT * FROM users WHERE name = '{name}'"
    return self.db.execute(query).fetchone()

def with_percent(connection, column):
    # ruleid: sql-text
    return connection.execute("SELECT * FROM orders ORDER BY %s" % column)

def with_format(cursor, name):
    # ruleid: sql-text
    cursor.execute("DELETE FROM users WHERE name = '{}'".format(name))

def by_another_name(session, name):
    # ruleid: sql-text
    session.execute(statement(f"SELECT * FROM users WHERE name = '{name}'"))

def in_steps(cursor, name, town):
    query = "SELECT * FROM users"
    if town:
        # ruleid: sql-text
        query += " WHERE town = '" + town + "'"
    cursor.execute(query)

def whole(db):
    # ruleid: sql-text
    return db.execute(request.args["query"]).fetchall()

def joined(cursor):
    # ruleid: sql-text
    query = " ".join(["SELECT * FROM users WHERE name =", input("name")])
    cursor.execute(query)

def a_table_that_a_client_names(cursor):
    # ruleid: sql-text
    cursor.execute("SELECT * FROM " + request.args["table"])

def placeholder(cursor, name):
    # ok: sql-text
    cursor.execute("SELECT * FROM users WHERE name = ?", (name,))

def placeholder_and_table(self, name):
    # ok: sql-text
    self.cursor.execute(f"SELECT * FROM {self.table} WHERE name = ?", (name,))

def many_placeholders(cursor, names):
    marks = ", ".join("?" for _ in names)
    # ok: sql-text
    cursor.execute(f"SELECT * FROM users WHERE name IN ({marks})", names)

def a_number(cursor, number):
    # ok: sql-text
    cursor.execute("SELECT * FROM users LIMIT " + str(int(number)))

def a_fixed_table(cursor):
    # ok: sql-text
    cursor.execute("SELECT * FROM " + TABLE)

def one_of_a_list(cursor):
    column = request.args["sort"]
    if column not in ("date", "price"):
        abort(400)
    # ok: sql-text
    cursor.execute("SELECT * FROM orders ORDER BY " + column)

def columns_and_placeholders(cursor, changes):
    parts = []
    for column in changes:
        parts.append(f"{column} = ?")
    # ok: sql-text
    cursor.execute("UPDATE users SET " + ", ".join(parts), list(changes.values()))

def columns_and_values(cursor, changes):
    parts = []
    for column, value in changes.items():
        parts.append(f"{column} = '{value}'")
    # ruleid: sql-text
    cursor.execute("UPDATE users SET " + ", ".join(parts))

def a_message(user):
    # ok: sql-text
    print(f"Select a gift from the list, {user}")

def a_condition(session, name):
    # ruleid: sql-text
    return session.query(User).filter(statement("name = '%s'" % name)).all()

def a_condition_with_a_placeholder(session, name):
    # ok: sql-text
    return session.query(User).filter(statement("name = :name")).params(name=name).all()

def from_elsewhere(cursor, name):
    # ruleid: sql-text
    cursor.execute(FIND_USER.format(name))

def from_elsewhere_with_a_placeholder(cursor, name):
    # ok: sql-text
    cursor.execute(FIND_USER, (name,))

def filled_into_a_template(cursor, name):
    # ruleid: sql-text
    cursor.execute(Template("SELECT * FROM users WHERE name = '$name'").substitute(name=name))

def filled_into_a_template_and_safe(cursor, name):
    # ok: sql-text
    cursor.execute(Template("SELECT * FROM users WHERE id = $id").substitute(id=int(name)))

def of_numbers(cursor, ids):
    # ok: sql-text
    cursor.execute("SELECT * FROM users WHERE id IN (%s)" % ",".join(map(str, map(int, ids))))

def of_names(cursor, names):
    # ruleid: sql-text
    cursor.execute("SELECT * FROM users WHERE name IN ('%s')" % "','".join(map(str, names)))

def condition_by_its_name(store, name):
    # ruleid: sql-text
    return store.select("users", where="name = '%s'" % name)

def condition_with_its_values(store, name):
    # ok: sql-text
    return store.select("users", where="name = $name", vars={"name": name})

def order_of_a_request(session):
    # ruleid: sql-text
    return session.query(User).order_by(text(request.args["order"])).all()

def order_of_our_own(session):
    # ok: sql-text
    return session.query(User).order_by(text("name")).all()

def in_a_graph(store, name):
    # ruleid: sql-text
    return store.run("MATCH (u:User {name: '%s'}) RETURN u" % name)

def in_a_graph_beside(store, name):
    # ok: sql-text
    return store.run("MATCH (u:User {name: $name}) RETURN u", name=name)

def one_for_each(cursor, names):
    # ruleid: sql-text
    texts = ["DELETE FROM users WHERE name = '%s'" % name for name in names]
    for text in texts:
        cursor.execute(text)

def one_for_all(cursor, names):
    # ok: sql-text
    cursor.executemany("DELETE FROM users WHERE name = ?", [(name,) for name in names])

class Statements:
    def run(self, statement, *values):
        # ruleid: sql-text
        self.cursor.execute(statement % values)

    def run_named(self, statement, values):
        # ruleid: sql-text
        self.cursor.execute(statement.format(**values))

    def run_beside(self, statement, *values):
        # ok: sql-text
        self.cursor.execute(statement, values)

class Updates:
    def set_named(self, **values):
        columns = ", ".join("{} = :{}".format(name, name) for name in values)
        # ok: sql-text
        self.connection.execute("UPDATE users SET " + columns + " WHERE id = :id", values)

    def insert_named(self, **values):
        places = ", ".join("%%(%s)s" % name for name in values)
        # ok: sql-text
        self.connection.execute("INSERT INTO users VALUES (" + places + ")", values)
