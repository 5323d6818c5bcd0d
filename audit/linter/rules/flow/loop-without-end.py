def received(sock, size):
    data = b""
    # ruleid: loop-without-end
    while len(data) < size:
        data += sock.recv(size - len(data))
    return data

def counted(most):
    step = 0
    # ruleid: loop-without-end
    while step < most:
        print(step)

def until_it_closes(sock, size):
    data = b""
    # ok: loop-without-end
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data

def counted_up(most):
    step = 0
    # ok: loop-without-end
    while step < most:
        step += 1
    return step

def served(sock):
    # ok: loop-without-end
    while True:
        answer(sock.accept())
