void f(size_t n) {
  // ruleid: c-size-overflow
  int *a = malloc(n * sizeof(int));
  // ruleid: c-size-overflow
  char *b = realloc(b, n + 1);
  // ok: c-size-overflow
  int *c = calloc(n, sizeof(int));
  // ok: c-size-overflow
  char *d = malloc(64);
}
void g(unsigned width, unsigned height, const char *text) {
  // ruleid: c-size-overflow
  char *a = malloc(width * height * 4);
  // ok: c-size-overflow
  char *b = malloc((size_t)width * height);
  // ok: c-size-overflow
  char *c = malloc(strlen(text) + 1);
}
void h(size_t n) {
  if (n > SIZE_MAX / sizeof(int)) { return; }
  // ok: c-size-overflow
  int *a = malloc(n * sizeof(int));
}
