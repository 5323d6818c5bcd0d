# ruleid: debug-on
app.run(port=8000, debug=True)
# ruleid: debug-on
app.config["DEBUG"] = True
# ruleid: debug-on
app.debug = True
# ok: debug-on
app.run(port=8000)
# ok: debug-on
app.run(port=8000, debug=False)
# ok: debug-on
loop.set_debug(True)
