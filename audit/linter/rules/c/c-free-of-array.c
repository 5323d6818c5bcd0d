void f(void) {
  // ruleid: c-free-of-array
  char name[64];
  fill(name);
  free(name);
}
void g(void) {
  // ok: c-free-of-array
  char name[64];
  char *copy = strdup(name);
  free(copy);
}
void h(void) {
  // ok: c-free-of-array
  char other[64];
  fill(other);
}
void i(struct entry *e) {
  struct entry one;
  // ruleid: c-free-of-array
  free(&one);
  // ok: c-free-of-array
  free(e);
}
