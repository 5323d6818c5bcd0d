@app.route("/admin/cache", methods=["POST"])
# ruleid: admin-route-open
def clear_cache():
    cache.clear()
    return "cleared"

@bp.get("/internal/jobs")
# ruleid: admin-route-open
async def jobs():
    return await queue.all()

@app.route("/admin/users")
@login_required
# ok: admin-route-open
def users():
    return "users"

@app.route("/admin/orders", methods=["POST"])
# ok: admin-route-open
def clear_orders():
    if not current_user.is_admin:
        abort(403)
    orders.clear()
    return "cleared"

@app.route("/cache")
# ok: admin-route-open
def show_cache():
    return "cache"

@app.put("/admin/users/<int:number>/role")
# ruleid: admin-route-open
def promoted(number):
    user = find_user(number)
    user.role = request.json["role"]
    return "", 204
