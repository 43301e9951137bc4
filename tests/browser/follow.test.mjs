// A refund whose gateway does not answer: its page follows it by itself while somebody else says how it ended.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { card, credited, refund } from "./books.mjs";
import { open, tab } from "./browser.mjs";
import { team } from "./people.mjs";
import { sandboxFor, serve } from "./program.mjs";

const DAY = 24 * 60 * 60;

let server, sandbox, browser;

before(async () => {
  server = await serve();
  sandbox = await sandboxFor(server);
  browser = await open();
});

after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), sandbox?.stop()]);
});

// Lets days pass until nobody but a person can say how it ended.
async function untilAPersonIsAsked(number) {
  for (let day = 0; day < 30; day += 1) {
    await sandbox.pass(DAY);
    for (let look = 0; look < 200; look += 1) {
      const { orders } = await server.api.get("/api/v1/orders/queue");
      if (orders.some((order) => order.number === number)) return;
    }
  }
  throw new Error(`${number} does not wait for a person`);
}

test("a refund that timed out is resolved, and its page says so without being loaded again", async () => {
  const { api } = server;
  const account = await credited(api, "Al-Kuwait Textiles W.L.L.", "75");
  await card(api, account, "pm_timeout_lost", "4242");
  const number = await refund(api, account, { type: "electronic" });
  await api.until(`/api/v1/refunds/${number}`, "unknown");
  await sandbox.vanish();
  await untilAPersonIsAsked(number);
  await team(server);
  const clara = await tab(browser, server, "clara");
  await clara.page.goto(`/console/refunds/${number}`);
  await clara.page.evaluate(() => { globalThis.theSamePage = true; });
  const state = clara.page.locator("p.lead .badge");
  assert.equal(await state.innerText(), "unknown");

  const ada = await tab(browser, server, "ada");
  await ada.page.goto("/console/unknown");
  await ada.page.locator(`a[href="/console/unknown/${number}/paid"]`).click();
  await ada.page.getByLabel("How you know").fill("Seen in the gateway's console");
  await ada.page.getByRole("button", { name: "Look at what it does" }).click();
  await ada.page.locator("button[value=confirm]").click();
  await ada.page.waitForURL(/\/console\/unknown/);

  await state.filter({ hasText: "processed" }).waitFor();
  assert.equal(await clara.page.evaluate(() => globalThis.theSamePage), true, "it was not loaded again");
  assert.deepEqual(clara.complaints, []);
  assert.equal((await api.get(`/api/v1/accounts/${account}`)).credit_balance, "0.00");
  await clara.close();
  await ada.close();
});
