def direct():
    # ruleid: hardcoded-password
    return pymysql.connect(host="db", user="shop", password="shop123")

def through_a_variable():
    word = "shop123"
    # ruleid: hardcoded-password
    return psycopg2.connect(host="db", user="shop", password=word)

def compared(password):
    # ruleid: hardcoded-password
    return password == "letmein99"

# ruleid: hardcoded-password
app.config["SECRET_KEY"] = "abcdef"

def from_the_environment():
    # ok: hardcoded-password
    return pymysql.connect(host="db", user="shop", password=os.environ["SHOP_PASSWORD"])

def a_label():
    # ok: hardcoded-password
    return form.field(label="password", password="password")

# ok: hardcoded-password
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]

# ruleid: hardcoded-password
ADMIN_PASSWORD = "hunter2!"
# ruleid: hardcoded-password
engine = create_engine("postgresql://shop:h4nd1craft@db/shop")
# ok: hardcoded-password
RESET_PASSWORD = "reset-password"
# ok: hardcoded-password
other = create_engine("postgresql://db/shop")

def over_smtp(server):
    # ruleid: hardcoded-password
    server.login("robot@example.org", "Wq7!kelp-7")

def by_a_name(server):
    word = "Wq7!kelp-7"
    # ruleid: hardcoded-password
    server.login("robot", word)

def in_a_pair(url):
    # ruleid: hardcoded-password
    return fetch_login(url, auth=("robot", "Wq7!kelp-7"))

def from_the_environment(server):
    # ok: hardcoded-password
    server.login("robot@example.org", os.environ["MAIL_WORD"])

def of_a_caller(server, word):
    # ok: hardcoded-password
    server.login("robot@example.org", word)

def for_anybody(server):
    # ok: hardcoded-password
    server.login("anonymous", "guest")
