// ruleid: js-buffer-by-type
const a = new Buffer(size);
// ruleid: js-buffer-by-type
const b = new Buffer(text).toString("base64");
// ok: js-buffer-by-type
const c = Buffer.from(text);
// ok: js-buffer-by-type
const d = Buffer.alloc(16);
