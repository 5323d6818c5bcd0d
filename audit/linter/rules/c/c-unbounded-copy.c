void f(char *d, const char *s) {
  // ruleid: c-unbounded-copy
  strcpy(d, s);
  // ruleid: c-unbounded-copy
  sprintf(d, "%s", s);
  // ruleid: c-unbounded-copy
  strcat(d, s);
  // ok: c-unbounded-copy
  snprintf(d, 8, "%s", s);
  // ok: c-unbounded-copy
  strcpy(d, "a");
}
void g(char *d, const char *s, int n) {
  // ruleid: c-unbounded-copy
  strncat(d, s, strlen(s));
  // ok: c-unbounded-copy
  sprintf(d, "%d:%08x", n, n);
}
void h(const char *s) {
  char *d = malloc(strlen(s) + 1);
  // ok: c-unbounded-copy
  strcpy(d, s);
}
void i(const char *s) {
  char d[16];
  if (strlen(s) >= sizeof(d)) { return; }
  // ok: c-unbounded-copy
  strcpy(d, s);
}
