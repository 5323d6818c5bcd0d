class A {
  // ruleid: cs-csrf-unchecked
  [HttpPost]
  public ActionResult Save(Model model) { return View(); }
  // ok: cs-csrf-unchecked
  [HttpPost]
  [ValidateAntiForgeryToken]
  public ActionResult Save2(Model model) { return View(); }
  // ok: cs-csrf-unchecked
  [HttpGet]
  public ActionResult Show() { return View(); }
  // ruleid: cs-csrf-unchecked
  [IgnoreAntiforgeryToken]
  public ActionResult Save3(Model model) { return View(); }
}
