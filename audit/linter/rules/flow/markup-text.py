def in_parts(self, lines):
    self.write("<pre>")
    # ruleid: markup-text
    self.write("".join(lines))
    self.write("</pre>")

def whole(title):
    # ruleid: markup-text
    return HttpResponse("<h1>%s</h1>" % title)

def escaped(self, lines):
    self.write("<pre>")
    # ok: markup-text
    self.write(html.escape("".join(lines)))
    self.write("</pre>")

def by_its_length(title):
    # ok: markup-text
    return HttpResponse(f"<h1>{len(title)}</h1>")

def plain_text(title):
    # ok: markup-text
    return HttpResponse(f"<h1>{title}</h1>", content_type="text/plain")

def no_markup(self, title):
    # ok: markup-text
    self.write(title)

def decoded(self, lines):
    self.write("<pre>")
    texts = [line.decode("utf-8") for line in lines]
    # ruleid: markup-text
    self.write("".join(texts))
    self.write("</pre>")

def in_a_script(data):
    text = json.dumps(data)
    # ruleid: markup-text
    return mark_safe(text)

def in_a_script_escaped(data):
    text = json.dumps(data).replace("<", "\\u003c")
    # ok: markup-text
    return mark_safe(text)

def lines_kept(text):
    # ruleid: markup-text
    return mark_safe(text.replace("\n", "<br>"))

def lines_kept_and_escaped(text):
    # ok: markup-text
    return mark_safe(escape(text).replace("\n", "<br>"))

def items(names):
    # ok: markup-text
    return "<ul><li>" + "</li><li>".join(map(html.escape, names)) + "</li></ul>"

def link(words):
    # ok: markup-text
    return mark_safe('<a href="/find?%s">find</a>' % urlencode({"q": words}))

def lines(texts):
    # ruleid: markup-text
    return mark_safe("<br>".join(texts))

def escaped_lines(texts):
    # ok: markup-text
    return mark_safe("<br>".join(map(escape, texts)))

def marked(comment):
    # ruleid: markup-text
    return Markup(comment)

def of_markdown(comment):
    # ruleid: markup-text
    return Markup(markdown.markdown(comment))

def of_markdown_and_cleaned(comment):
    # ok: markup-text
    return Markup(nh3.clean(markdown.markdown(comment)))

def built_before_it_is_formatted(comment):
    # ruleid: markup-text
    return format_html("<b>" + comment + "</b>")

def escaped_by_format(comment):
    # ok: markup-text
    return Markup("<b>{}</b>").format(comment)

def escaped_before(comment):
    comment = escape(comment)
    # ok: markup-text
    return mark_safe(comment)

def to_who_knows_whom(handler, comment):
    # ruleid: markup-text
    handler.write("<p>%s</p>" % comment)

def to_a_file(path, comment):
    with open(path, "w") as file:
        # ok: markup-text
        file.write("<p>%s</p>" % comment)
