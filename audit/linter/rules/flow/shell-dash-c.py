def formatted(folder):
    # ruleid: shell-dash-c
    subprocess.run(["sh", "-c", f"tar cf - {folder} | gzip"], check=True)

def through_a_variable(folder):
    command = "ls " + folder
    # ruleid: shell-dash-c
    subprocess.check_call(["/bin/bash", "-lc", command])

def fixed():
    # ok: shell-dash-c
    subprocess.run(["sh", "-c", "uptime | tail -1"], check=True)

def no_shell(folder):
    # ok: shell-dash-c
    subprocess.run(["tar", "-c", folder], check=True)

def replaced(name):
    # ruleid: shell-dash-c
    os.execl("/bin/sh", "sh", "-c", "ls " + name)

def replaced_by_a_fixed_one():
    # ok: shell-dash-c
    os.execl("/bin/sh", "sh", "-c", "ls -l")

def in_a_list_added_to(folder):
    # ruleid: shell-dash-c
    subprocess.run(["bash", "-c"] + ["ls " + folder], check=True)

def quoted(folder):
    # ok: shell-dash-c
    subprocess.run(["sh", "-c", "ls " + shlex.quote(folder)], check=True)
