def of_a_directory(host):
    # ruleid: plain-connection
    return Server(host, use_ssl=False)

def of_calls(host):
    # ruleid: plain-connection
    return grpc.insecure_channel(host)

def of_a_store(host):
    # ruleid: plain-connection
    return open_store(host, sslmode="disable")

def with_tls(host):
    # ok: plain-connection
    return Server(host, use_ssl=True)

def on_this_computer():
    # ok: plain-connection
    return grpc.insecure_channel("localhost:50051")
