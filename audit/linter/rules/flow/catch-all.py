def returned(text):
    # ruleid: catch-all
    try:
        return int(text)
    except:
        return 80

def assigned(text):
    # ruleid: catch-all
    try:
        port = int(text)
    except BaseException:
        port = 80
    return port

def expected(text):
    # ok: catch-all
    try:
        return int(text)
    except ValueError:
        return 80

def raised_again(text):
    # ok: catch-all
    try:
        return int(text)
    except:
        log(text)
        raise

def printed(text):
    # ruleid: catch-all
    try:
        return int(text)
    except:
        print("no number")
        return None

def cleaned_up(text, lock):
    # ok: catch-all
    try:
        return int(text)
    except:
        lock.release()
        raise
