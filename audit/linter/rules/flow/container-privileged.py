def with_all_rights(client, image):
    # ruleid: container-privileged
    return client.containers.run(image, detach=True, privileged=True)

def with_the_networks_of_the_host(client, image):
    # ruleid: container-privileged
    return client.containers.run(image, network_mode="host")

def with_the_socket(client, image):
    # ruleid: container-privileged
    client.containers.run(image, volumes={"/var/run/docker.sock": {"bind": "/s"}})

def by_a_command(image):
    # ruleid: container-privileged
    subprocess.run(["docker", "run", "--privileged", image], check=True)

def with_few_rights(client, image):
    # ok: container-privileged
    return client.containers.run(image, cap_drop=["ALL"], network_mode="bridge")

def with_a_folder(client, image):
    # ok: container-privileged
    client.containers.run(image, volumes={"/srv/jobs": {"bind": "/jobs", "mode": "ro"}})
