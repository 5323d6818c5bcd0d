def direct():
    # ruleid: open-redirect
    return redirect(request.args.get("next", "/"))

def through_a_variable(request):
    target = request.GET["next"]
    # ruleid: open-redirect
    return HttpResponseRedirect(target)

def known_pages():
    # ok: open-redirect
    return redirect(PAGES.get(request.args.get("next"), "/"))

def checked():
    target = request.args["next"]
    if urlparse(target).netloc:
        abort(400)
    # ok: open-redirect
    return redirect(target)

def fixed():
    # ok: open-redirect
    return redirect(url_for("home", page=request.args["page"]))
