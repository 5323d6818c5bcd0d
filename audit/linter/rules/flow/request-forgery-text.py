import requests


def sliced():
    # ruleid: request-forgery-text
    return requests.get(request.args["url"]).text[:200]

def host_in_text():
    # ruleid: request-forgery-text
    return requests.get(f"https://{request.args['host']}/status").json()

def fixed_host():
    # ok: request-forgery-text
    return requests.get("https://api.example.com/users?name=" + request.args["name"]).text[:200]

def known_host():
    url = request.args["url"]
    if url not in FEEDS:
        abort(400)
    # ok: request-forgery-text
    return requests.get(url).text[:200]

def a_parameter(url):
    # ok: request-forgery-text
    return requests.get(url).text

def direct():
    # ruleid: request-forgery-text
    return requests.get(request.args["url"], timeout=5).text

def through_a_variable():
    url = "http://" + request.args["host"]
    # ruleid: request-forgery-text
    return urllib.request.urlopen(url).read()

async def with_httpx(request):
    async with httpx.AsyncClient() as client:
        # ruleid: request-forgery-text
        return await client.get(request.query_params["url"])

def known_host():
    url = request.args["url"]
    if urlparse(url).hostname not in ALLOWED:
        abort(400)
    # ok: request-forgery-text
    return requests.get(url, timeout=5).text

def looked_up():
    # ok: request-forgery-text
    return requests.get(PAGES[request.args["page"]], timeout=5)

def fixed_host():
    # ok: request-forgery-text
    return requests.get("https://example.org/?page=" + request.args["page"], timeout=5)

@app.route("/status")
def status():
    # ruleid: request-forgery-text
    return http.client.HTTPSConnection(request.args["host"])

@app.route("/status-of-a-page")
def status_of_a_page():
    # ok: request-forgery-text
    return http.client.HTTPSConnection("api.example.com")
