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
