class A {
  void F(string name) {
    // ruleid: cs-xpath-text
    node.SelectSingleNode("//user[@name='" + name + "']");
    // ruleid: cs-xpath-text
    node.SelectNodes(String.Format("//user[{0}]", name));
    var path = $"//user[@name='{name}']";
    // ruleid: cs-xpath-text
    document.XPathSelectElement(path);
    // ok: cs-xpath-text
    node.SelectSingleNode("//user");
    // ok: cs-xpath-text
    node.SelectNodes(UserPath);
  }
  void G(XPathNavigator reader, string name, int number) {
    // ruleid: cs-xpath-text
    reader.Select("//user[@name='" + name + "']");
    // ok: cs-xpath-text
    reader.Select("//user[@number='" + number + "']");
    // ok: cs-xpath-text
    people.Select(person => person.Name + name);
  }
}
