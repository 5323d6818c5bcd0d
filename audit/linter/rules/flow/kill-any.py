def ended(number):
    # ruleid: kill-any
    os.kill(number, signal.SIGKILL)

def asked_to_end(process_id):
    # ruleid: kill-any
    os.kill(process_id, 15)

def ended_by_its_owner(number):
    if owner_of(number) != os.getuid():
        raise PermissionError
    # ok: kill-any
    os.kill(number, signal.SIGKILL)

def its_own():
    # ok: kill-any
    os.kill(os.getpid(), signal.SIGTERM)
