class A {
  void F() {
    // ruleid: cs-weak-cipher
    var a = new DESCryptoServiceProvider();
    // ruleid: cs-weak-cipher
    var b = TripleDES.Create();
    // ruleid: cs-weak-cipher
    aes.Mode = CipherMode.ECB;
    // ok: cs-weak-cipher
    aes.Mode = CipherMode.CBC;
    // ok: cs-weak-cipher
    var c = new AesGcm(key);
  }
  void G(byte[] key) {
    // ruleid: cs-weak-cipher
    var a = new RC2CryptoServiceProvider { Key = key };
    // ok: cs-weak-cipher
    var b = new AesManaged { Key = key };
  }
}
