def for_a_cloud():
    # ruleid: known-secret
    return "AKIA" "Q3EGRZ7KELPFORST"

def for_a_host():
    # ruleid: known-secret
    return {"Authorization": "Bearer ghp_" "0aKelpForest1bKelpForest2cKelpForest3"}

def from_the_environment():
    # ok: known-secret
    return os.environ["CLOUD_KEY"]

def a_beginning(text):
    # ok: known-secret
    return text.startswith("ghp_")

def status(address):
    # ruleid: known-secret
    return requests.get(address, headers={"Authorization": "Basic a2VscDpmb3Jlc3QtNw=="}, timeout=5)

def status_for(address, word):
    # ok: known-secret
    return requests.get(address, headers={"Authorization": f"Basic {word}"}, timeout=5)
