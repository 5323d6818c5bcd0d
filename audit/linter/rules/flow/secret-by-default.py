def by_get():
    # ruleid: secret-by-default
    return os.environ.get("JWT_SECRET", "kelp-forest-7")

def by_getenv():
    # ruleid: secret-by-default
    return os.getenv("DB_PASSWORD", "kelp-forest-7")

def or_an_error():
    # ok: secret-by-default
    return os.environ["JWT_SECRET"]

def or_nothing():
    # ok: secret-by-default
    return os.environ.get("JWT_SECRET", "")

def no_secret():
    # ok: secret-by-default
    return os.environ.get("LOG_FOLDER", "kelp-forest-7")
