// ruleid: js-markup-from-value
element.innerHTML = name;
// ruleid: js-markup-from-value
document.write("<b>" + name + "</b>");
// ok: js-markup-from-value
element.innerHTML = "";
// ok: js-markup-from-value
element.textContent = name;
// ok: js-markup-from-value
element.innerHTML = DOMPurify.sanitize(name);
// ruleid: js-markup-from-value
$("#bio").html(name);
const clean = DOMPurify.sanitize(name);
// ok: js-markup-from-value
element.innerHTML = clean;
