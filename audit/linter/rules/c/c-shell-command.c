void f(const char *line) {
  // ruleid: c-shell-command
  system(line);
  // ok: c-shell-command
  system("clear");
  // ok: c-shell-command
  execv("/bin/ls", arguments);
}
void g(const char *name, int wide) {
  // ruleid: c-shell-command
  execl("/bin/sh", "sh", "-c", name, NULL);
  // ok: c-shell-command
  execl("/bin/ls", "ls", "--", name, NULL);
  // ok: c-shell-command
  system(wide ? "ls -l" : "ls");
}
