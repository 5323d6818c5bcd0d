// ruleid: js-unset-buffer
const a = Buffer.allocUnsafeSlow(size);
// ruleid: js-unset-buffer
const b = Buffer.allocUnsafe(8);
// ok: js-unset-buffer
const c = Buffer.alloc(8);
// ok: js-unset-buffer
const d = Buffer.from(text);
// ok: js-unset-buffer
const e = Buffer.allocUnsafe(8).fill(0);
