from mako.template import Template


def one(text, name):
    # ruleid: mako-unescaped
    return Template(text).render(name=name)

def a_folder():
    # ruleid: mako-unescaped
    return TemplateLookup(directories=["templates"])

def escaped(text, name):
    # ok: mako-unescaped
    return Template(text, default_filters=["h"]).render(name=name)

def a_folder_escaped():
    # ok: mako-unescaped
    return TemplateLookup(directories=["templates"], default_filters=["str", "h"])

def of_another_library(text):
    # ok: mako-unescaped
    return string.Template(text).substitute(name="x")
