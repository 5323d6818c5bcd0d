class A {
  void F() {
    // ruleid: cs-weak-random
    var a = new Random();
    // ruleid: cs-weak-random
    var b = Random.Shared.Next(10);
    // ruleid: cs-weak-random
    var c = rand.Next(100000);
    // ok: cs-weak-random
    var d = RandomNumberGenerator.GetInt32(100000);
    // ok: cs-weak-random
    var e = enumerator.Next();
  }
  // ruleid: cs-weak-random
  Random dice = new();
  Other next = new();
  void G() {
    // ruleid: cs-weak-random
    dice.Next(6);
    // ok: cs-weak-random
    next.Next(6);
  }
}
