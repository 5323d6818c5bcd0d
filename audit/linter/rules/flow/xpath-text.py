def added(store, title):
    # ruleid: xpath-text
    return store.find("book[title='" + title + "']")

def formatted(store, title):
    query = f".//book[@title='{title}']"
    # ruleid: xpath-text
    return store.findall(query)

def of_a_number(store, year):
    # ok: xpath-text
    return store.findall(f".//book[@year='{int(year)}']")

def compared_here(store, title):
    # ok: xpath-text
    return [book for book in store.findall(".//book[@title]") if book.get("title") == title]

def a_search_in_text(text, title):
    # ok: xpath-text
    return text.find("a" + title)
