void f(char *line) {
  // ruleid: c-shared-state
  char *word = strtok(line, " ");
  // ruleid: c-shared-state
  struct tm *now = localtime(&t);
  // ok: c-shared-state
  char *next = strtok_r(line, " ", &place);
  // ok: c-shared-state
  token(line);
}
