def headers_logged(url, key):
    sent = {"Authorization": "Bearer " + key}
    # ruleid: secrets-logged-whole
    logging.info("POST %s %s", url, sent)

def environment_printed():
    # ruleid: secrets-logged-whole
    print(os.environ)

def of_a_request():
    # ruleid: secrets-logged-whole
    logger.debug("headers: %r", request.headers)

def one_of_them():
    # ok: secrets-logged-whole
    logging.info("level %s", os.environ.get("LOG_LEVEL"))

def harmless_headers(url):
    sent = {"Accept": "text/plain"}
    # ok: secrets-logged-whole
    logging.info("GET %s %s", url, sent)
