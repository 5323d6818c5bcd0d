void f(char *name) {
  // ruleid: c-temporary-name
  char *a = tmpnam(name);
  // ok: c-temporary-name
  int b = mkstemp(name);
  // ok: c-temporary-name
  FILE *c = tmpfile();
}
