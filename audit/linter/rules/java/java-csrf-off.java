class A {
  void f(HttpSecurity http) throws Exception {
    // ruleid: java-csrf-off
    http.csrf().disable();
    // ruleid: java-csrf-off
    http.csrf(c -> c.disable());
    // ok: java-csrf-off
    http.cors().disable();
    // ok: java-csrf-off
    http.csrf(c -> c.csrfTokenRepository(repository));
  }
}
