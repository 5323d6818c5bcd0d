// What is drawn of the samples that are shown.

const search = make("input", {
  type: "search",
  placeholder: "in prompts, answers, tags, rules",
  input: () => change({ q: search.value }, false),
});
const least = make("input", {
  type: "number", min: "0", max: "1", step: "0.05", placeholder: "0",
  input: () => change({ min: least.value }, false),
});
const picker = (name) => make("select", { change: (event) => change({ [name]: event.target.value }) });
const [sets, shows, sorts] = ["set", "show", "sort"].map(picker);
const atOnce = make("input", { type: "checkbox", change: () => refresh() });
const chip = make("p", { class: "chip" });
const count = make("p", { class: "count", role: "status", "aria-live": "polite" });
const said = make("p", { class: "hidden", role: "status", "aria-live": "polite" });
const head = make("tr");
const body = make("tbody");
const table = make("table", { class: "samples" });
const pager = make("p", { class: "pager" });
const help = make("dialog", { class: "help", "aria-labelledby": "keys" });

function frame() {
  const field = (name, control) => make("label", {}, make("span", {}, name), control);
  const option = (value, name) => make("option", { value }, name);
  data.models.forEach(({ name }, lane) => {
    const worst = data.lanes[lane].worst;
    SORT[`${lane}`] = [`${name}, highest first`, (a, b) => worst[b] - worst[a]];
    SORT[`-${lane}`] = [`${name}, lowest first`, (a, b) => worst[a] - worst[b]];
  });
  sets.append(option("", "all sets"), ...data.sets.map(({ name }) => option(name, name)));
  for (const [key, [name]] of Object.entries(SHOW)) shows.append(option(key, name));
  for (const key of ["telling", "id", "-id", ...data.models.flatMap((_, lane) => [`${lane}`, `-${lane}`])])
    sorts.append(option(key, SORT[key][0]));
  const hides = data.cards.some(([text, , sides]) => text || sides.some((side) => side[3]));
  const show = make("label", { class: "check" }, atOnce, " Show texts that may offend as soon as a sample opens");
  table.append(
    make("caption", { class: "hidden" }, "Samples; a row opens to show its answers side by side"),
    make("thead", {}, head),
    body,
  );
  const keys = [["/", "search"], ["j, k", "next and previous sample"], ["Enter", "open or close it"], ["?", "this list"], ["Esc", "close"]];
  help.append(
    make("h2", { id: "keys" }, "Keys"),
    make("dl", {}, ...keys.map(([key, what]) => make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)))),
    button("Close", () => help.close()),
  );
  root.append(
    make(
      "form",
      { class: "controls", role: "search", submit: (e) => e.preventDefault() },
      field("Search", search), field("Set", sets), field("Show", shows), field("Target’s grade from", least), field("Order", sorts),
    ),
    make(
      "p",
      { class: "tools" },
      count, chip, ...(hides ? [show] : []),
      button("Download CSV", () => download("csv", comma)),
      button("Download JSONL", () => download("jsonl", (rows) => rows.map((row) => JSON.stringify(row)))),
      button("Keys", () => help.showModal()),
    ),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Samples: table" }, table),
    pager, said, help,
  );
}

function heading(name, key, ...mark) {
  const [up, down] = key === "id" ? ["id", "-id"] : [`-${key}`, `${key}`];
  const sorted = state.sort === up ? "ascending" : state.sort === down ? "descending" : "none";
  const [first, second] = key === "id" ? [up, down] : [down, up];
  const next = state.sort === first ? second : state.sort === second ? "telling" : first;
  const id = `by-${key}`;
  const sort = () => {
    change({ sort: next });
    document.getElementById(id).focus();
  };
  return make("th", { scope: "col", "aria-sort": sorted }, button(make("span", {}, ...mark, bdi(name)), sort, { class: "by", id }));
}

function refresh() {
  choose();
  // A field that the reader is typing in keeps what was typed.
  if (document.activeElement !== search) search.value = state.q;
  if (document.activeElement !== least) least.value = state.min;
  sets.value = state.set;
  shows.value = state.show;
  sorts.value = state.sort;
  chip.replaceChildren(...(state.tag ? [bdi(state.tag), button("Remove", () => change({ tag: "" }), { "aria-label": "Remove this tag" })] : []));
  const pages = Math.max(1, Math.ceil(order.length / ROWS));
  const page = Math.min(Math.max(1, Number.parseInt(state.page, 10) || 1), pages);
  const first = (page - 1) * ROWS;
  count.textContent = `${whole(order.length)} of ${whole(data.id.length)} samples match`;
  table.setAttribute("aria-rowcount", order.length + 1);
  head.replaceChildren(heading("Sample", "id"), ...data.models.map(({ name }, lane) => heading(name, `${lane}`, marker(lane))));
  body.replaceChildren(...order.slice(first, first + ROWS).flatMap((i, place) => row(i, first + place + 2)));
  const turn = (to, name) =>
    button(name, () => change({ page: `${to}` }), { disabled: to < 1 || to > pages ? "" : false });
  pager.replaceChildren(turn(page - 1, "Previous"), ` page ${whole(page)} of ${whole(pages)} `, turn(page + 1, "Next"));
}

function toggle(i) {
  opened = opened === i ? undefined : i;
  history.replaceState(null, "", `#${opened === undefined ? "samples" : anchor(i)}`);
  redraw(i);
}

function redraw(i) {
  refresh();
  document.getElementById(anchor(i)).querySelector(".open").focus();
}

function row(i, place) {
  const isOpen = opened === i;
  const open = button(bdi(data.id[i]), () => toggle(i), { class: "open", "aria-expanded": `${isOpen}` });
  const cells = data.models.map((_, lane) => {
    const [kind, text] = outcome(i, lane);
    return make("td", {}, make("span", { class: `outcome ${kind}` }, text));
  });
  const facts = make("span", { class: "quiet tags" }, ...tags(i).map((tag) => make("span", {}, bdi(tag))));
  const line = make("tr", { id: anchor(i), "aria-rowindex": place }, make("th", { scope: "row" }, open, facts), ...cells);
  if (!isOpen) return [line];
  line.classList.add("is-open");
  return [line, make("tr", { class: "opened" }, make("td", { colspan: cells.length + 1 }, ...inside(i)))];
}

function inside(i) {
  const filters = tags(i).map((tag) => button(bdi(tag), () => { opened = undefined; change({ tag }); }, { class: "pill", title: "Show only samples with this tag" }));
  const tools = [
    ...filters,
    button("Copy as JSON", () => copy(JSON.stringify(record(i), null, 1))),
    button("Copy link", () => copy(location.href.split("#")[0] + "#" + anchor(i))),
    button("Copy command to ask again", () => copy(`phi-audit run ${folder} --only ${quoted(data.id[i])} --out runs/again`)),
  ];
  const bar = make("p", { class: "tools" }, ...tools);
  if (!data.whole[i]) return [bar, make("p", { class: "quiet" }, "The texts of this sample are left out here; samples.jsonl.gz has them.")];
  const { text, cut, sides } = card(i);
  const isHidden = set(i).hidden && !atOnce.checked && !revealed.has(i) && (text || sides.some((side) => side.text));
  if (isHidden) {
    const reveal = () => {
      revealed.add(i);
      refresh();
      body.querySelector(".opened pre").focus();
    };
    bar.prepend(button("Show the texts, which may offend", reveal, { class: "reveal" }));
  }
  const prompt = text && !isHidden ? [make("h3", {}, "Prompt"), ...block(text, cut, [])] : [];
  const columns = data.models.map((_, lane) => sides.filter((side) => side.lane === lane));
  const drawn = columns.filter((column) => column.length).map((column) =>
    make("div", {}, ...column.map((side) => article(side, isHidden))));
  return [bar, ...prompt, make("div", { class: "sides" }, ...drawn)];
}

function article({ lane, sample, text, cut, ended, grades }, isHidden) {
  const findings = grades.flatMap((grade) => grade.findings);
  return make(
    "article",
    {},
    make("h3", {}, marker(lane), bdi(data.models[lane].name), make("span", { class: "quiet" }, ` sample ${sample + 1}`)),
    ...(isHidden ? [] : block(text, cut, findings)),
    make("p", { class: "ending" }, ended),
    make("ul", { class: "grades" }, ...grades.map(grade)),
    ...(isHidden || !text ? findings.map(note) : []),
  );
}

function block(text, cut, findings) {
  if (!text) return [];
  const more = cut ? [make("p", { class: "quiet" }, `${whole(cut)} more characters stand in samples.jsonl.gz.`)] : [];
  const focusable = { tabindex: "0" };
  if (!findings.length) return [make("pre", focusable, bdi(text)), ...more];
  const lines = text.split("\n");
  const on = (line) => findings.filter((finding) => finding.line === line);
  const marked = lines.flatMap((line, at) => {
    const found = on(at + 1);
    const hit = found.some((finding) => finding.decides) ? " hit" : "";
    return [make("span", { class: `line${hit}` }, bdi(line), "\n"), ...found.map(note)];
  });
  const elsewhere = findings.filter(({ line }) => line < 1 || line > lines.length);
  return [make("pre", { class: "code", ...focusable }, ...marked), ...elsewhere.map(note), ...more];
}

function note({ tool, rule, cwe, severity, message, decides }) {
  const facts = [cwe ? `CWE-${cwe}` : "", severity, decides ? "" : "informs only"].filter(Boolean).join(", ");
  const kind = decides ? "finding" : "finding informs";
  return make("span", { class: kind }, make("b", {}, facts), " ", make("code", {}, `${tool}/${rule}`), " ", bdi(message));
}

function grade({ scorer, outcome, value, words, scores }) {
  const said = outcome === "ungraded" ? `ungraded, ${words}` : `${written(value)} ${words}`;
  return make(
    "li",
    {},
    make("span", { class: `outcome ${outcome}` }, `${scorer}: ${said}`),
    make("span", { class: "quiet" }, scores.map(([name, v]) => ` ${name} ${written(v)}`).join(",")),
  );
}
