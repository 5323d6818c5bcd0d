def to_another_user(number):
    try:
        os.setuid(number)
    # ruleid: drop-ignored
    except OSError:
        pass
    serve()

def to_another_group(number):
    try:
        os.setgid(number)
    # ruleid: drop-ignored
    except OSError as error:
        logging.warning("not dropped: %s", error)
    serve()

def or_the_end(number):
    try:
        os.setuid(number)
    # ok: drop-ignored
    except OSError:
        raise SystemExit("rights not dropped")
    serve()

def another_error(path):
    try:
        os.remove(path)
    # ok: drop-ignored
    except OSError:
        pass
