class A {
  void f(HttpServletRequest request, HttpServletResponse response) throws Exception {
    String name = request.getParameter("name");
    // ruleid: java-markup-from-request
    response.getWriter().println("hello " + name);
    PrintWriter out = response.getWriter();
    // ruleid: java-markup-from-request
    out.print(name);
    // ok: java-markup-from-request
    out.print(Encode.forHtml(name));
    // ok: java-markup-from-request
    out.print("hello");
  }
  void g(HttpServletRequest request, HttpServletResponse response, PrintWriter page) throws Exception {
    String id = request.getParameter("id");
    // ruleid: java-markup-from-request
    response.sendError(404, "no " + id);
    // ruleid: java-markup-from-request
    page.println(id);
    // ok: java-markup-from-request
    response.sendError(404, "no such id");
  }
  @GetMapping("/hello")
  String h(@RequestParam String name) {
    // ruleid: java-markup-from-request
    return "<h1>" + name + "</h1>";
  }
}
