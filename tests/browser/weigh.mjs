// What every page of the list weighs, and how long the server takes for it, on books that are named (see program.mjs):
// a part of the documentation. Time is written down, never asserted.
import { writeFile } from "node:fs/promises";

import { sample } from "./books.mjs";
import { open } from "./browser.mjs";
import { PAGES } from "./pages.mjs";
import { BYTES_MAX, tabs, visit } from "./walk.mjs";

const [visits, history, file] = process.argv.slice(2);
// What a page may take at the median: the aim that is written down beside it.
const MILLISECONDS = 50;
// So many refunds of one account are a long history even here.
const ARRAYS = 20;
const ARRAY = 1000;
// So many rows stand in the documentation.
const SHOWN = 15;

// A customer who has been paid back every day for years.
async function busy(api) {
  const { number } = (await api.get("/api/v1/accounts?limit=1")).accounts[0];
  await api.make("payment", `/api/v1/accounts/${number}/payments`, {
    method_type: "wire_transfer", credit_balance_amount: "1000000",
  });
  for (let array = 0; array < ARRAYS; array += 1) {
    const one = (_, index) => ({
      idempotency_key: `busy-${array}-${index}`, operation: "refund_credit_balance", account: number,
      body: { method_type: "check", amount: "0.01" },
    });
    const done = await api.post("/api/v1/batch", { commands: Array.from({ length: ARRAY }, one) });
    if (done.accepted !== ARRAY) throw new Error(JSON.stringify(done.results[0]));
  }
  return number;
}

const median = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];

const books = await sample();
const number = await busy(books.api);
const listed = await books.api.get(`/api/v1/credit-balance-adjustments?account=${number}&limit=1`);
const adjustment = listed.credit_balance_adjustments[0].number;
const first = (await books.api.get("/api/v1/accounts/A00000001")).number;
const more = [
  ["search-common", "/console/accounts?q=customer"], ["search-rare", "/console/accounts?q=customer+4711"],
  ["search-letters", "/console/accounts?q=cu"], ["search-number", "/console/accounts?q=4711&typing=true"],
  ["journal-account", `/console/journal?account=${first}`], ["journal-lines", "/console/journal?show=lines"],
  ["journal-who", "/console/journal?who=bench"], ["journal-who-sorted", "/console/journal?who=nobody&sort=1"],
  ["journal-sorted", "/console/journal?sort=1"], ["journal-until", "/console/journal?code=Bank&until=2000-01-01"],
  ["accounts-sorted", "/console/accounts?sort=-3"], ["refunds-sorted", "/console/refunds?sort=-8"],
  ["refunds-found-nothing", "/console/refunds?find=nothing-like-this"], ["refunds-error", "/console/refunds?status=error"],
  ...[["many", number], ["some", first]].flatMap(([name, account]) => [
    ["", ""], ["-refunds", "?tab=refunds"], ["-timeline", "?tab=timeline"], ["-explain", "/explain?of=credit_balance"],
    ["-refund-form", "/refund"],
  ].map(([what, rest]) => [`account-${name}${what}`, `/console/accounts/${account}${rest}`])),
  // Its history is looked for among those of all the others.
  ["adjustment-many", `/console/credit-balance-adjustments/${adjustment}`],
  // The other has more than a statement shows.
  ["account-some-statement", `/console/accounts/${first}/statement`],
].map(([name, path]) => ({ name, who: "ada", path: () => path }));

const browser = await open();
const people = tabs(browser, books);
const rows = [];
for (const entry of [...PAGES, ...more]) {
  const tab = await people(entry.who);
  const seen = [];
  for (let count = 0; count < Number(visits); count += 1) seen.push(await visit(tab, entry, books));
  const [bytes, milliseconds] = ["bytes", "milliseconds"].map((what) => median(seen.map((one) => one[what])));
  rows.push({ name: entry.name, bytes, milliseconds });
}
await browser.close();
await books.stop();

const heavy = rows.filter(({ bytes }) => bytes >= BYTES_MAX);
const slow = rows.filter(({ milliseconds }) => milliseconds >= MILLISECONDS);
const kilobytes = (bytes) => (bytes / 1000).toFixed(0);
const of = (what) => rows.map((row) => row[what]);
rows.sort((one, other) => other.milliseconds - one.milliseconds);
const lines = [
  `On ${new Date().toISOString().slice(0, 10)}: a release build on books with ${Number(history).toLocaleString("en")} refunds of 100,000`
  + ` accounts, the sample of the tests, and an account with ${(ARRAYS * ARRAY).toLocaleString("en")} refunds; ${rows.length} addresses,`
  + ` each visited ${visits} times in Chromium with an empty cache, on the two cores of the server. Of the server's time, the middle page`
  + ` took ${median(of("milliseconds")).toFixed(1)} ms and weighs ${kilobytes(median(of("bytes")))} KB; under 100 KB:`
  + ` ${rows.length - heavy.length}; under ${MILLISECONDS} ms at the median: ${rows.length - slow.length}. The slowest:`,
  "",
  "| Page | KB | ms until the server answered, median |",
  "| --- | ---: | ---: |",
  ...rows.slice(0, SHOWN).map(({ name, bytes, milliseconds }) => `| ${name} | ${kilobytes(bytes)} | ${milliseconds.toFixed(1)} |`),
];
await writeFile(file, lines.join("\n"));
console.table(rows);
if (heavy.length) throw new Error(`heavier than ${BYTES_MAX} bytes: ${heavy.map(({ name }) => name)}`);
