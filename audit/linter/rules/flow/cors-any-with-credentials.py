# ruleid: cors-any-with-credentials
CORS(app, origins="*", supports_credentials=True)
# ruleid: cors-any-with-credentials
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
# ruleid: cors-any-with-credentials
response.headers["Access-Control-Allow-Origin"] = request.environ.get("HTTP_ORIGIN")
# ok: cors-any-with-credentials
CORS(app, origins=["https://example.org"], supports_credentials=True)
# ok: cors-any-with-credentials
response.headers["Access-Control-Allow-Origin"] = ORIGINS.get(site)

# ruleid: cors-any-with-credentials
CORS(app, resources={"/*": {"origins": "*"}}, supports_credentials=True)
# ok: cors-any-with-credentials
CORS(app, resources={"/*": {"origins": "https://a.example"}}, supports_credentials=True)

def back_to_who_asks(handler):
    # ruleid: cors-any-with-credentials
    handler.set_header("Access-Control-Allow-Origin", handler.environ.get("HTTP_ORIGIN"))

def to_one(handler):
    # ok: cors-any-with-credentials
    handler.set_header("Access-Control-Allow-Origin", "https://example.org")
