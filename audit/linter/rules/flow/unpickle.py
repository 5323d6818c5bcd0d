import pickle as p
from pickle import loads

def direct(data):
    # ruleid: unpickle
    return pickle.loads(base64.b64decode(data))

def aliased(file):
    # ruleid: unpickle
    return p.load(file)

def imported(data):
    # ruleid: unpickle
    return loads(data)

def with_json(data):
    # ok: unpickle
    return json.loads(data)

def written(data):
    # ok: unpickle
    return pickle.dumps(data)

def signed(key, data, signature):
    if not hmac.compare_digest(sign(key, data), signature):
        raise ValueError("bad signature")
    # ok: unpickle
    return pickle.loads(data)

def a_deep_copy(data):
    # ok: unpickle
    return pickle.loads(pickle.dumps(data))

def handed_over(stream):
    # ruleid: unpickle
    return retried(pickle.load, stream)

def handed_over_as_the_way_to_read():
    # ruleid: unpickle
    return Queue(deserializer=pickle.loads)

def handed_over_to_write(rows):
    # ok: unpickle
    return list(map(pickle.dumps, rows))

def packed(stream):
    # ruleid: unpickle
    return compress_pickle.load(stream)

def known_classes_alone(stream):
    # ok: unpickle
    return safe_pickle.load(stream)
