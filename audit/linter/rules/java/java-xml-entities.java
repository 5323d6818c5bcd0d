class A {
  void f(String text) throws Exception {
    // ruleid: java-xml-entities
    DocumentBuilderFactory a = DocumentBuilderFactory.newInstance();
    // ruleid: java-xml-entities
    XMLInputFactory b = XMLInputFactory.newInstance();
  }
  void g(String text) throws Exception {
    // ok: java-xml-entities
    DocumentBuilderFactory a = DocumentBuilderFactory.newInstance();
    a.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
  }
  void h() {
    // ok: java-xml-entities
    Calendar c = Calendar.getInstance();
  }
}
