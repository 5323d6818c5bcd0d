void f(const char *s, size_t n) {
  char d[16];
  // ruleid: c-copy-to-array
  memcpy(d, s, n);
  // ok: c-copy-to-array
  memcpy(d, s, sizeof(d));
}
void g(const char *s, size_t n) {
  char d[16];
  if (n > sizeof(d)) { return; }
  // ok: c-copy-to-array
  memcpy(d, s, n);
}
void h(int socket, const char *s, size_t n) {
  char d[16] = {0};
  // ruleid: c-copy-to-array
  recv(socket, d, n, 0);
  // ok: c-copy-to-array
  recv(socket, d, sizeof d, 0);
}
