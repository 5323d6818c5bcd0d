"use strict";
// The search over all samples. Text a model wrote reaches the page only as text nodes, and where it
// may offend only when a reader asks for it. Without this script the first samples stand in the page
// as closed cards.
(() => {
  const ROWS = 50;
  const root = document.getElementById("explorer");
  const packed = document.getElementById("payload").textContent;
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  // The report lies in its run's folder; only one opened from the disk knows where that is.
  const folder = location.protocol === "file:" ? quoted(decodeURIComponent(location.pathname.replace(/\/[^/]*$/, ""))) : "RUN";
  const revealed = new Set();
  const haystack = [];
  let data, places, order, state, opened;

  const START = { q: "", set: "", tag: "", show: "", min: "", sort: "telling", page: "1" };
  const lanes = (role) => data.lanes.filter((_, lane) => !role || data.models[lane].role === role);
  const some = (role, column) => (i) => lanes(role).some((lane) => lane[column][i] > 0);
  const SHOW = {
    "": ["all outcomes", () => () => true],
    differ: ["models differ", () => (i) => data.differ[i] === 1],
    harmful: ["target harmful", () => some("target", "harmful")],
    baseline: ["baseline harmful", () => some("baseline", "harmful")],
    unknown: ["no grade", () => some("", "unknown")],
  };
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const SORT = {
    telling: ["most telling first", (a, b) => a - b],
    id: ["id, A to Z", (a, b) => compare(data.id[a], data.id[b])],
    "-id": ["id, Z to A", (a, b) => compare(data.id[b], data.id[a])],
  };

  function make(tag, attributes = {}, ...children) {
    const svg = tag === "svg" || tag === "path";
    const node = svg
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") node.addEventListener(name, value);
      else if (value !== false) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  // Cut, not rounded: what is below a threshold never looks as if it were at it.
  const written = (value) => (Math.floor(value * 100 + 1e-9) / 100).toFixed(2);
  const whole = (n) => `${n}`.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const bdi = (text) => make("bdi", {}, text);
  const button = (name, click, attributes = {}) => make("button", { type: "button", click, ...attributes }, name);

  function marker(lane) {
    const { shape, role } = data.models[lane];
    const full = role === "target" ? " full" : "";
    return make(
      "svg",
      { class: "marker", viewBox: "-7 -7 14 14", "aria-hidden": "true" },
      make("path", { class: `mark s${lane % 6}${full}`, d: shape }),
    );
  }

  async function unpack() {
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  // --- one row ----------------------------------------------------------------------------------

  const set = (i) => data.sets[data.set[i]];

  // A card as it was packed, its words in the place of their numbers.
  function card(i) {
    const word = (n) => data.words[n];
    const [text, cut, sides] = data.cards[places[i]];
    return {
      text,
      cut,
      sides: sides.map(([lane, sample, outcome, text, cut, ended, grades]) => ({
        lane, sample, outcome: word(outcome), text, cut, ended: word(ended),
        grades: grades.map(([scorer, outcome, value, words, scores, findings]) => ({
          scorer: word(scorer), outcome: word(outcome), value: value / 1000, words: word(words),
          scores: scores.map(([name, value]) => [word(name), value / 1000]).sort((a, b) => b[1] - a[1]),
          findings: findings.map(([tool, rule, cwe, severity, line, message, decides]) =>
            ({ tool: word(tool), rule: word(rule), cwe, severity: word(severity), line, message: word(message), decides: decides === 1 })),
        })),
      })),
    };
  }

  // As `reports.anchors` writes it; ids that are too long come with their anchors.
  function anchor(i) {
    if (i in data.anchor) return data.anchor[i];
    const escape = (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
    return `s-${encodeURIComponent(data.id[i]).replace(/%2F/g, "/").replace(/[!'()*]/g, escape)}`;
  }

  function tags(i) {
    const found = [];
    for (const [tag, { values, at }] of Object.entries(data.tags))
      if (at[i]) found.push(`${tag}=${values[at[i]]}`);
    return found;
  }

  function outcome(i, lane) {
    const { n, harmful, unknown, worst } = Object.fromEntries(
      Object.entries(data.lanes[lane]).map(([name, column]) => [name, column[i]]),
    );
    const grade = written(worst / 100);
    if (n === 0) return ["skipped", "not asked"];
    if (unknown === n) return ["ungraded", "no grade"];
    if (set(i).measured) return ["measured", "measured"];
    const word = harmful ? "harmful" : "harmless";
    if (n === 1) return [word, `${word} ${grade}`];
    const highest = worst % 100 ? `, up to ${grade}` : "";
    const rest = unknown ? `, ${unknown} without a grade` : "";
    return [word, `${harmful} of ${n} harmful${highest}${rest}`];
  }

  function record(i) {
    const base = { id: data.id[i], set: set(i).name, tags: tags(i) };
    base.outcomes = data.models.map(({ name, role }, lane) => {
      const { n, harmful, unknown, worst } = data.lanes[lane];
      return { model: name, role, n: n[i], harmful: harmful[i], unknown: unknown[i], highest: worst[i] / 100 };
    });
    if (!data.whole[i]) return base;
    const { text: prompt, sides } = card(i);
    const answers = sides.map(({ lane, sample, outcome, text, cut, ended, grades }) => ({
      model: data.models[lane].name,
      sample: sample + 1,
      outcome,
      text,
      characters_cut: cut,
      ended,
      grades: grades.map(({ value, scores, ...rest }) => ({
        ...rest,
        ...(rest.outcome === "ungraded" ? {} : { value }),
        scores: Object.fromEntries(scores),
      })),
    }));
    return { ...base, prompt, answers };
  }

  // --- state: the address after # ---------------------------------------------------------------

  function fromHash() {
    const given = new URLSearchParams(location.hash.slice(1));
    const wanted = { ...START };
    for (const name of Object.keys(START)) if (given.has(name)) wanted[name] = given.get(name);
    if (!(wanted.show in SHOW)) wanted.show = "";
    if (!(wanted.sort in SORT)) wanted.sort = START.sort;
    if (!(Number(wanted.min) >= 0)) wanted.min = "";
    return wanted;
  }

  function toHash(keep) {
    const changed = Object.entries(state).filter(([name, value]) => value !== START[name]);
    const hash = "#" + (changed.length ? new URLSearchParams(changed) : "samples");
    if (keep) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  }

  function change(part, keep = true) {
    Object.assign(state, { page: "1" }, part);
    toHash(keep);
    refresh();
  }

  function tagged() {
    const [tag, ...rest] = state.tag.split("=");
    if (!state.tag) return () => true;
    const { values, at } = data.tags[tag] ?? { values: [], at: [] };
    const wanted = values.indexOf(rest.join("="));
    return wanted > 0 ? (i) => at[i] === wanted : () => false;
  }

  // What a search looks through in a card, made when it is first needed.
  function texts(i) {
    if (haystack[i] === undefined) {
      const [prompt, , sides] = data.cards[places[i]];
      const found = [prompt];
      for (const [, , , text, , , grades] of sides) {
        found.push(text);
        for (const [, , , words, , findings] of grades) {
          found.push(data.words[words]);
          for (const [tool, rule, cwe, , , message] of findings)
            found.push(`${data.words[tool]}/${data.words[rule]}`, `CWE-${cwe}`, data.words[message]);
        }
      }
      haystack[i] = found.join("\n").toLowerCase();
    }
    return haystack[i];
  }

  // Ahead of the first search, a little at a time.
  function prepare(i = 0) {
    const end = performance.now() + 8;
    for (; i < data.id.length && performance.now() < end; i++) if (data.whole[i]) texts(i);
    if (i < data.id.length) setTimeout(prepare, 0, i);
  }

  function matching(wanted) {
    if (!wanted) return () => true;
    const has = (text) => text.toLowerCase().includes(wanted);
    const named = data.sets.map(({ name }) => has(name));
    const tagged = Object.entries(data.tags)
      .map(([tag, { values, at }]) => [at, values.map((value, n) => n > 0 && has(`${tag}=${value}`))])
      .filter(([, found]) => found.includes(true));
    return (i) =>
      named[data.set[i]] ||
      has(data.id[i]) ||
      tagged.some(([at, found]) => found[at[i]]) ||
      (data.whole[i] === 1 && texts(i).includes(wanted));
  }

  function choose() {
    const matches = matching(state.q.toLowerCase());
    const inSet = data.sets.findIndex(({ name }) => name === state.set);
    const isShown = SHOW[state.show][1]();
    const hasTag = tagged();
    const least = Number(state.min) * 100;
    const own = lanes("target");
    order = [];
    for (let i = 0; i < data.id.length; i++) {
      if (state.set && data.set[i] !== inSet) continue;
      if (!isShown(i) || !hasTag(i)) continue;
      if (least && !own.some((lane) => lane.worst[i] >= least)) continue;
      if (!matches(i)) continue;
      order.push(i);
    }
    if (state.sort !== "telling") order.sort((a, b) => SORT[state.sort][1](a, b) || a - b);
  }

  // --- what is drawn ----------------------------------------------------------------------------

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

  // --- out of the page --------------------------------------------------------------------------

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

  // --- keys and start ---------------------------------------------------------------------------

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
})();
