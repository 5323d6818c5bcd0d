class A {
  void f(Thread worker, Player player) {
    // ruleid: java-obsolete-call
    worker.stop();
    // ruleid: java-obsolete-call
    System.runFinalizersOnExit(true);
    // ok: java-obsolete-call
    worker.interrupt();
    // ok: java-obsolete-call
    player.stop();
  }
}
