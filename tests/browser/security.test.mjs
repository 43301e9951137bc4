// The console in a real browser against what hostile people write (stored), and against what stands in an address or is
// sent in a form (reflected): nothing of it may run, become a part of a page, lead elsewhere, or turn figures around.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { sample } from "./books.mjs";
import { open } from "./browser.mjs";
import { NAME, TEXTS, spoil, writer } from "./hostile.mjs";
import { PAGES } from "./pages.mjs";
import { tabs, visit } from "./walk.mjs";

// Parameters that pages know, beside those that stand in their own forms and links.
const PARAMETERS = [
  "q", "tab", "sort", "by", "of", "way", "said", "next", "cursor", "after", "from", "to", "on", "as_of", "entry", "account",
  "who", "code", "currency", "type", "since", "document", "mine", "tick", "show", "amount", "reason_code", "comment", "how",
  "gateway", "state", "step", "csrf", "key",
];
// As files they are no pages.
const FILES = ["export", "format"];

const { write, written } = writer();
let books, browser, people, more;
const seen = new Set();

before(async () => {
  books = await sample(write);
  more = await spoil(books, write);
  browser = await open();
  people = tabs(browser, books);
});

after(async () => {
  await browser?.close();
  await books?.stop();
});

// A tab whose dialogs are complained of, too.
const watched = new Set();
async function tabOf(who) {
  const tab = await people(who);
  if (!watched.has(who)) {
    watched.add(who);
    tab.page.on("dialog", (dialog) => {
      tab.complaints.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
  }
  return tab;
}

// What is wrong with a page, and what it shows as text. Runs in the page.
function inspect() {
  const wrong = [];
  const within = (address) => new URL(address, location.href).origin === location.origin;
  const NEVER = ["IMG", "IFRAME", "OBJECT", "EMBED", "BASE", "STYLE", "X-H", "VIDEO", "AUDIO", "FRAME", "TEMPLATE"];
  for (const element of document.querySelectorAll("*")) {
    const tag = element.tagName.toUpperCase();
    const script = tag === "SCRIPT" && !element.getAttribute("src")?.startsWith("/console/assets/");
    const meta = tag === "META" && element.hasAttribute("http-equiv");
    if (NEVER.includes(tag) || script || meta) wrong.push(element.outerHTML);
    for (const { name, value } of element.attributes) {
      const address = ["href", "src", "action", "formaction", "xlink:href", "data", "hx-post", "hx-get", "sse-connect"];
      if (name.startsWith("on") || name === "style") wrong.push(element.outerHTML);
      if (address.includes(name) && !within(value)) wrong.push(`${name}=${value}`);
      if (name.startsWith("hx-on")) wrong.push(`${name}=${value}`);
    }
  }
  // Letters that turn a line around turn only what is theirs: no words of ours and no figures stand behind them in the
  // same box. JSON is shown as it is kept.
  const BOXES = ["isolate", "plaintext", "isolate-override"];
  const apart = (element) => BOXES.includes(getComputedStyle(element).unicodeBidi);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { data, parentElement: parent } = node;
    if (!data.includes("\u202E") || /^\s*[[{]/.test(data) || ["TEXTAREA", "PRE"].includes(parent.tagName)) continue;
    const own = apart(parent) || parent.tagName === "OPTION";
    const siblings = [...parent.childNodes].slice([...parent.childNodes].indexOf(node) + 1);
    const ours = (it) => it.textContent.trim() && (it.nodeType === Node.TEXT_NODE || !apart(it));
    const figures = /\u202E(?!00)\d+\D+\d[\d.-]+\d/.test(data);
    if (!own || figures || siblings.some(ours)) wrong.push(`turned around: ${parent.outerHTML}`);
  }
  const controls = [...document.querySelectorAll("input, textarea")].map(({ value }) => value);
  return { wrong, text: [document.body.textContent, document.title, ...controls].join("\n") };
}

// Fails if anything hostile is more than text on the page one is on. What it shows is remembered.
async function harmless({ page, complaints }, what) {
  const { wrong, text } = await page.evaluate(inspect);
  assert.deepEqual(wrong, [], what);
  // A browser complains of every refusal, and of a date that is none; that some of these are refused is right.
  const right = /the server responded with a status of 4\d\d|does not conform to the required format, "yyyy-MM-dd"/;
  assert.deepEqual(complaints.splice(0).filter((it) => !right.test(it)), [], what);
  seen.add(text);
}

// Where one looks, without what only differs in its query.
const paths = () => new Map(PAGES.map((entry) => [entry.path(books).split("?")[0], entry]));

for (const entry of PAGES) {
  test(`stored: nothing hostile runs on ${entry.name}`, async () => {
    const tab = await tabOf(entry.who);
    await visit(tab, entry, books);
    await harmless(tab, entry.name);
  });
}

test("stored: nothing hostile runs on pages of what has a hostile name", async () => {
  const tab = await tabOf("ada");
  for (const path of more) {
    const answer = await tab.page.goto(path);
    assert.ok(answer.ok(), `${path}: ${answer.status()}`);
    await harmless(tab, path);
  }
});

test("stored: each hostile text was shown as it was written", () => {
  const all = [...seen].join("\n");
  const unseen = [...written, NAME].filter((text) => !all.includes(text));
  assert.deepEqual(unseen, []);
});

test("reflected: nothing that stands in an address runs", async () => {
  let visits = 0;
  for (const [path, { who }] of paths()) {
    const tab = await tabOf(who);
    await tab.page.goto(path);
    const own = await tab.page.evaluate(() => {
      const fields = [...document.querySelectorAll("form[method=get] [name]")].map(({ name }) => name);
      const links = [...document.querySelectorAll("a[href*='?']")].map(({ href }) => [...new URL(href).searchParams.keys()]);
      return [...fields, ...links.flat()];
    });
    const names = [...new Set(own)].filter((name) => !FILES.includes(name));
    const query = (all, text) => all.map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`).join("&");
    const asked = [
      ...names.map((name, place) => query([name], TEXTS[(visits + place) % TEXTS.length])),
      query(PARAMETERS, TEXTS[visits % TEXTS.length]), query([NAME], NAME),
    ];
    for (const each of asked) {
      await tab.page.goto(`${path}?${each}`);
      await harmless(tab, `${path}?${each}`);
      visits += 1;
    }
  }
  assert.ok(visits > 200, `${visits}`);
});

test("reflected: nothing that stands in a path runs", async () => {
  const tab = await tabOf("ada");
  for (const text of [...TEXTS, NAME]) {
    const part = encodeURIComponent(text);
    for (const kind of ["", "accounts/", "refunds/", "invoices/", "admin/users/", "admin/roles/", "journal/"]) {
      await tab.page.goto(`/console/${kind}${part}`);
      await harmless(tab, `${kind}${text}`);
    }
  }
});

// Sends the form one is in front of with hostile texts in all that can be filled in, by its first button.
function sendHostile(texts) {
  const form = document.querySelector("main form[method=post]");
  const fields = form ? [...form.querySelectorAll("input, textarea, select")] : [];
  const open = fields.filter(({ type }) => !["hidden", "password", "checkbox", "submit"].includes(type));
  open.forEach((field, place) => {
    const text = texts[place % texts.length];
    if (field.tagName === "SELECT") field.add(new Option(text, text, true, true));
    else if (field.tagName === "INPUT") field.type = "text";
    field.value = text;
  });
  if (open.length === 0) return false;
  form.noValidate = true;
  form.removeAttribute("hx-post");
  HTMLFormElement.prototype.submit.call(form);
  return true;
}

test("reflected: nothing that is sent in a form runs, nor in the refusal that answers it", async () => {
  let sent = 0;
  for (const [path, { who, then }] of paths()) {
    if (then || who === null) continue;
    const tab = await tabOf(who);
    await tab.page.goto(path);
    const texts = [...TEXTS.slice(sent % TEXTS.length), ...TEXTS];
    if (await tab.page.locator("main form[method=post]").count() === 0) continue;
    const loaded = tab.page.waitForEvent("framenavigated").catch(() => null);
    if (!await tab.page.evaluate(sendHostile, texts)) continue;
    assert.ok(await loaded, `${path} took no form`);
    await tab.page.waitForLoadState("load");
    await harmless(tab, `sent to ${path}`);
    sent += 1;
  }
  assert.ok(sent > 20, `${sent}`);
});

test("reflected: nothing that is sent to log in runs", async () => {
  const tab = await tabOf(null);
  for (const text of TEXTS) {
    await tab.page.goto(`/console/login?next=${encodeURIComponent(text)}`);
    await tab.page.getByLabel("User").fill(text);
    await tab.page.getByLabel("Password").fill(text);
    await tab.page.getByRole("button", { name: "Log in" }).click();
    await tab.page.getByRole("alert").waitFor();
    await harmless(tab, `login ${text}`);
  }
});

// Otherwise the silence of the other tests would prove nothing.
test("what runs, and what becomes a part of a page, is noticed", async () => {
  const tab = await tabOf("otto");
  await tab.page.goto("/console");
  await tab.page.evaluate(() => {
    document.querySelector("h1").innerHTML = "<x-h onclick=1></x-h><a href=javascript:alert(1)>x</a><i>\u202Ex</i>";
    document.body.append(Object.assign(document.createElement("script"), { textContent: "alert(1)" }));
  });
  const { wrong } = await tab.page.evaluate(inspect);
  assert.match(wrong.join("\n"), /x-h[^]*javascript[^]*script[^]*turned around/);
  assert.match(tab.complaints.splice(0).join(), /Content Security Policy/);
});
