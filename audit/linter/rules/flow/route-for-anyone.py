@app.post("/config/reload")
# ruleid: route-for-anyone
def changed(values):
    settings.update(values)
    return {"status": "ok"}

@app.route("/api/shutdown", methods=["POST"])
# ruleid: route-for-anyone
def stopped():
    stop_server()
    return "", 204

@app.route("/api/restart", methods=["POST"])
@admin_required
# ok: route-for-anyone
def started_again():
    stop_server()
    return "", 204

@app.post("/config/reset")
# ok: route-for-anyone
def reset(values, user=Depends(get_admin)):
    settings.update(values)
    return {"status": "ok"}

@app.get("/config")
# ok: route-for-anyone
def shown():
    return {"theme": theme()}

@router.delete("/users/{number}")
# ruleid: route-for-anyone
def deleted(number, db: Session = Depends(get_db)):
    db.delete(db.get(User, number))
    return {"status": "ok"}
