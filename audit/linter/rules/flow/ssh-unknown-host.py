# ruleid: ssh-unknown-host
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
# ruleid: ssh-unknown-host
ssh.set_missing_host_key_policy(AutoAddPolicy)
# ok: ssh-unknown-host
client.set_missing_host_key_policy(paramiko.RejectPolicy())
# ok: ssh-unknown-host
client.load_system_host_keys()

def by_options():
    options = pysftp.CnOpts()
    # ruleid: ssh-unknown-host
    options.hostkeys = None
    # ok: ssh-unknown-host
    options.hostkeys = known_hosts()

def by_a_program(host):
    # ruleid: ssh-unknown-host
    subprocess.run(["ssh", "-o", "StrictHostKeyChecking=no", "--", host])
    # ok: ssh-unknown-host
    subprocess.run(["ssh", "-o", "StrictHostKeyChecking=yes", "--", host])
