// Which samples are shown, and in which order: the state is the address after #.

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
