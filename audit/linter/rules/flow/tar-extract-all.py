def whole(path, target):
    with tarfile.open(path) as archive:
        # ruleid: tar-extract-all
        archive.extractall(target)

def by_name(tar):
    # ruleid: tar-extract-all
    tar.extractall()

def one_by_one(path):
    t = tarfile.open(path, "r:gz")
    for member in t:
        # ruleid: tar-extract-all
        t.extract(member, "out")

def filtered(path, target):
    with tarfile.open(path) as archive:
        # ok: tar-extract-all
        archive.extractall(target, filter="data")

def checked_members(tar):
    # ok: tar-extract-all
    tar.extractall("out", members=safe_members(tar))

def a_zip_file_checks_its_names(path):
    with zipfile.ZipFile(path) as bundle:
        # ok: tar-extract-all
        bundle.extractall("out")

def unpacked(archive):
    # ruleid: tar-extract-all
    shutil.unpack_archive(archive, "/data")

def unpacked_well(archive):
    # ok: tar-extract-all
    shutil.unpack_archive(archive, "/data", filter="data")

def by_its_members(t, target):
    for member in t.getmembers():
        # ruleid: tar-extract-all
        t.extract(member, target)

def columns(t, target):
    for column in t.columns():
        # ok: tar-extract-all
        t.extract(column, target)

def checked_by_a_function(path, target):
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            if not inside(target, os.path.join(target, member.name)):
                raise ValueError(member.name)
        # ok: tar-extract-all
        archive.extractall(target)

def inside(folder, path):
    return os.path.commonpath([folder, os.path.abspath(path)]) == folder

def unpacked_by_ending(path, folder):
    if path.endswith(".zip"):
        opens, mode = zipfile.ZipFile, "r"
    else:
        opens, mode = tarfile.open, "r:gz"
    with opens(path, mode) as archive:
        # ruleid: tar-extract-all
        archive.extractall(folder)

def unpacked_with_a_filter(path, folder):
    opens = tarfile.open
    with opens(path) as archive:
        # ok: tar-extract-all
        archive.extractall(folder, filter="data")

def unpacked_through_a_filter(path, folder):
    with tarfile.open(path) as archive:
        archive.extraction_filter = tarfile.data_filter
        # ok: tar-extract-all
        archive.extractall(folder)

def unpacked_flat(path, folder):
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            member.path = os.path.basename(member.path)
            # ok: tar-extract-all
            archive.extract(member, folder)

def unpacked_renamed(path, folder):
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            member.path = member.path.replace(" ", "_")
            # ruleid: tar-extract-all
            archive.extract(member, folder)

def unpacked_after_a_look(path, folder):
    with tarfile.open(path) as archive:
        check_members(archive)
        # ok: tar-extract-all
        archive.extractall(folder)
