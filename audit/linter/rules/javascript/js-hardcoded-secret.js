// ruleid: js-hardcoded-secret
const password = "hunter22x";
// ruleid: js-hardcoded-secret
config.apiKey = "sk4f8a72c9d01";
// ok: js-hardcoded-secret
const secret = process.env.SECRET;
// ok: js-hardcoded-secret
const passwordHint = "thinkagain";
// ruleid: js-hardcoded-secret
const pool = connect("postgres://shop:hunter22x@example.org/shop");
// ruleid: js-hardcoded-secret
const key = process.env.JWT_SECRET || "hunter22x";
// ok: js-hardcoded-secret
const apiKey = "YOUR_API_KEY";
