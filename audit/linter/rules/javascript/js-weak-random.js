// ruleid: js-weak-random
const token = Math.random().toString(36);
// ruleid: js-weak-random
const key = crypto.pseudoRandomBytes(16);
// ok: js-weak-random
const good = crypto.randomBytes(16);
// ok: js-weak-random
const low = Math.round(value);
