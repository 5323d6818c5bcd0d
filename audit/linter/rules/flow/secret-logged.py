def as_an_argument(username, password):
    # ruleid: secret-logged
    logging.info("login %s %s", username, password)

def formatted(url, api_key):
    # ruleid: secret-logged
    print(f"connect to {url} with {api_key}")

def a_field(self, data):
    # ruleid: secret-logged
    self.logger.debug("got " + data["password"])

def without_it(username, password):
    # ok: secret-logged
    logging.info("login %r", username)

def whether_it_is_set(password):
    # ok: secret-logged
    logging.info("password given: %s", password is not None)

def a_hash_of_it(password):
    # ok: secret-logged
    print(bcrypt.hashpw(password, bcrypt.gensalt()))

def issued(user):
    token = create_access_token(user)
    # ruleid: secret-logged
    log.info("issued %s to %s", token, user)
    return token

def of_a_language(text):
    token = next_token(text)
    # ok: secret-logged
    log.info("read %s", token)
    return token
