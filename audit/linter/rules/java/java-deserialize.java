class A {
  Object f(InputStream in) throws Exception {
    // ruleid: java-deserialize
    ObjectInputStream a = new ObjectInputStream(in);
    // ok: java-deserialize
    User b = mapper.readValue(in, User.class);
    // ok: java-deserialize
    DataInputStream c = new DataInputStream(in);
  }
}
