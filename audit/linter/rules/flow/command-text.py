def to_a_method(self, volume):
    # ruleid: command-text
    self._run_ssh("removevv -f %s" % volume)

def to_a_function(name):
    command = f"cat {name}"
    # ruleid: command-text
    return run_command(command)

def by_a_table_of_functions(name):
    # ruleid: command-text
    return __salt__["cmd.run"]("id {0}".format(name))

def by_what_it_starts_with(name):
    # ruleid: command-text
    return connection.run("tar -xf " + name)

def a_list(self, volume):
    # ok: command-text
    self._run_ssh(["removevv", "-f", volume])

def quoted(name):
    # ok: command-text
    return run_command("cat " + shlex.quote(name))

def another_function(name):
    # ok: command-text
    return show("cat " + name)

def in_a_container(container, name):
    # ruleid: command-text
    return container.exec_run("sh -c 'cat %s'" % name)

def in_a_container_as_a_list(container, name):
    # ok: command-text
    return container.exec_run(["cat", "--", name])

def of_another_computer(client, name):
    # ruleid: command-text
    client.exec_command(f"cat {name}")

def quoted_for_another_computer(client, name):
    # ok: command-text
    client.exec_command("cat " + shlex.quote(name))

def put(host, text, path):
    # ruleid: command-text
    host.run("echo '{}' > {}".format(text, path))

def put_quoted(host, text, path):
    # ok: command-text
    host.run("echo {} > {}".format(shlex.quote(text), shlex.quote(path)))
