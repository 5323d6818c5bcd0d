import tempfile as tf

# ruleid: temp-name
path = tempfile.mktemp(".txt")
# ruleid: temp-name
other = tf.mktemp()
# ok: temp-name
handle, path = tempfile.mkstemp(".txt")
# ok: temp-name
folder = tempfile.mkdtemp()

# ruleid: temp-name
gone = tempfile.NamedTemporaryFile(suffix=".txt").name
# ok: temp-name
kept = tempfile.NamedTemporaryFile(suffix=".txt", delete=False).name

def opened_when_it_was_gone(text):
    made = tempfile.NamedTemporaryFile()
    made.close()
    # ruleid: temp-name
    with open(made.name, "w") as file:
        file.write(text)

def opened_when_it_was_kept(text):
    made = tempfile.NamedTemporaryFile(delete=False)
    made.close()
    # ok: temp-name
    with open(made.name, "w") as file:
        file.write(text)

def by_another_name():
    # ruleid: temp-name
    free_name = tempfile.mktemp
    return free_name()

def by_another_name_and_made():
    # ok: temp-name
    made = tempfile.mkstemp
    return made()

def by_a_bare_name():
    # ruleid: temp-name
    return open(tmpnam(), "w")
