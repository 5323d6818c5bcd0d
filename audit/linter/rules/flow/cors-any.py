# ruleid: cors-any
CORS(app)
# ruleid: cors-any
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET"])
# ruleid: cors-any
CORS(app, resources={"/api/*": {"origins": ["*"]}})
# ok: cors-any
CORS(app, origins=["https://example.org"])
# ok: cors-any
response.headers["Access-Control-Allow-Origin"] = "https://example.org"

def to_anybody(handler):
    # ruleid: cors-any
    handler.set_header("Access-Control-Allow-Origin", "*")
