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
}
