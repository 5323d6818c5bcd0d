function list(dir) {
  // ruleid: js-shell-command
  exec("ls " + dir, done);
  // ruleid: js-shell-command
  child_process.execSync(`ls ${dir}`, {});
  // ok: js-shell-command
  execFile("ls", [dir], done);
  // ok: js-shell-command
  exec("ls -l", done);
  // ok: js-shell-command
  const m = pattern.exec(dir);
}
// ruleid: js-shell-command
shell.exec(`tar ${name}`);
// ruleid: js-shell-command
spawn("sh", ["-c", line]);
// ok: js-shell-command
spawn("ls", ["-c", line]);
function run(line) {
  if (!ALLOWED.includes(line)) { return; }
  // ok: js-shell-command
  execSync(line);
}
