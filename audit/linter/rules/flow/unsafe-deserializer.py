import numpy as np
# ruleid: unsafe-deserializer
a = marshal.loads(data)
# ruleid: unsafe-deserializer
b = jsonpickle.decode(text)
# ruleid: unsafe-deserializer
c = np.load(path, allow_pickle=True)
# ruleid: unsafe-deserializer
d = torch.load(path, weights_only=False)
# ok: unsafe-deserializer
e = np.load(path)
# ok: unsafe-deserializer
f = torch.load(path, weights_only=True)
# ok: unsafe-deserializer
g = json.loads(text)

def from_a_socket(socket):
    # ruleid: unsafe-deserializer
    return socket.recv_pyobj()

def plain_from_a_socket(socket):
    # ok: unsafe-deserializer
    return socket.recv_json()

# ruleid: unsafe-deserializer
CELERY_ACCEPT_CONTENT = ["json", "pickle"]
# ok: unsafe-deserializer
CELERY_RESULT_ACCEPT_CONTENT = ["json"]

# ruleid: unsafe-deserializer
signed = URLSafeSerializer(key, serializer=pickle)
# ok: unsafe-deserializer
signed = URLSafeSerializer(key, serializer=json)
# ruleid: unsafe-deserializer
queue.conf.update(accept_content=["json", "pickle"])
# ok: unsafe-deserializer
queue.conf.update(accept_content=["json"])
# ruleid: unsafe-deserializer
g = np.load(path, **{"allow_pickle": True})

def best(folder):
    # ruleid: unsafe-deserializer
    return load_pickle(os.path.join(folder, "best.pkl"))["params"]

def graph(path):
    # ruleid: unsafe-deserializer
    return networkx.read_gpickle(path)

def best_as_text(folder):
    # ok: unsafe-deserializer
    return load_json(os.path.join(folder, "best.json"))["params"]
# ruleid: unsafe-deserializer
queue.conf.task_serializer = "pickle"
# ok: unsafe-deserializer
queue.conf.task_serializer = "json"

def by_options(path):
    options = dict(allow_pickle=True)
    # ruleid: unsafe-deserializer
    return np.load(path, **options)
