void f(FILE *file) {
  char word[16];
  int n;
  // ruleid: c-unbounded-scan
  scanf("%d %s", &n, word);
  // ruleid: c-unbounded-scan
  fscanf(file, "%[^=]", word);
  // ok: c-unbounded-scan
  scanf("%d %15s", &n, word);
  // ok: c-unbounded-scan
  scanf("%*s %d", &n);
  // ok: c-unbounded-scan
  printf("%s", word);
}
