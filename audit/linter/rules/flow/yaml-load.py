from yaml import load, Loader
# ruleid: yaml-load
a = yaml.load(text)
# ruleid: yaml-load
b = yaml.load(text, Loader=yaml.Loader)
# ruleid: yaml-load
c = load(text, Loader=Loader)
# ruleid: yaml-load
d = yaml.unsafe_load(text)
# ok: yaml-load
e = yaml.safe_load(text)
# ok: yaml-load
f = yaml.load(text, Loader=yaml.SafeLoader)
# ok: yaml-load
g = json.load(text)

def of_another_library(text):
    yaml = YAML(typ="safe")
    # ok: yaml-load
    return yaml.load(text)

# ruleid: yaml-load
class OrderedLoader(yaml.Loader):
    depth = 0

# ok: yaml-load
class OrderedSafeLoader(yaml.SafeLoader):
    depth = 0

def without_the_module(stream):
    # ruleid: yaml-load
    return load(stream, Loader=Loader)

def without_the_module_but_safe(stream):
    # ok: yaml-load
    return load(stream, Loader=SafeLoader)

def with_an_own_loader(text):
    class UniqueKeys(yaml.SafeLoader):
        depth = 0

    # ok: yaml-load
    return yaml.load(text, Loader=UniqueKeys)

def with_the_faster_one(text):
    # ok: yaml-load
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

def by_a_variable(text):
    loader = yaml.SafeLoader
    # ok: yaml-load
    return yaml.load(text, Loader=loader)

def by_an_unknown_one(text, loader):
    # ruleid: yaml-load
    return yaml.load(text, Loader=loader)
