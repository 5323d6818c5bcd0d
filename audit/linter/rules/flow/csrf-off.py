# ruleid: csrf-off
app.config["WTF_CSRF_ENABLED"] = False
# ruleid: csrf-off
WTF_CSRF_CHECK_DEFAULT = False

# ruleid: csrf-off
@csrf_exempt
def post_comment(request):
    return save(request.POST["text"])

# ok: csrf-off
app.config["WTF_CSRF_ENABLED"] = True
# ok: csrf-off
app.config["TESTING"] = False

class Form(FlaskForm):
    class Meta:
        # ruleid: csrf-off
        csrf = False

class Safe(FlaskForm):
    class Meta:
        # ok: csrf-off
        csrf = True

# ruleid: csrf-off
@method_decorator(csrf_exempt, name="dispatch")
class View:
    def post(self, request):
        return None
