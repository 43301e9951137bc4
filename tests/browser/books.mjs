// A sample business, made over the JSON door: something of everything that a page can show.
import { team } from "./people.mjs";
import { sandboxFor, serve } from "./program.mjs";

const DAY = 24 * 3600;

export const account = (api, name, currency = "USD") =>
  api.make("account", "/api/v1/accounts", { name, currency });

export const invoice = (api, account, amount, more = {}) =>
  api.make("invoice", `/api/v1/accounts/${account}/invoices`, { items: [{ amount, ...more }], post: true });

// Texts as most people write them.
const AS_IT_IS = (text) => text;

// An account whose credit balance comes from one negative invoice.
export async function credited(api, name, amount, currency = "USD", write = AS_IT_IS) {
  const number = await account(api, write(name), currency);
  const item = { description: write("Returned goods"), sku: write("RET-1") };
  const negative = await invoice(api, number, `-${amount}`, item);
  await api.post(`/api/v1/invoices/${negative}/transfer`, { comment: write("Goods came back") });
  return number;
}

export const card = (api, account, token, last_four) =>
  api.make("payment_method", `/api/v1/accounts/${account}/payment-methods`, {
    method_type: "credit_card", token, brand: "Visa", last_four, expiry: "2099-12", default: true,
  });

export const refund = (api, account, body) =>
  api.make("refund", `/api/v1/accounts/${account}/credit-balance/refund`, body);

// Invoices, payments, and cheques that nobody has to approve yet.
async function byHand(api, write) {
  const ada = await credited(api, "Ada Lovelace Ltd", "250", "USD", write);
  const open = await invoice(api, ada, "120", { description: write("Engine, analytical"), quantity: "2", unit_price: "60" });
  const paid = await invoice(api, ada, "80", { tax: "15.20", description: write("Punched cards") });
  const payment = await api.make("payment", `/api/v1/accounts/${ada}/payments`, {
    method_type: "wire_transfer", applications: [{ invoice: paid }], credit_balance_amount: "54.80",
    reference: write("SEPA 2026-03-02/17"), comment: write("Paid more than was due"),
  });
  await api.post(`/api/v1/accounts/${ada}/credit-balance/apply`, { invoices: [{ invoice: open, amount: "45" }] });
  const cheque = await refund(api, ada, {
    method_type: "check", amount: "60", reference: write("chq 4711"), comment: write("As she asked on the phone"),
    reason_code: "Standard Refund",
  });
  await api.post(`/api/v1/accounts/${ada}/invoices`, { items: [{ amount: "19.90", description: write("Not posted yet") }] });
  return { accounts: { ada }, invoices: { open, paid }, payments: { wire: payment }, refunds: { cheque } };
}

// What a gateway was asked: done, declined, failed late, and one of which nobody knows. At the end it is out of reach.
async function electronic(api, sandbox, books, write) {
  const { accounts, refunds, payments } = books;
  const all = { type: "electronic" };
  const asked = async (name, token, currency, amount) => {
    const number = await credited(api, name, amount, currency, write);
    await card(api, number, token, "4242");
    return { number, refund: await refund(api, number, all) };
  };
  await card(api, accounts.ada, "pm_ok", "4242");
  refunds.card = await refund(api, accounts.ada, { ...all, amount: "25.50", reason_code: "Customer Request" });
  await api.until(`/api/v1/refunds/${refunds.card}`, "processed");
  const due = await invoice(api, accounts.ada, "33");
  payments.card = await api.make("payment", `/api/v1/accounts/${accounts.ada}/payments/charge`, {
    applications: [{ invoice: due }],
  });
  await api.until(`/api/v1/payments/${payments.card}`, "processed");
  const declined = await asked("Nordwind Großhandel GmbH & Co. KG", "pm_declined", "EUR", "1234.56");
  await api.until(`/api/v1/refunds/${declined.refund}`, "declined");
  const late = await asked("Sakura Paper", "pm_late_fail", "JPY", "9800");
  await api.until(`/api/v1/refunds/${late.refund}`, "processed");
  await sandbox.pass(DAY);
  await sandbox.flush();
  await api.until(`/api/v1/refunds/${late.refund}`, "failed_late");
  const lost = await asked("Al-Kuwait Textiles W.L.L.", "pm_timeout_lost", "KWD", "75.125");
  await api.until(`/api/v1/refunds/${lost.refund}`, "unknown");
  await sandbox.vanish();
  await sandbox.pass(2 * DAY);
  Object.assign(accounts, { declined: declined.number, late: late.number, lost: lost.number });
  Object.assign(refunds, { declined: declined.refund, late: late.refund, lost: lost.refund });
}

// Cheques over ten wait for somebody else from now on: one waits, one is approved, one is rejected.
async function approvals(api, people, books, write) {
  const { accounts, refunds } = books;
  await api.post("/api/v1/approval-policies", {
    name: "Cheques over ten", when: { external: true, currency: "USD", amount_over: "10" },
    levels: [{ roles: ["Approver", "Administrator"] }],
  });
  const ask = (amount, comment) => refund(people.clara, accounts.ada, { method_type: "check", amount, comment: write(comment) });
  refunds.waiting = await ask("40", "Moved away, wants a cheque");
  refunds.toBePaid = await ask("20", "Second cheque");
  refunds.rejected = await ask("15", "Asked for twice");
  await people.otto.post(`/api/v1/refunds/${refunds.toBePaid}/approve`, { comment: write("Looked at it") });
  await people.otto.post(`/api/v1/refunds/${refunds.rejected}/reject`, { comment: write("It was paid last week") });
}

// What an administrator arranges.
async function house(api, ada, books, write) {
  await api.post("/api/v1/accounting-periods", { name: "March", first_day: "2026-03-01", last_day: "2026-03-31" });
  await api.post("/api/v1/custom-fields", {
    object: "refund", name: "Region__c", label: write("Region"), type: "picklist",
    values: [write("north"), write("south")],
    generation: "legacy",
  });
  await api.post("/api/v1/api-keys", { name: "web shop", roles: ["Payments Standard User"] });
  await api.post("/api/v1/api-clients", { name: "warehouse", roles: ["Viewer"] });
  // It listens to what never happens here, so that nothing is sent.
  const endpoint = { url: "http://127.0.0.1:9/hooks", types: ["dispute.closed"], description: write("A ledger") };
  books.endpoint = (await api.post("/api/v1/event-endpoints", endpoint)).id;
  books.event = (await api.get("/api/v1/events?limit=1")).events[0].id;
  books.session = (await ada.get("/api/v1/sessions")).sessions[0].id;
}

// The business in the books of `server`. What hostile people or long-winded ones write is in it, too.
async function business(server, sandbox, write) {
  const { api } = server;
  const books = await byHand(api, write);
  await electronic(api, sandbox, books, write);
  const long = "A company whose name goes on and on, as names of companies sometimes do, (Holding) AG";
  books.accounts.long = await credited(api, long, "1234567.89", "USD", write);
  books.accounts.none = await account(api, "<b>Nothing</b> \"happened\" & yet");
  // Sessions end when time passes, so people come last.
  const people = await team(server);
  await approvals(api, people, books, write);
  await house(api, people.ada, books, write);
  return { ...books, people };
}

// The business, served; every text that people write in it goes through `write`.
export async function sample(write = AS_IT_IS) {
  const server = await serve();
  const sandbox = await sandboxFor(server);
  const stop = () => Promise.all([server.stop(), sandbox.stop()]);
  try {
    return { ...await business(server, sandbox, write), url: server.url, api: server.api, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
