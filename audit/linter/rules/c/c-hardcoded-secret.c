// ruleid: c-hardcoded-secret
const char *password = "hunter22x";

void f(void) {
  // ruleid: c-hardcoded-secret
  api_key = "sk4f8a72c9d01";
  // ok: c-hardcoded-secret
  const char *secret = getenv("SECRET");
  // ok: c-hardcoded-secret
  const char *password_hint = "thinkagain";
}
int g(const char *given_password) {
  // ruleid: c-hardcoded-secret
  return strcmp(given_password, "hunter22x") == 0;
}
int h(const char *given_command) {
  // ok: c-hardcoded-secret
  return strcmp(given_command, "shutdown") == 0;
}
