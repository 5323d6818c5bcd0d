function show(req, res) {
  const name = req.query.name;
  // ruleid: js-page-from-request
  res.send(`<h1>${name}</h1>`);
  // ruleid: js-page-from-request
  res.end("<p>" + req.params.id + "</p>");
  // ok: js-page-from-request
  res.send(`<h1>${escapeHtml(name)}</h1>`);
  // ok: js-page-from-request
  res.send({ greeting: "hello " + name });
  // ok: js-page-from-request
  res.send(users.find(req.params.id));
}
