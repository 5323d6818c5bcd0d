// The search over all samples, first of four files that share one scope (see reports/html.py): what
// the page holds of each sample. Text a model wrote reaches the page only as text nodes, and where
// it may offend only when a reader asks for it. Without script the first samples stand in the page
// as closed cards.

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

// --- one row ------------------------------------------------------------------------------------

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
