# ruleid: debugger-on
run_simple("127.0.0.1", 5000, app, use_debugger=True)
# ruleid: debugger-on
shown = DebuggedApplication(app, evalex=True)
# ok: debugger-on
run_simple("127.0.0.1", 5000, app, use_debugger=False)
# ok: debugger-on
run_simple("127.0.0.1", 5000, app, use_reloader=True)
