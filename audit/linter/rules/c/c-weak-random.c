void f(void) {
  // ruleid: c-weak-random
  int a = rand();
  // ok: c-weak-random
  getrandom(buffer, 16, 0);
  // ok: c-weak-random
  int b = rand_index(table, n);
  // ruleid: c-weak-random
  double c = drand48();
}
