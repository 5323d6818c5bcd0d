// ruleid: js-pattern-from-value
const a = new RegExp(query, "i");
// ok: js-pattern-from-value
const b = new RegExp("^a+$");
// ok: js-pattern-from-value
const c = new RegExp(escapeRegExp(query));
function mark(words, term) {
  const safe = escapeStringRegexp(term);
  // ok: js-pattern-from-value
  const a = new RegExp("(" + safe + ")", "g");
  // ok: js-pattern-from-value
  const b = new RegExp(term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  // ruleid: js-pattern-from-value
  const c = new RegExp(term.replace(/ /g, "_"));
}
