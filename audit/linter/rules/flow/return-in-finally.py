def thrown_away(path):
    # ruleid: return-in-finally
    try:
        write(path)
    finally:
        return True

def thrown_away_at_times(path):
    # ruleid: return-in-finally
    try:
        write(path)
    finally:
        close(path)
        if is_empty(path):
            return False

def cleaned_up(path):
    # ok: return-in-finally
    try:
        return write(path)
    finally:
        close(path)

def of_a_function_made_there(path):
    file = open(path)
    try:
        return file.read()
    finally:
        # ok: return-in-finally
        file.close()
