class A {
  void f() {
    // ruleid: java-weak-hash
    MessageDigest a = MessageDigest.getInstance("MD5");
    // ruleid: java-weak-hash
    String b = DigestUtils.sha1Hex(text);
    // ok: java-weak-hash
    MessageDigest c = MessageDigest.getInstance("SHA-256");
    // ok: java-weak-hash
    Cipher d = Cipher.getInstance("AES/GCM/NoPadding");
  }
  void g() {
    // ruleid: java-weak-hash
    String a = DigestUtils.md5DigestAsHex(bytes);
    // ok: java-weak-hash
    String b = DigestUtils.sha256Hex(text);
  }
}
