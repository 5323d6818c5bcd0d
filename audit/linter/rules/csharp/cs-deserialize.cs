class A {
  void F(Stream stream) {
    // ruleid: cs-deserialize
    var a = new BinaryFormatter().Deserialize(stream);
    // ruleid: cs-deserialize
    var b = formatter.Deserialize(stream);
    // ruleid: cs-deserialize
    settings.TypeNameHandling = TypeNameHandling.All;
    // ok: cs-deserialize
    settings.TypeNameHandling = TypeNameHandling.None;
    // ok: cs-deserialize
    var c = JsonSerializer.Deserialize(stream);
  }
  void G(Stream stream) {
    IFormatter reader = new BinaryFormatter();
    // ruleid: cs-deserialize
    var a = reader.Deserialize(stream);
    XmlSerializer other = new XmlSerializer(typeof(User));
    // ok: cs-deserialize
    var b = other.Deserialize(stream);
  }
}
