def packed(folder):
    # ruleid: status-ignored
    subprocess.call(["tar", "czf", "all.tgz", "--", folder])
    shutil.rmtree(folder)

def copied():
    # ruleid: status-ignored
    os.system("cp all.db copy.db")
    os.remove("all.db")

def checked(folder):
    # ok: status-ignored
    subprocess.run(["tar", "czf", "all.tgz", "--", folder], check=True)
    shutil.rmtree(folder)

def nothing_removed(folder):
    # ok: status-ignored
    subprocess.call(["tar", "czf", "all.tgz", "--", folder])
    report(folder)
