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
  void g(RestTemplate rest, String address, String id) throws Exception {
    // ruleid: java-request-forgery
    rest.getForEntity(address, String.class);
    // ok: java-request-forgery
    rest.getForEntity("https://example.org/items/" + id, String.class);
    URL url = new URL(address);
    if (!HOSTS.contains(url.getHost())) { throw new Exception(); }
    // ok: java-request-forgery
    url.openStream();
  }
}
