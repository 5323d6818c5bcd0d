// ruleid: js-eval-of-value
const a = eval(body);
// ruleid: js-eval-of-value
const f = new Function("x", text);
// ok: js-eval-of-value
const b = JSON.parse(body);
// ok: js-eval-of-value
const c = eval("1 + 1");
// ok: js-eval-of-value
model.eval(body);
// ruleid: js-eval-of-value
setTimeout("show('" + name + "')", 10);
// ruleid: js-eval-of-value
new vm.Script(text);
// ok: js-eval-of-value
setTimeout(() => show(name), 10);
