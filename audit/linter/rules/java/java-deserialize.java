class A {
  Object f(InputStream in) throws Exception {
    // ruleid: java-deserialize
    ObjectInputStream a = new ObjectInputStream(in);
    // ok: java-deserialize
    User b = mapper.readValue(in, User.class);
    // ok: java-deserialize
    DataInputStream c = new DataInputStream(in);
  }
  Object g(InputStream in) throws Exception {
    // ok: java-deserialize
    ObjectInputStream a = new ObjectInputStream(in);
    a.setObjectInputFilter(FILTER);
    // ok: java-deserialize
    return a.readObject();
  }
  Object h(XStream stream, String text) {
    // ruleid: java-deserialize
    return stream.fromXML(text);
  }
  Object i(XStream stream, String text) {
    stream.allowTypes(TYPES);
    // ok: java-deserialize
    return stream.fromXML(text);
  }
  Object j(String text) {
    // ruleid: java-deserialize
    return new Yaml().load(text);
  }
}
