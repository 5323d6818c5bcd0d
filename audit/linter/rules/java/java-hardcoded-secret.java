class A {
  // ruleid: java-hardcoded-secret
  private static final String API_KEY = "sk4f8a72c9d01";
  void f() {
    // ruleid: java-hardcoded-secret
    String password = "hunter22x";
    // ok: java-hardcoded-secret
    String secret = System.getenv("SECRET");
    // ok: java-hardcoded-secret
    String passwordHint = "thinkagain";
  }
  void g() throws Exception {
    // ruleid: java-hardcoded-secret
    DriverManager.getConnection(ADDRESS, "shop", "hunter22x");
    // ok: java-hardcoded-secret
    DriverManager.getConnection(ADDRESS, "shop", System.getenv("PASSWORD"));
  }
}
