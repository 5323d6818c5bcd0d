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
