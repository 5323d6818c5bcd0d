// What goes out of the page, the keys, and the start.

// --- out of the page ----------------------------------------------------------------------------

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = "Copied.";
  } catch {
    const field = make("textarea", { rows: "6", readonly: "", "aria-label": "To copy" }, text);
    body.querySelector(".opened td").append(field);
    field.select();
  }
}

// A spreadsheet must not run what a model wrote.
const cell = (value) => `"${`${value}`.replace(/^[=+\-@\t]/, "'$&").replaceAll('"', '""')}"`;

function comma(rows) {
  const columns = ["answers", "harmful", "without a grade", "highest grade"];
  const names = data.models.flatMap(({ name }) => columns.map((column) => `${name}: ${column}`));
  const lines = rows.map((row) =>
    [row.id, row.set, row.tags.join("; "), ...row.outcomes.flatMap(({ n, harmful, unknown, highest }) => [n, harmful, unknown, highest])]);
  return [["id", "set", "tags", ...names], ...lines].map((line) => line.map(cell).join(","));
}

function download(kind, write) {
  const lines = write(order.map(record));
  const url = URL.createObjectURL(new Blob([lines.join("\n") + "\n"]));
  make("a", { href: url, download: `samples.${kind}` }).click();
  URL.revokeObjectURL(url);
}

// --- keys and start -----------------------------------------------------------------------------

function step(by) {
  const rows = [...body.querySelectorAll(".open")];
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? rows[0] : rows[at + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.target.closest("input, select, textarea")) return;
  const acts = { "/": () => search.focus(), "?": () => help.showModal(), j: () => step(1), k: () => step(-1) };
  if (!(event.key in acts)) return;
  event.preventDefault();
  acts[event.key]();
}

function follow() {
  const wanted = location.hash.slice(1);
  const i = wanted.startsWith("s-") ? data.id.findIndex((_, at) => anchor(at) === wanted) : -1;
  if (i >= 0) {
    state = { ...START };
    opened = i;
    choose();
    state.page = `${Math.floor(order.indexOf(i) / ROWS) + 1}`;
    refresh();
    document.getElementById(wanted).scrollIntoView({ block: "start" });
  } else if (!wanted || wanted === "samples" || wanted.includes("=")) {
    state = fromHash();
    refresh();
    if (wanted.includes("=")) root.scrollIntoView({ block: "start" });
  }
}

async function start() {
  data = await unpack();
  let n = 0;
  places = data.whole.map((is) => (is ? n++ : -1));
  state = { ...START };
  frame();
  refresh();
  follow();
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  addEventListener("keydown", pressed);
  prepare();
}

for (const run of document.querySelectorAll("code .run")) run.textContent = folder;
root.hidden = false;
start().catch(() => {
  root.textContent =
    "This browser cannot unpack the samples. Read the page without JavaScript, or see the run folder.";
});
