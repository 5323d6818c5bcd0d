class A {
  void f() {
    // ruleid: java-weak-random
    Random a = new Random();
    // ruleid: java-weak-random
    double b = Math.random();
    // ok: java-weak-random
    SecureRandom c = new SecureRandom();
    // ok: java-weak-random
    double d = Math.round(x);
  }
  void g() {
    // ruleid: java-weak-random
    String a = RandomStringUtils.randomAlphanumeric(12);
    // ok: java-weak-random
    String b = RandomStringUtils.random(12, 0, 0, true, true, null, generator);
  }
}
