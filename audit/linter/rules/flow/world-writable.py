# ruleid: world-writable
os.chmod(path, 0o777)
# ruleid: world-writable
handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
# ruleid: world-writable
os.makedirs(folder, mode=0o777)
# ruleid: world-writable
os.umask(0)
# ok: world-writable
os.chmod(path, 0o600)
# ok: world-writable
os.chmod(path, 0o755)

def by_a_program(folder):
    # ruleid: world-writable
    subprocess.run(["chmod", "-R", "777", folder])
    # ok: world-writable
    subprocess.run(["chmod", "-R", "750", folder])

def by_a_shell():
    # ruleid: world-writable
    os.system("chmod -R 777 /srv/app")
    # ok: world-writable
    os.system("chmod -R 755 /srv/app")

def by_flags(path):
    mode = stat.S_IRWXU | stat.S_IRWXO
    # ruleid: world-writable
    path.chmod(mode)

def by_a_number(path):
    mode = 0o666
    # ruleid: world-writable
    os.chmod(path, mode)

def for_one_user(path):
    mode = stat.S_IRUSR | stat.S_IWUSR
    # ok: world-writable
    path.chmod(mode)

def for_all_to_read(path):
    mode = 0o644
    # ok: world-writable
    os.chmod(path, mode)
