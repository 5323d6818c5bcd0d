class A {
  void f(XPath xpath, String name) throws Exception {
    // ruleid: java-xpath-text
    xpath.compile("//user[@name='" + name + "']");
    // ruleid: java-xpath-text
    xpath.evaluate(String.format("//user[%s]", name), document);
    // ok: java-xpath-text
    xpath.compile("//user");
    // ok: java-xpath-text
    Pattern.compile("^" + name + "$");
  }
}
