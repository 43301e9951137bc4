// Every page of the list, as people with different eyes, devices and lines meet it.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { sample } from "./books.mjs";
import { open } from "./browser.mjs";
import { PAGES } from "./pages.mjs";
import { BYTES_MAX, LOOKS, barriers, cutOff, linksOf, seenAs, tabs, visit, widthOf } from "./walk.mjs";

const SOURCES = new URL("../../crates/web-console/src/", import.meta.url);
// What the console serves beside pages.
const NO_PAGES = ["/console/assets/{file}", "/console/refunds/{refund}/follow"];

let books, browser, people;
const weights = [];
const links = new Map();

before(async () => {
  books = await sample();
  browser = await open();
  people = tabs(browser, books);
});

after(async () => {
  await browser?.close();
  await books?.stop();
});

for (const entry of PAGES) {
  test(`the page ${entry.name} is open to everybody, fits, and is light`, async () => {
    const tab = await people(entry.who);
    const { page, complaints } = tab;
    const weight = await visit(tab, entry, books);
    weights.push({ page: entry.name, bytes: weight.bytes, "server ms": Math.round(weight.milliseconds) });
    for (const look of LOOKS) {
      await seenAs(page, look);
      assert.deepEqual(await barriers(page), [], `barriers, ${look.look}`);
      assert.ok(await widthOf(page) <= look.size.width, `wider than its screen, ${look.look}`);
      // On a narrow screen tables are scrolled; on a desk nothing of them is cut off.
      if (look.look === "light") assert.deepEqual(await cutOff(page), [], "cut off");
    }
    for (const link of await linksOf(page)) links.set(`${entry.who} ${link}`, { entry, link });
    // Taken out, so that the next page of this person does not answer for this one.
    assert.deepEqual(complaints.splice(0), []);
    assert.ok(weight.bytes < BYTES_MAX, `${weight.bytes} bytes`);
  });
}

// Looked up in the source, because a page that nobody thought of listing is judged by no other test.
test("every page of the console is in the list", async () => {
  const files = (await readdir(SOURCES, { recursive: true })).filter((name) => name.endsWith(".rs"));
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, SOURCES), "utf8")));
  const routes = [...texts.join().matchAll(/\.route\(\s*"([^"]+)",\s*(?:get|form_at)\(/g)].map(([, route]) => route);
  assert.ok(routes.length > NO_PAGES.length, "routes are written in another way by now");
  const listed = PAGES.map(({ path }) => path(books).split("?")[0]);
  const isListed = (route) => {
    const pattern = new RegExp(`^${route.replaceAll(/\{[^}]*\}/g, "[^/]+")}$`);
    return listed.some((path) => pattern.test(path));
  };
  assert.deepEqual(routes.filter((route) => !NO_PAGES.includes(route) && !isListed(route)), []);
});

test("no link of these pages leads nowhere", async () => {
  for (const { entry, link } of links.values()) {
    const { context } = await people(entry.who);
    const answer = await context.request.get(link);
    assert.ok(answer.ok(), `${link} on ${entry.name}: ${answer.status()}`);
  }
});

test("what pages weigh, and how long the server took", () => {
  console.table(weights);
  assert.equal(weights.length, PAGES.length);
});

// Otherwise the silence of the other tests would prove nothing.
test("barriers, and what the content policy refuses, are noticed", async () => {
  const tab = await people("otto");
  const { page, complaints } = tab;
  await visit(tab, { path: () => "/console" }, books);
  await page.evaluate(() => {
    document.querySelector("h1").setAttribute("style", "color: red");
    document.body.append(document.createElement("img"));
  });
  assert.match((await barriers(page)).join(), /image-alt/);
  const complaint = complaints.splice(0).join();
  assert.match(complaint, /Content Security Policy/);
});
