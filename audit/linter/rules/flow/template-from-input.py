def added():
    # ruleid: template-from-input
    return jinja2.Template("Hello " + request.args["name"])

def formatted():
    name = request.args.get("name", "")
    # ruleid: template-from-input
    return engine.from_string(f"Hello {name}")

def passed():
    # ok: template-from-input
    return render_template_string("<p>Hello {{ name }}</p>", name=request.args["name"])

def rendered():
    # ok: template-from-input
    return Template("Hello {{ name }}").render(name=request.args["name"])

def added_to_a_template(env, name):
    # ruleid: template-from-input
    return env.from_string("Hello " + name).render()

def plain_text(name):
    # ok: template-from-input
    return string.Template("Hello $name" + name)
