// Opens pages of the list, and looks at them: barriers, width, weight, links.
import { axe, tab } from "./browser.mjs";

// The most that a page and all it needs may weigh, in bytes: a second on a slow mobile line.
export const BYTES_MAX = 100_000;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDE = { width: 1280, height: 800 };
// The smallest screen that is still sold, in CSS pixels.
const NARROW = { width: 375, height: 812 };

// How a page is looked at: the name goes into the names of screenshots.
export const LOOKS = [
  { look: "light", colorScheme: "light", size: WIDE },
  { look: "dark", colorScheme: "dark", size: WIDE },
  { look: "narrow", colorScheme: "light", size: NARROW },
];

// A tab of each person of the list, opened when it is first asked for.
export function tabs(browser, books) {
  const known = new Map();
  return async (who) => {
    if (!known.has(who)) known.set(who, await tab(browser, books, who));
    return known.get(who);
  };
}

// Goes to a page with an empty cache. What it loads, and what is loaded on the way there: bytes over the wire; and
// milliseconds until the server answered.
export async function visit({ page, context, complaints }, { path, status = 200, then }, books) {
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  const responses = [];
  const seen = (response) => responses.push(response);
  page.on("response", seen);
  let document = await page.goto(path(books));
  if (then) [document] = await Promise.all([page.waitForNavigation(), then(page)]);
  await page.waitForLoadState("load");
  page.off("response", seen);
  await devtools.detach();
  if (document.status() !== status) throw new Error(`${path(books)}: ${document.status()} instead of ${status}`);
  // A browser complains of every status above 399, of those that were expected, too.
  if (status >= 400) complaints.splice(0);
  const sizes = await Promise.all(responses.map((response) => response.request().sizes()));
  const bytes = sizes.reduce((sum, size) => sum + size.responseHeadersSize + size.responseBodySize, 0);
  const { requestStart, responseStart } = document.request().timing();
  return { bytes, milliseconds: responseStart - requestStart };
}

// The same page as another look sees it.
export async function seenAs(page, { colorScheme, size }) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(size);
}

// What of a page is wider than the place it has, and so seen by scrolling sideways only.
export function cutOff(page) {
  return page.evaluate(() => [...document.querySelectorAll("main, .card, table")]
    .filter((it) => it.scrollWidth > it.clientWidth + 1)
    .map((it) => `${it.tagName} ${it.scrollWidth} in ${it.clientWidth}`));
}

// What keeps people with disabilities out, a line each.
export async function barriers(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate((values) =>
    globalThis.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
  const line = ({ target, failureSummary }) => `${target.join(" ")} ${failureSummary.replaceAll(/\s+/g, " ")}`;
  return found.violations.map(({ id, help, nodes }) => `${id}, ${help}: ${nodes.map(line).join(" | ")}`);
}

export const widthOf = (page) => page.evaluate(() => document.documentElement.scrollWidth);

// Where the links of a page lead to, without those within it.
export const linksOf = (page) => page.evaluate(() =>
  [...document.querySelectorAll("a[href]")]
    .map((link) => new URL(link.href))
    .filter((link) => link.pathname !== location.pathname || link.search !== location.search)
    .map((link) => link.pathname + link.search));
