// ruleid: js-secret-compared
if (user.password === given) { login(); }
// ruleid: js-secret-compared
if (signature !== expected) { refuse(); }
// ok: js-secret-compared
if (token === null) { refuse(); }
// ok: js-secret-compared
if (crypto.timingSafeEqual(a, b)) { login(); }
// ok: js-secret-compared
if (name === given) { show(); }
// ruleid: js-secret-compared
if (given === crypto.createHmac("sha256", key).update(body).digest("hex")) { login(); }
// ruleid: js-secret-compared
if (given !== process.env.API_KEY) { refuse(); }
// ok: js-secret-compared
if (password !== confirmPassword) { refuse(); }
// ok: js-secret-compared
if (given === process.env.NODE_ENV) { show(); }
