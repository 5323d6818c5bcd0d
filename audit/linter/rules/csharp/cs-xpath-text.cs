class A {
  void F(string name) {
    // ruleid: cs-xpath-text
    node.SelectSingleNode("//user[@name='" + name + "']");
    // ruleid: cs-xpath-text
    node.SelectNodes(String.Format("//user[{0}]", name));
    // ruleid: cs-xpath-text
    document.XPathSelectElement(path);
    // ok: cs-xpath-text
    node.SelectSingleNode("//user");
    // ok: cs-xpath-text
    node.SelectNodes(UserPath);
  }
}
