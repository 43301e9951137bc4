// Takes a picture of every page of the list, in every look, into the directory that is named.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { sample } from "./books.mjs";
import { open } from "./browser.mjs";
import { PAGES } from "./pages.mjs";
import { LOOKS, seenAs, tabs, visit } from "./walk.mjs";

const [directory] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const books = await sample();
const browser = await open();
const people = tabs(browser, books);
for (const entry of PAGES) {
  const tab = await people(entry.who);
  await visit(tab, entry, books);
  for (const look of LOOKS) {
    await seenAs(tab.page, look);
    const path = join(directory, `${entry.name}-${look.look}.png`);
    // A narrow page is seen by scrolling, so its picture is as long as it is.
    await tab.page.screenshot({ path, fullPage: look.look === "narrow" });
  }
}
await browser.close();
await books.stop();
