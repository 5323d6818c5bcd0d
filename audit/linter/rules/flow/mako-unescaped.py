from mako.template import Template


def one(name):
    # ruleid: mako-unescaped
    return Template("<p>${name}</p>").render(name=name)

def a_folder():
    # ruleid: mako-unescaped
    return TemplateLookup(directories=["templates"])

def escaped(name):
    # ok: mako-unescaped
    return Template("<p>${name}</p>", default_filters=["h"]).render(name=name)

def a_folder_escaped():
    # ok: mako-unescaped
    return TemplateLookup(directories=["templates"], default_filters=["str", "h"])

def of_another_library():
    # ok: mako-unescaped
    return string.Template("$x").substitute(name="x")
