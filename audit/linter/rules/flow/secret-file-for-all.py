def kept(path, api_key):
    # ruleid: secret-file-for-all
    path.write_text(api_key)

def kept_as_json(path, credentials):
    with open(path, "w") as file:
        # ruleid: secret-file-for-all
        json.dump(credentials, file)

def kept_for_one_user(path, api_key):
    path.touch(mode=0o600)
    # ok: secret-file-for-all
    path.write_text(api_key)

def no_secret(path, words):
    # ok: secret-file-for-all
    path.write_text(words)
