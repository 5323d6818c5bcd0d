class A {
  void F() {
    // ruleid: cs-short-password
    options.Password.RequiredLength = 6;
    // ruleid: cs-short-password
    manager.PasswordValidator = new PasswordValidator { RequiredLength = 4, RequireDigit = true };
    // ok: cs-short-password
    options.Password.RequiredLength = 12;
    // ok: cs-short-password
    options.User.RequiredLetters = 4;
  }
}
