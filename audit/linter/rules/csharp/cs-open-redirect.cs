class A {
  ActionResult F(string returnUrl) {
    // ruleid: cs-open-redirect
    return Redirect(returnUrl);
  }
  ActionResult G(string returnUrl) {
    if (Url.IsLocalUrl(returnUrl)) {
      // ok: cs-open-redirect
      return Redirect(returnUrl);
    }
    // ok: cs-open-redirect
    return Redirect("/");
  }
  ActionResult H(string returnUrl) {
    // ok: cs-open-redirect
    return LocalRedirect(returnUrl);
  }
}
