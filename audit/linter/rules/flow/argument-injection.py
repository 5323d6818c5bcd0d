def direct(url, folder):
    # ruleid: argument-injection
    subprocess.run(["git", "clone", url, folder], check=True)

def through_a_variable(host):
    # ruleid: argument-injection
    command = ["ssh", host, "uptime"]
    subprocess.check_call(command)

def ended_options(url):
    # ok: argument-injection
    subprocess.run(["git", "clone", "--", url], check=True)

def fixed(url):
    # ok: argument-injection
    subprocess.run(["git", "pull"], check=True)

def another_program(name):
    # ok: argument-injection
    subprocess.run(["echo", name], check=True)

def of_a_folder_that_is_there(folder):
    assert os.path.isdir(folder)
    # ok: argument-injection
    subprocess.run(["git", "clone", folder], check=True)
