def marked(comment):
    # ruleid: markup-of-variable
    return Markup(comment)

def fixed():
    # ok: markup-of-variable
    return Markup("<br>")

def escaped(comment):
    # ok: markup-of-variable
    return escape(comment)

def formatted(comment):
    # ruleid: markup-of-variable
    return Markup(markdown.markdown(comment))

def formatted_and_cleaned(comment):
    # ok: markup-of-variable
    return Markup(nh3.clean(markdown.markdown(comment)))
