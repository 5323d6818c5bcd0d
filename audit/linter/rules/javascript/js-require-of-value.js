// ruleid: js-require-of-value
const a = require(name);
// ruleid: js-require-of-value
const b = require("./plugins/" + name);
// ok: js-require-of-value
const c = require("fs");
// ok: js-require-of-value
const d = require(path.join(__dirname, "plugins", "a"));
// ruleid: js-require-of-value
require(path.join(__dirname, "plugins", name));
// ok: js-require-of-value
require(path.join(__dirname, "plugins", "list"));
