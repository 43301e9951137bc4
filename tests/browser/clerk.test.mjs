// What a clerk brings into the books: a customer, an invoice, a payment; and a settlement file, taken over once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { card, credited, refund } from "./books.mjs";
import { open, tab } from "./browser.mjs";
import { team } from "./people.mjs";
import { sandboxFor, serve } from "./program.mjs";

let server, sandbox, browser;

before(async () => {
  server = await serve();
  sandbox = await sandboxFor(server);
  await team(server);
  browser = await open();
});

after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), sandbox?.stop()]);
});

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const go = (page, name) => page.getByRole("link", { name, exact: true }).first().click();

test("from an empty database to a customer with an invoice that is paid, and credit", async () => {
  const { page, complaints, close } = await tab(browser, server, "ada");
  await page.goto("/console/accounts");
  await go(page, "New account");
  await page.getByLabel("Name of the customer").fill("Ada Lovelace Ltd");
  await page.getByLabel("Currency").fill("usd");
  await press(page, "Open the account");
  await page.waitForURL(/\/console\/accounts\/A\d+/);
  await page.getByRole("navigation", { name: "Transactions" }).getByRole("link", { name: "Invoices" }).click();
  await go(page, "New invoice");
  await page.locator('[name="items.0.amount"]').fill("100");
  // While one types the effect is asked for; more rows come all the same, and nothing that was typed is lost.
  await press(page, "More items");
  await page.locator('[name="items.5.amount"]').fill("-20");
  assert.equal(await page.locator('[name="items.0.amount"]').inputValue(), "100");
  await page.locator("#effect", { hasText: "80.00" }).waitFor();
  await press(page, "Look at what it does");
  await press(page, "Make the invoice");
  await page.waitForURL(/\/console\/invoices\//);
  const number = new URL(page.url()).pathname.split("/").pop();
  const invoice = () => server.api.get(`/api/v1/invoices/${number}`);
  assert.equal((await invoice()).balance, "80.00");

  await page.goto(`/console/accounts/${(await invoice()).account}/new-payment`);
  await page.getByLabel("Amount (USD)").fill("100");
  await page.getByLabel("How it came").selectOption("check");
  await page.getByLabel(number).fill("80");
  await page.locator("#effect", { hasText: "20.00" }).waitFor();
  await press(page, "Look at what it does");
  await press(page, "Record the payment");
  await page.waitForURL(/\/console\/payments\//);
  assert.equal((await invoice()).balance, "0.00");
  assert.deepEqual(complaints, []);
  await close();
});

test("a settlement file is chosen, looked at, and taken over once, however often one clicks or loads", async () => {
  const { api } = server;
  const account = await credited(api, "Sakura Paper", "75");
  await card(api, account, "pm_ok", "4242");
  const number = await refund(api, account, { type: "electronic" });
  await api.until(`/api/v1/refunds/${number}`, "processed");
  const order = async () => (await api.get(`/api/v1/refunds/${number}`)).order;
  const rows = Array.from({ length: 400 }, (_, no) => `charge,P-09999999,x_${no},7.00,EUR,settled`);
  const head = "type,reference,gateway_id,amount,currency,status";
  const file = [head, `refund,${number},${(await order()).gateway_id},75.00,USD,settled`, ...rows].join("\n");
  const { page, complaints, close } = await tab(browser, server, "ada");
  await page.goto("/console/reconciliation");
  await page.getByLabel("Gateway").selectOption({ index: 1 });
  const chosen = { name: "settled.csv", mimeType: "text/csv", buffer: Buffer.from(file) };
  await page.getByLabel("Or a settlement file").setInputFiles(chosen);
  await press(page, "Compare");
  await page.getByText("Only looked at: nothing was changed.").waitFor();
  assert.equal((await order()).settlement, "submitted");
  await page.getByRole("button", { name: "Take over 1 transaction" }).dblclick();
  await page.getByRole("heading", { name: "Reconciled" }).waitFor();
  assert.equal((await order()).settlement, "settled");
  const taken = page.locator("dl.figures div", { hasText: "Taken over" }).locator("dd");
  assert.equal(await taken.innerText(), "1");
  const download = page.waitForEvent("download");
  await go(page, "Results (CSV)");
  assert.equal((await download).suggestedFilename(), "reconciliation.csv");
  const newest = async () => (await api.get("/api/v1/journal?limit=1")).entries[0].number;
  const before = await newest();
  await page.reload();
  await page.getByRole("button", { name: "Compare" }).waitFor();
  assert.equal(await newest(), before, "to load the page again leads to the form, and writes nothing again");
  assert.deepEqual(complaints, []);
  await close();
});
