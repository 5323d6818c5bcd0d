// ruleid: js-plain-http
fetch("http://example.com/users");
// ruleid: js-plain-http
axios.get("http://example.com/users");
// ok: js-plain-http
fetch("https://example.com/users");
// ok: js-plain-http
fetch("http://localhost:8000/users");
// ruleid: js-plain-http
new WebSocket("ws://example.com/live");
// ok: js-plain-http
new WebSocket("wss://example.com/live");
