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
}
