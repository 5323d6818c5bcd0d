class A {
  void F(string text) {
    // ruleid: cs-xml-entities
    var a = new XmlTextReader(text);
    // ruleid: cs-xml-entities
    settings.DtdProcessing = DtdProcessing.Parse;
    // ok: cs-xml-entities
    settings.DtdProcessing = DtdProcessing.Prohibit;
    // ok: cs-xml-entities
    var b = XmlReader.Create(text, settings);
  }
  void G(string text) {
    XmlDocument document = new XmlDocument();
    // ruleid: cs-xml-entities
    document.LoadXml(text);
  }
  void H(string text) {
    XmlDocument document = new XmlDocument();
    document.XmlResolver = null;
    // ok: cs-xml-entities
    document.LoadXml(text);
  }
}
