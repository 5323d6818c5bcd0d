def added(tree, title):
    # ruleid: xpath-built-string
    return tree.xpath("//book[title='" + title + "']")

def formatted(root, title):
    query = f"//book[title='{title}']"
    # ruleid: xpath-built-string
    return etree.XPath(query)(root)

def a_variable(tree, title):
    # ok: xpath-built-string
    return tree.xpath("//book[title=$title]", title=title)

def a_search_in_text(text, title):
    # ok: xpath-built-string
    return text.find("a" + title)
