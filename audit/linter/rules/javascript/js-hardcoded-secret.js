// ruleid: js-hardcoded-secret
const password = "hunter22x";
// ruleid: js-hardcoded-secret
config.apiKey = "sk4f8a72c9d01";
// ok: js-hardcoded-secret
const secret = process.env.SECRET;
// ok: js-hardcoded-secret
const passwordHint = "thinkagain";
