class A {
  // ruleid: java-hostname-unverified
  public boolean verify(String host, SSLSession session) { return true; }
  // ok: java-hostname-unverified
  public boolean verify(String host, String name) { return host.equals(name); }
  void f() {
    // ruleid: java-hostname-unverified
    client.setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE);
    // ok: java-hostname-unverified
    client.setSSLHostnameVerifier(new DefaultHostnameVerifier());
  }
  void g(SslErrorHandler handler) {
    // ruleid: java-hostname-unverified
    builder.hostnameVerifier((host, session) -> true);
    // ruleid: java-hostname-unverified
    handler.proceed();
    // ok: java-hostname-unverified
    builder.hostnameVerifier(verifier);
    // ok: java-hostname-unverified
    builder.onAnswer((host, session) -> true);
  }
}
