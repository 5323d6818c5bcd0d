# ruleid: bind-all
server.bind(("0.0.0.0", 8000))
# ruleid: bind-all
app.run(host="0.0.0.0")
# ok: bind-all
server.bind(("127.0.0.1", 8000))
# ok: bind-all
app.run(port=8000)
