class A {
  void f() throws Exception {
    // ruleid: java-weak-cipher
    Cipher a = Cipher.getInstance("DES/CBC/NoPadding");
    // ruleid: java-weak-cipher
    Cipher b = Cipher.getInstance("AES/ECB/PKCS5Padding");
    // ok: java-weak-cipher
    Cipher c = Cipher.getInstance("AES/GCM/NoPadding");
    // ok: java-weak-cipher
    Cipher d = Cipher.getInstance("RSA/ECB/OAEPWithSHA-256AndMGF1Padding");
  }
  void g(byte[] bytes) throws Exception {
    // ruleid: java-weak-cipher
    KeyGenerator a = KeyGenerator.getInstance("Blowfish");
    // ok: java-weak-cipher
    KeyGenerator b = KeyGenerator.getInstance("AES");
  }
}
