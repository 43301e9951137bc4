// *Refund Credit Balance*, as its steps stand: ask, look at what it would do, confirm, see it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { credited } from "./books.mjs";
import { open, tab } from "./browser.mjs";
import { team } from "./people.mjs";
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

// Clara, in front of the form for an account with a hundred dollars of credit.
async function form(options) {
  const account = await credited(server.api, "Ada Lovelace Ltd", "100");
  const clara = await tab(browser, server, "clara", options);
  await clara.page.goto(`/console/accounts/${account}`);
  await clara.page.getByRole("link", { name: "Refund credit balance" }).click();
  return { ...clara, account };
}

async function fill(page, amount) {
  await page.getByLabel("Refund method").selectOption("check");
  await page.getByLabel("Amount").fill(amount);
  await page.getByLabel("Reference").fill("chq 4711");
}

const button = (page, name) => page.getByRole("button", { name });
const heading = (page, name) => page.getByRole("heading", { level: 1, name });

// What is left of the credit, and how many refunds there are of this account.
async function left(account) {
  const { available } = await server.api.get(`/api/v1/accounts/${account}`);
  const { refunds } = await server.api.get("/api/v1/refunds?limit=200");
  return { available, refunds: refunds.filter((refund) => refund.account === account).length };
}

async function throughTheSteps({ page, account, close }) {
  assert.equal(await page.getByLabel("Amount").inputValue(), "100.00");
  // Only what belongs to the type that is chosen is asked for.
  const asked = async () => [
    await page.getByLabel("Refund method").isVisible(), await page.getByLabel("Payment method").isVisible(),
  ];
  assert.deepEqual(await asked(), [true, false]);
  await page.getByLabel("Refund type").selectOption("electronic");
  assert.deepEqual(await asked(), [false, true]);
  await page.getByLabel("Refund type").selectOption("external");
  await fill(page, "40");
  await button(page, "Look at what it does").click();
  await heading(page, "Confirm: Refund credit balance").waitFor();
  assert.match(await page.getByRole("main").innerText(), /Customer Cash On Account/);
  assert.deepEqual(await left(account), { available: "100.00", refunds: 0 });
  await button(page, "Change something").click();
  assert.equal(await page.getByLabel("Reference").inputValue(), "chq 4711");
  await button(page, "Look at what it does").click();
  await heading(page, "Confirm: Refund credit balance").waitFor();
  // Reference and comment can wait until one confirms.
  assert.equal(await page.getByLabel("Reference").inputValue(), "chq 4711");
  await page.getByLabel("Comment").fill("as agreed");
  await button(page, "Refund").click();
  await page.waitForURL(/\/console\/refunds\/R-\d+$/);
  const shown = await page.getByRole("main").innerText();
  assert.match(shown, /40\.00 USD of the credit balance[^]*processed[^]*chq 4711[^]*as agreed/);
  assert.deepEqual(await left(account), { available: "60.00", refunds: 1 });
  await close();
}

test("a clerk refunds a credit balance, and looks before", async () => {
  await throughTheSteps(await form());
});

test("without scripts it is the same", async () => {
  await throughTheSteps(await form({ javaScriptEnabled: false }));
});

test("what is wrong is said where it is, and nothing that was typed is lost", async () => {
  const { page, account, complaints } = await form();
  const main = page.getByRole("main");
  await fill(page, "forty");
  await button(page, "Look at what it does").click();
  await main.locator("[aria-invalid]").waitFor();
  assert.equal(await page.getByLabel("Amount").getAttribute("aria-invalid"), "true");
  const [beside] = (await page.getByLabel("Amount").getAttribute("aria-describedby")).split(" ");
  assert.match(await page.locator(`#${beside}`).innerText(), /not a decimal amount/);
  await page.getByLabel("Amount").fill("100.01");
  await button(page, "Look at what it does").click();
  await main.locator("#amount-wrong").getByText("100.01").waitFor();
  assert.equal(await page.getByLabel("Amount").getAttribute("aria-invalid"), "true", "a rule's refusal, too");
  assert.equal(await main.getByRole("alert").count(), 0, "said once");
  assert.equal(await page.getByLabel("Reference").inputValue(), "chq 4711");
  assert.deepEqual(await left(account), { available: "100.00", refunds: 0 });
  assert.match(complaints.join(), /400.*409/);
});

for (const javaScriptEnabled of [true, false]) {
  test(`pressing twice refunds once, with scripts or without: ${javaScriptEnabled}`, async () => {
    const { page, account, close } = await form({ javaScriptEnabled });
    await fill(page, "40");
    await button(page, "Look at what it does").click();
    await button(page, "Refund").dblclick();
    await page.waitForURL(/\/console\/refunds\/R-\d+$/);
    assert.deepEqual(await left(account), { available: "60.00", refunds: 1 });
    await close();
  });
}

test("an answer is lost, one presses again, and sees the refund that was made", async () => {
  const { page, account } = await form({ javaScriptEnabled: false });
  await fill(page, "40");
  await button(page, "Look at what it does").click();
  // The server did it, and the browser never hears of it: a 204 leaves it where it is.
  await page.route(`**/${account}/refund`, async (route) => {
    await route.fetch({ maxRedirects: 0 });
    await route.fulfill({ status: 204 });
  }, { times: 1 });
  const sent = page.waitForResponse((response) => response.status() === 204);
  await button(page, "Refund").click();
  await sent;
  assert.deepEqual(await left(account), { available: "60.00", refunds: 1 });
  await button(page, "Refund").click();
  await page.waitForURL(/\/console\/refunds\/R-\d+$/);
  assert.deepEqual(await left(account), { available: "60.00", refunds: 1 });
});

test("what credit cannot be paid to is greyed, and says why", async () => {
  const gateway = { kind: "stripe", name: "back", unreferenced_credits: true, url: "http://127.0.0.1:9" };
  await server.api.post("/api/v1/gateways", gateway);
  const sandbox = { kind: "sandbox", name: "cards", unreferenced_credits: true, url: "http://127.0.0.1:9" };
  await server.api.post("/api/v1/gateways", sandbox);
  const { page, account, close } = await form();
  const stored = { method_type: "credit_card", token: "pm_back", gateway: "back" };
  const back = await server.api.make("payment_method", `/api/v1/accounts/${account}/payment-methods`, stored);
  const other = { method_type: "credit_card", token: "pm_ok", gateway: "cards" };
  const able = await server.api.make("payment_method", `/api/v1/accounts/${account}/payment-methods`, other);
  await page.reload();
  const method = (number) => page.locator(`#payment_method_id option[value="${number}"]`);
  assert.equal(await method(back).isDisabled(), true);
  const reasons = page.locator("#payment_method_id-why");
  assert.match(await reasons.innerText(), new RegExp(`${back}: Gateway "back" cannot do a non-referenced refund`));
  assert.equal(await method(able).isDisabled(), false);
  await page.getByLabel("Refund type").selectOption("electronic");
  await page.getByLabel("Payment method").selectOption(able);
  await button(page, "Look at what it does").click();
  await heading(page, "Confirm: Refund credit balance").waitFor();
  assert.match(await page.getByRole("main").innerText(), new RegExp(able));
  await close();
});

test("the keyboard is enough", async () => {
  const { page, account, close } = await form();
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.innerText);
  // Tabs from where it is to a field or button; whoever is lost after so many has no way there.
  const go = async (wanted) => {
    for (let tabs = 0; tabs < 40; tabs += 1) {
      await page.keyboard.press("Tab");
      if (await focused() === wanted) return;
    }
    assert.fail(`no way to ${wanted} by Tab`);
  };
  await go("Skip to the content");
  await page.keyboard.press("Enter");
  await go("method_type");
  await page.keyboard.type("ch");
  assert.equal(await page.getByLabel("Refund method").inputValue(), "check");
  await go("amount");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("12.34");
  await page.keyboard.press("Enter");
  await heading(page, "Confirm: Refund credit balance").waitFor();
  await go("Refund");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/console\/refunds\/R-\d+$/);
  assert.deepEqual(await left(account), { available: "87.66", refunds: 1 });
  await close();
});

// A page that answers a form is kept nowhere, so the way back must not lead to one.
test("the browser's own way back after a refund leads to the form as it is then, never to an error", async () => {
  const { page, account, complaints, close } = await form();
  const at = `/console/accounts/${account}/refund`;
  await fill(page, "40");
  await button(page, "Look at what it does").click();
  await heading(page, "Confirm: Refund credit balance").waitFor();
  await button(page, "Refund").click();
  await page.waitForURL(/\/console\/refunds\/R-\d+$/);
  const refund = new URL(page.url()).pathname;
  const answer = await page.goBack();
  assert.deepEqual([answer.status(), answer.request().method(), new URL(page.url()).pathname], [200, "GET", at]);
  assert.equal(await page.getByLabel("Amount").inputValue(), "60.00", "what is left by now");
  await heading(page, "Refund credit balance").waitFor();
  await page.goBack();
  await heading(page, "Refund credit balance").waitFor();
  await page.goBack();
  await heading(page, "Ada Lovelace Ltd").waitFor();
  for (let step = 0; step < 3; step += 1) await page.goForward();
  await page.waitForURL(refund);
  await page.reload();
  assert.deepEqual(await left(account), { available: "60.00", refunds: 1 });
  // Nor after a refusal, or with a look that is loaded again.
  await page.goto(at);
  await fill(page, "900");
  await button(page, "Look at what it does").click();
  await page.locator("#amount-wrong").waitFor();
  assert.match(complaints.splice(0).join(), /^[^;]*status of 409[^;]*$/);
  await page.goto("/console/accounts");
  assert.equal((await page.goBack()).status(), 200);
  await fill(page, "10");
  await button(page, "Look at what it does").click();
  await heading(page, "Confirm: Refund credit balance").waitFor();
  assert.equal((await page.reload()).request().method(), "GET");
  await heading(page, "Refund credit balance").waitFor();
  assert.deepEqual(await left(account), { available: "60.00", refunds: 1 });
  await close();
});
