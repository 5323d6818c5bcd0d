def by_pattern(text):
    # ruleid: markup-removed-by-text
    return re.sub("<script>", "", text)

def by_any_tag(text):
    # ruleid: markup-removed-by-text
    return re.sub(r"<[^>]+>", "", text)

def by_replacing(text):
    # ruleid: markup-removed-by-text
    return text.replace("<script>", "").replace("</script>", "")

def escaped(text):
    # ok: markup-removed-by-text
    return html.escape(text)

def other_text(text):
    # ok: markup-removed-by-text
    return re.sub(r"\s+", " ", text).replace("<br>", "\n")

SCRIPTS = re.compile(r"<script[^>]*>.*?</script>")

def by_a_pattern_made_before(text):
    # ruleid: markup-removed-by-text
    return SCRIPTS.sub("", text)
