void f(char *d) {
  // ruleid: c-unbounded-input
  gets(d);
  // ruleid: c-unbounded-input
  _getws(d);
  // ok: c-unbounded-input
  gets_s(d, 16);
  // ok: c-unbounded-input
  fgets(d, 16, stdin);
}
