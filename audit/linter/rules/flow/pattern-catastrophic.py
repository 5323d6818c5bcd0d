# ruleid: pattern-catastrophic
a = re.match(r"^(a+)+$", text)
# ruleid: pattern-catastrophic
b = re.compile("^([a-zA-Z0-9]+)*@")
# ok: pattern-catastrophic
c = re.match(r"^a+$", text)
# ok: pattern-catastrophic
d = re.compile(r"(\w+\s)+end")
# ruleid: pattern-catastrophic
e = re.search(r"<(\s+[^>]*)*>", text)
# ruleid: pattern-catastrophic
f = re.sub(r"/\*(.|\s)*?\*/", "", text)
# ruleid: pattern-catastrophic
g = re.compile(r"^([\w-]+\.?)+$")
# ok: pattern-catastrophic
h = re.compile(r"[\w-]+(\.[\w-]+)*$")
# ok: pattern-catastrophic
i = re.match(r"(a+)+", text)
