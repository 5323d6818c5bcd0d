class A {
  // ruleid: cs-request-unchecked
  [ValidateInput(false)]
  public ActionResult Save(string text) { return View(); }
  // ok: cs-request-unchecked
  [ValidateInput(true)]
  public ActionResult Save2(string text) { return View(); }
  void F() {
    // ruleid: cs-request-unchecked
    var a = Request.Unvalidated;
    // ok: cs-request-unchecked
    var b = Request.Form;
  }
  // ruleid: cs-request-unchecked
  [AllowHtml]
  public string Text { get; set; }
}
