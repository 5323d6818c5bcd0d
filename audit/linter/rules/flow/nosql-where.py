# ruleid: nosql-where
a = db.users.find({"$where": f"this.name == '{name}'"})
# ruleid: nosql-where
b = db.users.find({"$where": "this.name == '" + name + "'"})
# ok: nosql-where
c = db.users.find({"name": name})
# ok: nosql-where
d = db.users.find({"$where": "this.a == this.b"})

def by_its_key(db, word):
    query = {}
    # ruleid: nosql-where
    query["$where"] = "this.title.indexOf('%s') >= 0" % word
    # ok: nosql-where
    query["$text"] = {"$search": word}
    return db.posts.find(query)
