def by_default(folder):
    # ruleid: jinja-no-autoescape
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder))

def switched_off(loader):
    # ruleid: jinja-no-autoescape
    return Environment(loader=loader, autoescape=False)

def switched_on(loader):
    # ok: jinja-no-autoescape
    return Environment(loader=loader, autoescape=True)

def selected(loader):
    # ok: jinja-no-autoescape
    return jinja2.Environment(loader=loader, autoescape=select_autoescape(["html"]))

def page(name):
    # ruleid: jinja-no-autoescape
    return Template("<h1>{{ name }}</h1>").render(name=name)

def page_escaped(name):
    # ok: jinja-no-autoescape
    return Template("<h1>{{ name | e }}</h1>").render(name=name)

def switched_off(environment):
    # ruleid: jinja-no-autoescape
    environment.autoescape = False
    # ok: jinja-no-autoescape
    environment.autoescape = True

def trusted_in_the_page(name):
    # ruleid: jinja-no-autoescape
    return render_template_string("<p>{{ name | safe }}</p>", name=name)

def escaped_in_the_page(name):
    # ok: jinja-no-autoescape
    return render_template_string("<p>{{ name }}</p>", name=name)
