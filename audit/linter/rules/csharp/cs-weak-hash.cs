class A {
  void F() {
    // ruleid: cs-weak-hash
    var a = MD5.Create();
    // ruleid: cs-weak-hash
    var b = new SHA1CryptoServiceProvider();
    // ruleid: cs-weak-hash
    var c = HashAlgorithm.Create("MD5");
    // ok: cs-weak-hash
    var d = SHA256.Create();
    // ok: cs-weak-hash
    var e = Document.Create();
  }
  void G() {
    // ruleid: cs-weak-hash
    var a = HashAlgorithmName.SHA1;
    // ok: cs-weak-hash
    var b = HashAlgorithmName.SHA256;
  }
}
