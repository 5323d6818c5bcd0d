def thrown_away(cache):
    # ruleid: swallowed-error
    try:
        cache.clear()
    except Exception:
        pass

def gone_on_with(caches):
    for cache in caches:
        # ruleid: swallowed-error
        try:
            cache.clear()
        except:
            continue

def expected(cache):
    # ok: swallowed-error
    try:
        cache.clear()
    except KeyError:
        pass

def logged(cache):
    # ok: swallowed-error
    try:
        cache.clear()
    except Exception:
        logging.exception("not cleared")
