def whole():
    # ruleid: request-body-logged
    logging.info("got %r", request.form)

def its_text():
    # ruleid: request-body-logged
    print(f"got {request.data}")

def one_field():
    # ok: request-body-logged
    logging.info("got %r", request.form["city"])

def its_path():
    # ok: request-body-logged
    logging.info("got %r", request.path)
