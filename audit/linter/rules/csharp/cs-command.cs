class A {
  void F(string name) {
    // ruleid: cs-command
    Process.Start(name);
    // ruleid: cs-command
    Process.Start("git", "clone " + name);
    // ruleid: cs-command
    info.Arguments = $"-c ls {name}";
    // ok: cs-command
    Process.Start("notepad.exe");
    // ok: cs-command
    info.Arguments = "--version";
    // ok: cs-command
    info.ArgumentList.Add(name);
  }
  void G(string name) {
    // ruleid: cs-command
    var a = new ProcessStartInfo { FileName = "git", Arguments = "clone " + name };
    var b = new ProcessStartInfo("git") { ArgumentList = { "clone", "--", name } };
    // ok: cs-command
    Process.Start(b);
  }
  void H(string name) {
    if (!Allowed.Contains(name)) { return; }
    // ok: cs-command
    Process.Start(name);
  }
}
