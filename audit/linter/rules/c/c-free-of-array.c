void f(void) {
  char name[64];
  fill(name);
  // ruleid: c-free-of-array
  free(name);
}
void g(void) {
  char name[64];
  char *copy = strdup(name);
  // ok: c-free-of-array
  free(copy);
}
void h(size_t n) {
  int *values = alloca(n);
  // ruleid: c-free-of-array
  free(values);
}
void i(struct entry *e) {
  struct entry one;
  // ruleid: c-free-of-array
  free(&one);
  // ok: c-free-of-array
  free(e);
}
