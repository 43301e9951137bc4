// Tasks of clerks and administrators, as the steps of the field's documentation stand (domain 4.2 and 6).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { account, credited, invoice } from "./books.mjs";
import { open, tab } from "./browser.mjs";
import { person, team } from "./people.mjs";
import { serve } from "./program.mjs";

let server, browser;

before(async () => {
  server = await serve();
  await team(server);
  browser = await open();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const go = (page, name) => page.getByRole("link", { name, exact: true }).first().click();
const balance = async (number) => (await server.api.get(`/api/v1/invoices/${number}`)).balance;

// The effect stands there while one fills in the form, and again to be confirmed.
async function confirm(page, button) {
  await page.locator("#effect table").first().waitFor();
  await press(page, "Look at what it does");
  await press(page, button);
}

test("a negative invoice is transferred, the credit is canceled, and the offered Charge settles the invoice", async () => {
  const customer = await account(server.api, "Ada Lovelace Ltd");
  const number = await invoice(server.api, customer, "-100");
  const { page, complaints, close } = await tab(browser, server, "clara");
  await page.goto(`/console/invoices/${number}`);
  await go(page, "Transfer to the credit balance");
  await confirm(page, "Transfer to the credit balance");
  await page.getByText("Done.").waitFor();
  assert.equal(await balance(number), "0.00");
  await page.goto(`/console/accounts/${customer}`);
  await page.getByRole("link", { name: /^Cancel CBA-/ }).click();
  await page.getByLabel("Settle the reopened invoice").uncheck();
  await confirm(page, "Cancel credit balance");
  await page.waitForURL(/\/console\/invoices\/.*\/adjust\?how=settle/);
  assert.equal(await balance(number), "-100.00");
  await confirm(page, "Adjust");
  await page.getByText("Done.").waitFor();
  assert.equal(await balance(number), "0.00");
  assert.deepEqual(complaints, []);
  await close();
});

test("credit is split over invoices, and what is left is said while one types", async () => {
  const customer = await credited(server.api, "Grace Hopper Inc", "100");
  const one = await invoice(server.api, customer, "70");
  const other = await invoice(server.api, customer, "50");
  const { page, complaints, close } = await tab(browser, server, "clara");
  await page.goto(`/console/accounts/${customer}`);
  await go(page, "Apply credit to invoices");
  await page.getByLabel(one).fill("60");
  await page.getByLabel(other).fill("45.5");
  await page.getByText("Left after this: -5.50 USD").waitFor();
  await page.getByLabel(other).fill("15.5");
  await page.getByText("Left after this: 24.50 USD").waitFor();
  await confirm(page, "Apply");
  await page.getByText("Done.").waitFor();
  assert.deepEqual([await balance(one), await balance(other)], ["10.00", "34.50"]);
  assert.deepEqual(complaints, []);
  await close();
});

test("an administrator gives a role the electronic refund of credit, and a clerk then has the choice", async () => {
  await person(server, "carl", ["Payments Standard User"]);
  const customer = await credited(server.api, "Mary Shelley plc", "10");
  const carl = await tab(browser, server, "carl");
  const electronic = carl.page.locator("#type option[value=electronic]");
  await carl.page.goto(`/console/accounts/${customer}/refund`);
  assert.equal(await electronic.isDisabled(), true, "off by default");

  const { page, complaints, close } = await tab(browser, server, "ada");
  await page.goto("/console");
  await go(page, "Administration");
  await go(page, "Roles");
  await go(page, "New role");
  await page.getByLabel("Name").fill("Electronic payouts");
  await page.locator("input[value=credit_balance_electronic_refund]").check();
  await page.locator("#form button[type=submit]").click();
  await page.goto("/console/admin/users/carl/edit");
  await page.getByLabel("Electronic payouts").check();
  await page.locator("#form button[type=submit]").click();
  await page.getByText("Saved.").waitFor();
  assert.deepEqual(complaints, []);
  await close();

  await carl.page.reload();
  assert.equal(await electronic.isDisabled(), false, "assigned");
  await carl.close();
});

test("accounts are found as one types", async () => {
  const customer = await account(server.api, "Zuse Rechenmaschinen");
  const { page, complaints, close } = await tab(browser, server, "clara");
  await page.goto("/console/accounts");
  await page.getByRole("searchbox").pressSequentially("rechen");
  await page.locator("#found").getByText("Zuse Rechenmaschinen").waitFor();
  await go(page, customer);
  await page.getByRole("heading", { name: "Zuse Rechenmaschinen" }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});
