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
