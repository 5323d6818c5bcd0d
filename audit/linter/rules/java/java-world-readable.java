class A {
  void f(Context context, File file) {
    // ruleid: java-world-readable
    context.getSharedPreferences("theme", Context.MODE_WORLD_READABLE);
    // ruleid: java-world-readable
    file.setWritable(true, false);
    // ok: java-world-readable
    context.getSharedPreferences("theme", Context.MODE_PRIVATE);
    // ok: java-world-readable
    file.setWritable(true, true);
  }
}
