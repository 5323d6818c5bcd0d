import subprocess as sp
from os import system as start


def added(host):
    # ruleid: shell-text
    return os.popen("ping -c 1 " + host).read()

def formatted(host):
    # ruleid: shell-text
    return subprocess.check_output(f"ping -c 1 {host}", shell=True)

def aliased(command):
    # ruleid: shell-text
    sp.run(command, shell=True)

def imported(name):
    # ruleid: shell-text
    start("rm " + name)

def checked_one_way_only(host):
    command = "ping " + host
    if host:
        command = "ping localhost"
    # ruleid: shell-text
    os.system(command)

def a_list(host):
    # ok: shell-text
    return subprocess.check_output(["ping", "-c", "1", "--", host])

def quoted(name):
    # ok: shell-text
    os.system("cat " + shlex.quote(name))

def fixed():
    # ok: shell-text
    os.system("clear")

def fixed_in_a_variable():
    command = "uptime | tail -1"
    # ok: shell-text
    subprocess.run(command, shell=True)

def one_of_a_list(service):
    if service not in {"web", "mail"}:
        raise ValueError(service)
    # ok: shell-text
    subprocess.run(f"systemctl restart {service}", shell=True)

def all_quoted(names):
    # ok: shell-text
    os.system("cat " + " ".join(map(shlex.quote, names)))

def quoted_as_a_whole(words):
    # ok: shell-text
    os.system(shlex.join(words))

def by_this_python(module):
    # ruleid: shell-text
    os.system(sys.executable + " -m " + module)

def by_this_python_alone():
    # ok: shell-text
    os.system(sys.executable + " -m pip list")

def of_an_address(host):
    # ok: shell-text
    os.system(f"ping -c 1 {ipaddress.ip_address(host)}")

def in_a_thread(name):
    # ruleid: shell-text
    threading.Thread(target=os.system, args=("cat " + name,)).start()

def in_a_thread_and_fixed():
    # ok: shell-text
    threading.Thread(target=os.system, args=("uptime",)).start()

class Converter:
    def convert(self, name):
        # ruleid: shell-text
        self.execute("convert %s out.png" % name, shell=True)

    def convert_as_told(self, name):
        # ruleid: shell-text
        subprocess.Popen("convert %s out.png" % name, shell=self.shell)

    def convert_quoted(self, name):
        # ok: shell-text
        self.execute("convert %s out.png" % shlex.quote(name), shell=True)

    def convert_without(self, name):
        # ok: shell-text
        subprocess.Popen(["convert", name, "out.png"], shell=self.shell)

def by_a_pattern_elsewhere(name, size):
    # ruleid: shell-text
    subprocess.call(COMMANDS.RESIZE % (name, size), shell=True)

def by_a_quoted_name(name, size):
    # ok: shell-text
    subprocess.call(COMMANDS.RESIZE % (shlex.quote(name), int(size)), shell=True)
