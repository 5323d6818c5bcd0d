def as_json(shop):
    try:
        return jsonify(shop.load())
    except Exception as error:
        # ruleid: error-text-returned
        return jsonify({"error": str(error)}), 500

def as_text(shop):
    try:
        return shop.load()
    except Exception as error:
        # ruleid: error-text-returned
        return f"error: {error}", 500

def in_fastapi(store):
    try:
        return store.load()
    except KeyError as e:
        # ruleid: error-text-returned
        raise HTTPException(status_code=500, detail=str(e))

def logged(shop):
    try:
        return jsonify(shop.load())
    except Exception as error:
        logging.exception("not loaded: %s", error)
        # ok: error-text-returned
        return jsonify({"error": "not loaded"}), 500

def a_fixed_text(store):
    try:
        return store.load()
    except KeyError:
        # ok: error-text-returned
        raise HTTPException(404, "unknown item")

@app.errorhandler(500)
def shown(fault):
    # ruleid: error-text-returned
    return jsonify(error=str(fault)), 500

@app.errorhandler(404)
def not_found(fault):
    # ok: error-text-returned
    return jsonify(error=str(fault)), 404
