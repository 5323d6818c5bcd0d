class A {
  void f(WebSettings settings) {
    // ruleid: java-page-reads-files
    settings.setAllowFileAccess(true);
    // ruleid: java-page-reads-files
    settings.setAllowUniversalAccessFromFileURLs(true);
    // ok: java-page-reads-files
    settings.setAllowFileAccess(false);
    // ok: java-page-reads-files
    settings.setBuiltInZoomControls(true);
  }
}
