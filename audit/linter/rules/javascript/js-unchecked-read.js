// ruleid: js-unchecked-read
const a = buffer.readUInt16BE(offset, true);
// ruleid: js-unchecked-read
buffer.writeInt8(1, offset, true);
// ok: js-unchecked-read
const b = buffer.readUInt16BE(offset);
// ok: js-unchecked-read
const c = view.getUint16(offset, true);
