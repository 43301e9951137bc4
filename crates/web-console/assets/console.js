// Small comforts. Every page works without them.
"use strict";

// A form that changes something is sent once, however often its button is pressed. The key it carries says so to the
// server, too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-once")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});

// A form that shows its effect while it is filled in is sent when the last look has come back, at most seconds later (the
// timeout of htmx), and looks no more: leaving in the middle of one would be an error in the browser's console.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.classList.contains("htmx-request")) {
    form.dataset.leaving = "yes";
    return;
  }
  event.preventDefault();
  const send = () => setTimeout(() => form.requestSubmit(event.submitter));
  form.addEventListener("htmx:afterRequest", send, { once: true });
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.dataset.leaving) event.preventDefault();
});

// A page that answers a form is kept nowhere, so the browser's own way back to it would end at an error, or offer to send
// the form again. It leads to the page of the form instead, as it is by then.
if (document.body.hasAttribute("data-sent")) history.replaceState(null, "", location.href);

// Coming back by the browser's own button, one may send it again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    delete form.dataset.leaving;
  }
});

// What was wrong with a field says so no longer once it is filled in anew.
document.addEventListener("input", ({ target }) => {
  if (!target.name) return;
  document.getElementById(`${target.name}-wrong`)?.remove();
  target.removeAttribute("aria-invalid");
});

// How much of the credit is left while it is split over invoices. Amounts are whole numbers of the smallest digit that
// occurs, so nothing is rounded; the server says again what is possible.
const remainder = document.getElementById("remainder");
const form = document.getElementById("form");
if (remainder && form) {
  const digits = (text) => (text.split(".")[1] || "").length;
  const whole = (text, scale) => BigInt(text.replace(".", "") + "0".repeat(scale - digits(text)));
  const show = () => {
    const parts = [...form.querySelectorAll("input[name^='part.']")].map((input) => input.value.trim());
    const given = parts.filter((text) => /^\d+(\.\d+)?$/.test(text));
    const all = remainder.dataset.remainder;
    const scale = Math.max(digits(all), ...given.map(digits), 0);
    const left = given.reduce((sum, text) => sum - whole(text, scale), whole(all, scale));
    const sign = left < 0n ? "-" : "";
    const plain = (left < 0n ? -left : left).toString().padStart(scale + 1, "0");
    const cut = plain.length - scale;
    const amount = sign + plain.slice(0, cut) + (scale ? "." + plain.slice(cut) : "");
    remainder.textContent = given.length ? `Left after this: ${amount} ${remainder.dataset.currency}` : "";
    remainder.classList.toggle("wrong", left < 0n);
  };
  form.addEventListener("input", show);
  show();
}
