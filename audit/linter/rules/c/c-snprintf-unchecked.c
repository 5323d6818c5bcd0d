void f(char *out, size_t size, const char *text) {
  int a = snprintf(out, size, "%s", text);
  // ruleid: c-snprintf-unchecked
  out[a] = 0;
  int b = snprintf(out, size, "%s", text);
  // ruleid: c-snprintf-unchecked
  write(1, out, b);
}
void g(char *out, size_t size, const char *text) {
  int n = snprintf(out, size, "%s", text);
  if (n < 0 || (size_t)n >= size) { return; }
  // ok: c-snprintf-unchecked
  out[n] = 0;
  // ok: c-snprintf-unchecked
  write(1, out, n);
}
void h(char *out, size_t n) {
  // ok: c-snprintf-unchecked
  write(1, out, n);
}
