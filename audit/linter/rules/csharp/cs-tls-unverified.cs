class A {
  void F() {
    // ruleid: cs-tls-unverified
    ServicePointManager.ServerCertificateValidationCallback = (a, b, c, d) => true;
    // ruleid: cs-tls-unverified
    handler.ServerCertificateCustomValidationCallback = (a, b, c, d) => true;
    // ok: cs-tls-unverified
    handler.ServerCertificateCustomValidationCallback = (a, b, c, d) => d == SslPolicyErrors.None;
    // ok: cs-tls-unverified
    handler.CheckCertificateRevocationList = true;
  }
}
