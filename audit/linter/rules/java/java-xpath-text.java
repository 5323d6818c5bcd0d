class A {
  void f(XPath xpath, String name) throws Exception {
    // ruleid: java-xpath-text
    xpath.compile("//user[@name='" + name + "']");
    // ruleid: java-xpath-text
    xpath.evaluate(String.format("//user[%s]", name), document);
    // ok: java-xpath-text
    xpath.compile("//user");
    String all = "//user[@id='" + name + "']";
    // ruleid: java-xpath-text
    xpath.evaluate(all, document);
    // ok: java-xpath-text
    xpath.compile("//user[@id='" + Integer.parseInt(name) + "']");
    // ok: java-xpath-text
    Pattern.compile("^" + name + "$");
  }
}
