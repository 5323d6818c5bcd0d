// ruleid: js-message-unchecked
window.addEventListener("message", (event) => {
  show(event.data);
});
// ruleid: js-message-unchecked
window.onmessage = function ({ data }) { show(data); };
// ok: js-message-unchecked
window.addEventListener("message", (event) => {
  if (event.origin !== "https://example.org") { return; }
  show(event.data);
});
// ok: js-message-unchecked
worker.onmessage = (event) => { show(event.data); };
// ok: js-message-unchecked
window.addEventListener("click", (event) => { show(event.data); });
