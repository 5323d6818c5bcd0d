# ruleid: host-pattern-dot
a = re.compile("(www|beta).example.com/")
# ruleid: host-pattern-dot
b = re.match(r"^https://www.example\.org/", url)
# ok: host-pattern-dot
c = re.match(r"^https://www\.example\.org/", url)
# ok: host-pattern-dot
d = re.search(r"a.c", text)
