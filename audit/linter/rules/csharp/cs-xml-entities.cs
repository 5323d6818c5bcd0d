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
    // ruleid: cs-xml-entities
    XmlDocument document = new XmlDocument();
    document.LoadXml(text);
  }
  void H(string text) {
    // ok: cs-xml-entities
    XmlDocument document = new XmlDocument();
    document.XmlResolver = null;
    document.LoadXml(text);
  }
}
