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
}
