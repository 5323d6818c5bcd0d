def formatted():
    name = request.args["name"]
    # ruleid: log-injection
    logging.info(f"login of {name}")

def as_an_argument():
    # ruleid: log-injection
    app.logger.warning("login of %s", request.form.get("name"))

def written_as_a_literal():
    # ok: log-injection
    logging.info("login of %r", request.args["name"])

def without_line_breaks():
    name = request.args["name"].replace("\n", "").replace("\r", "")
    # ok: log-injection
    logging.info("login of " + name)

def a_number():
    # ok: log-injection
    logging.info("page %s", int(request.args["page"]))
