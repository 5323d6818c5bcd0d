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

def with_a_status():
    # ruleid: error-text-returned
    return traceback.format_exc(), 500

def through_a_variable():
    text = traceback.format_exc()
    # ruleid: error-text-returned
    return make_response(text)

def where_it_was():
    # ruleid: error-text-returned
    return jsonify(stack=traceback.format_stack())

def for_a_caller():
    # ok: error-text-returned
    return traceback.format_exc()

def the_trace_logged():
    logging.error(traceback.format_exc())
    # ok: error-text-returned
    return "internal error", 500
