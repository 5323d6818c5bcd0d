class A {
  void f(String name) throws Exception {
    // ruleid: java-command
    Runtime.getRuntime().exec("ls " + name);
    // ruleid: java-command
    new ProcessBuilder("sh", "-c", "ls " + name).start();
    // ok: java-command
    Runtime.getRuntime().exec("ls -l");
    // ok: java-command
    new ProcessBuilder("ls", "--", name).start();
  }
  void g(String name) throws Exception {
    if (name == null || !ALLOWED.contains(name)) { throw new Exception(); }
    // ok: java-command
    Runtime.getRuntime().exec("ls " + name);
  }
  void h(String name) throws Exception {
    String[] line = {"ls", "--", name};
    // ok: java-command
    Runtime.getRuntime().exec(line);
    StringBuilder text = new StringBuilder("ls ");
    text.append(name);
    // ruleid: java-command
    Runtime.getRuntime().exec(text.toString());
    // ruleid: java-command
    String[] shell = {"/bin/bash", "-c", name};
  }
}
