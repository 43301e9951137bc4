// Debian's Chromium without a screen, and people in it.
import { createRequire } from "node:module";

import { PASSWORD } from "./people.mjs";

// The modules lie outside of the sources; `cargo xtask` says where, and only `require` looks there.
const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
export const axe = require("axe-core");

const QUIET = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export const open = () => chromium.launch({ executablePath: "/usr/bin/chromium", args: QUIET });

// Fills in the form of the login.
export async function logIn(page, user, password = PASSWORD) {
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

// A browser of one person (of nobody, if there is no name), on a page of their own. It fails the test at its end if
// anything was complained of on the way: errors of scripts, refusals of the content policy, requests that failed.
export async function tab(browser, server, user, options = {}) {
  const context = await browser.newContext({ baseURL: server.url, ...options });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  if (user) {
    await page.goto("/console/login");
    await logIn(page, user);
    await page.waitForURL("/console");
  }
  const close = async () => {
    await context.close();
    if (complaints.length) throw new Error(`the browser of ${user} complains: ${complaints.join("; ")}`);
  };
  return { page, context, complaints, close };
}

// Whatever the browser complains of from now on.
export function complaintsOf(page) {
  const complaints = [];
  page.on("console", (said) => {
    if (["error", "warning"].includes(said.type())) complaints.push(`${said.text()} (${said.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // What a page still loads is given up when one leaves it, and the first of two presses for the second.
    if (why !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${why}`);
  });
  return complaints;
}
