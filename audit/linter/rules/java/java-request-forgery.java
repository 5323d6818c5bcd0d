class A {
  void f(String address) throws Exception {
    // ruleid: java-request-forgery
    new URL(address).openConnection();
    // ruleid: java-request-forgery
    HttpGet a = new HttpGet("http://" + address);
    // ok: java-request-forgery
    new URL("https://example.org/a").openStream();
    // ok: java-request-forgery
    HttpGet b = new HttpGet("https://example.org/b");
  }
}
