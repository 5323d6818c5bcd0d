void f() {
  // ruleid: cpp-fixed-seed
  std::mt19937 engine(1357);
  // ruleid: cpp-fixed-seed
  srand(42);
  // ok: cpp-fixed-seed
  std::mt19937 other(device());
  // ok: cpp-fixed-seed
  srand(time(0));
  // ruleid: cpp-fixed-seed
  engine.seed(7);
  // ok: cpp-fixed-seed
  engine.seed(device());
}
