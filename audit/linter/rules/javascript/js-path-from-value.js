function show(req, res) {
  // ruleid: js-path-from-value
  res.sendFile(req.query.page);
  // ruleid: js-path-from-value
  fs.readFile("files/" + req.params.name, done);
  const a = path.join(ROOT, req.body.name);
  // ruleid: js-path-from-value
  fs.unlinkSync(a);
  // ok: js-path-from-value
  fs.unlinkSync(path.join(ROOT, path.basename(req.body.name)));
  // ok: js-path-from-value
  fs.readFile("settings.json", done);
}
function remove(folder, word) {
  // ruleid: js-path-from-value
  fs.unlinkSync(`${folder}/${word}`);
}
function load(word) {
  const full = path.resolve(ROOT, word);
  if (!full.startsWith(ROOT + path.sep)) { return null; }
  // ok: js-path-from-value
  return fs.readFileSync(full);
}
function read(whole) {
  // ok: js-path-from-value
  return fs.readFileSync(whole);
}
function all() {
  // ok: js-path-from-value
  return fs.readdirSync(ROOT).map((entry) => fs.readFileSync(path.join(ROOT, entry)));
}
