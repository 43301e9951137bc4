// People who log in, and two of them in two browsers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { credited, refund } from "./books.mjs";
import { logIn, open, tab } from "./browser.mjs";
import { FIRST, PASSWORD, newcomer, team } from "./people.mjs";
import { serve } from "./program.mjs";

let server, browser, people;

before(async () => {
  server = await serve();
  people = await team(server);
  browser = await open();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("one logs in, sees what was asked for, and logs out", async () => {
  const { page, context, complaints } = await tab(browser, server, null);
  await page.goto("/console/accounts?q=nobody");
  assert.equal(new URL(page.url()).pathname, "/console/login");
  await logIn(page, "ada", "not the password");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("User").inputValue(), "ada");
  assert.match(complaints.splice(0).join(), /401/);
  await logIn(page, "ada");
  await page.waitForURL("/console/accounts?q=nobody");
  // The refusal is past; the way back leads to the form.
  assert.equal((await page.goBack()).status(), 200);
  await page.getByLabel("Password").waitFor();
  await page.goForward();
  await page.waitForURL("/console/accounts?q=nobody");
  const [session] = await context.cookies();
  assert.deepEqual([session.httpOnly, session.sameSite], [true, "Strict"]);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("/console/login");
  assert.deepEqual(await context.cookies(), []);
  // Not even by the button of the browser.
  await page.goBack();
  await page.waitForURL(/\/console\/login\?next=/);
  assert.deepEqual(complaints, []);
});

test("a first password is changed before anything else", async () => {
  await newcomer(server, "nora", ["Viewer"]);
  const { page, close } = await tab(browser, server, null);
  await page.goto("/console/login");
  await logIn(page, "nora", FIRST);
  await page.waitForURL("/console/password");
  await page.goto("/console/accounts");
  assert.equal(new URL(page.url()).pathname, "/console/password");
  await page.getByLabel("Password so far").fill(FIRST);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.waitForURL("/console");
  await close();
});

test("a refund that waits is approved by somebody else, in another browser", async () => {
  const account = await credited(server.api, "Ada Lovelace Ltd", "100");
  await server.api.post("/api/v1/approval-policies", {
    name: "Cheques", when: { external: true }, levels: [{ roles: ["Approver"] }],
  });
  const number = await refund(people.clara, account, { method_type: "check", amount: "30" });
  const clara = await tab(browser, server, "clara");
  await clara.page.goto(`/console/refunds/${number}`);
  assert.equal(await clara.page.getByRole("button", { name: "Approve" }).count(), 0);
  const otto = await tab(browser, server, "otto");
  await otto.page.getByRole("link", { name: "Work" }).click();
  await otto.page.getByRole("link", { name: "Approve or reject" }).click();
  await otto.page.getByRole("button", { name: "Approve" }).click();
  await otto.page.getByText("To be paid by hand").waitFor();
  await clara.page.reload();
  await clara.page.getByLabel("Reference of the payment").fill("chq 1");
  await clara.page.getByRole("button", { name: "It is paid" }).click();
  await clara.page.getByText("processed").first().waitFor();
  assert.equal((await server.api.get(`/api/v1/accounts/${account}`)).available, "70.00");
  await clara.close();
  await otto.close();
});
