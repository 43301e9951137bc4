// Every page of the console: what it is called (screenshots, too), its address in the sample business, and who opens
// it; nobody is logged in where `who` is null. A new page is one line here, and every test that walks judges it.
// `status` if the page is an answer to a mistake; `then` if one has to press something to get there.

const preview = (page) => page.getByRole("button", { name: "Look at what it does" }).click();
const previewCheque = async (page) => {
  await page.getByLabel("Refund method").selectOption("check");
  await preview(page);
};

const previewSmallCheque = async (page) => {
  await page.getByLabel("Amount").fill("8.50");
  await page.getByLabel("Reference").fill("chq 4712");
  await previewCheque(page);
};

const named = (rest) => decodeURIComponent(rest).replaceAll(/[^A-Za-z0-9]+/g, "-").toLowerCase();
const of = (kind, name, rest = "") => (books) => `/console/${kind}/${books[kind][name]}${rest}`;

export const PAGES = [
  { name: "login", who: null, path: () => "/console/login" },
  { name: "first-user", who: null, path: () => "/console/first-user" },
  { name: "password", who: "ada", path: () => "/console/password" },
  { name: "home", who: "ada", path: () => "/console" },
  { name: "home-approver", who: "otto", path: () => "/console" },
  { name: "home-nothing-allowed", who: "dora", path: () => "/console" },
  { name: "accounts", who: "ada", path: () => "/console/accounts" },
  { name: "accounts-nothing-found", who: "ada", path: () => "/console/accounts?q=nobody" },
  { name: "accounts-narrowed", who: "ada", path: () => "/console/accounts?status=active&with=credit_balance&currency=usd" },
  { name: "accounts-narrowed-wrong", who: "ada", path: () => "/console/accounts?currency=dollars", status: 400 },
  { name: "invoices-only", who: "dora", path: () => "/console/invoices" },
  ...["invoices", "payments", "refunds", "credit-balance-adjustments"]
    .map((name) => ({ name, who: "ada", path: () => `/console/${name}` })),
  { name: "account", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}` },
  { name: "account-by-day", who: "clara", path: of("accounts", "ada", "?by=day") },
  { name: "account-found", who: "clara", path: of("accounts", "ada", "?find=refund") },
  { name: "account-refunds", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}?tab=refunds` },
  { name: "account-payments", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}?tab=payments` },
  { name: "account-invoices", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}?tab=invoices` },
  { name: "account-adjustments", who: "clara", path: of("accounts", "ada", "?tab=adjustments") },
  { name: "account-methods", who: "clara", path: of("accounts", "ada", "?tab=methods") },
  { name: "account-timeline", who: "clara", path: of("accounts", "ada", "?tab=timeline") },
  { name: "account-explain", who: "clara", path: of("accounts", "ada", "/explain?of=credit_balance") },
  { name: "account-explain-all", who: "clara", path: of("accounts", "ada", "/explain?of=account_balance") },
  { name: "account-statement", who: "clara", path: of("accounts", "ada", "/statement") },
  ...["edit", "personal-data", "gateway", "erase", "new-method"]
    .map((rest) => ({ name: `account-${rest}`, who: "ada", path: of("accounts", "ada", `/${rest}`) })),
  ...["", "/edit", "/close"].map((rest) => ({
    name: `payment-method${rest.replace("/", "-")}`, who: "ada", path: () => `/console/payment-methods/PM-00000001${rest}`,
  })),
  { name: "account-new", who: "ada", path: () => "/console/accounts/new" },
  { name: "invoice-new", who: "ada", path: of("accounts", "ada", "/new-invoice") },
  {
    name: "invoice-new-wrong", who: "ada", path: of("accounts", "ada", "/new-invoice"), then: preview, status: 422,
  },
  { name: "payment-new", who: "ada", path: of("accounts", "ada", "/new-payment") },
  { name: "apply", who: "clara", path: of("accounts", "ada", "/apply") },
  { name: "invoice", who: "clara", path: of("invoices", "open") },
  { name: "invoice-adjust", who: "clara", path: of("invoices", "open", "/adjust") },
  { name: "payment", who: "clara", path: of("payments", "wire") },
  { name: "payment-refund", who: "clara", path: of("payments", "card", "/refund") },
  { name: "adjustment", who: "clara", path: () => "/console/credit-balance-adjustments/CBA-00000001" },
  { name: "account-long-name", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.long}` },
  { name: "account-empty", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.none}` },
  { name: "refund-form", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}/refund` },
  {
    name: "refund-form-wrong", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}/refund`,
    then: preview, status: 422,
  },
  {
    name: "refund-confirm", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}/refund`,
    then: previewCheque,
  },
  {
    name: "refund-confirm-at-once", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}/refund`,
    then: previewSmallCheque,
  },
  { name: "refund-processed", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.card}` },
  { name: "refund-declined", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.declined}` },
  { name: "refund-failed-late", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.late}` },
  { name: "refund-unknown", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.lost}` },
  { name: "refund-waiting", who: "otto", path: ({ refunds }) => `/console/refunds/${refunds.waiting}` },
  { name: "refund-waiting-own", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.waiting}` },
  { name: "refund-to-be-paid", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.toBePaid}` },
  { name: "refund-rejected", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.rejected}` },
  { name: "approvals", who: "otto", path: () => "/console/approvals" },
  {
    name: "approvals-several", who: "otto", path: () => "/console/approvals?tick=all",
    then: (page) => page.getByRole("button", { name: "Look at those I ticked" }).click(),
  },
  {
    name: "approvals-none-ticked", who: "otto", path: () => "/console/approvals", status: 422,
    then: (page) => page.getByRole("button", { name: "Look at those I ticked" }).click(),
  },
  { name: "approvals-own", who: "clara", path: () => "/console/approvals" },
  { name: "to-be-paid", who: "ada", path: () => "/console/to-be-paid" },
  { name: "unknown", who: "ada", path: () => "/console/unknown" },
  { name: "payment-runs", who: "ada", path: () => "/console/payment-runs" },
  { name: "journal", who: "ada", path: () => "/console/journal" },
  { name: "journal-entry", who: "ada", path: () => "/console/journal/JE-00000005" },
  { name: "trial-balance", who: "ada", path: () => "/console/trial-balance" },
  { name: "reconciliation", who: "ada", path: () => "/console/reconciliation" },
  { name: "audit", who: "ada", path: () => "/console/audit" },
  { name: "audit-check", who: "ada", path: () => "/console/audit/check" },
  { name: "audit-found", who: "ada", path: () => "/console/audit?what=refund&who=clara" },
  { name: "events", who: "ada", path: () => "/console/events" },
  { name: "me", who: "ada", path: () => "/console/me" },
  { name: "setup", who: "ada", path: () => "/console/setup" },
  ...["settings", "users", "roles", "policies", "reason-codes", "accounting-codes", "periods", "custom-fields",
    "gateways", "api-clients", "api-keys", "event-endpoints"]
    .map((name) => ({ name: `admin-${name}`, who: "ada", path: () => `/console/admin/${name}` })),
  { name: "admin-reason-codes-found", who: "ada", path: () => "/console/admin/reason-codes?find=refund&sort=1" },
  ...["users", "roles", "policies", "reason-codes", "periods", "custom-fields", "gateways", "api-clients", "api-keys",
    "event-endpoints"]
    .map((name) => ({ name: `admin-${name}-new`, who: "ada", path: () => `/console/admin/${name}/new` })),
  { name: "unknown-paid", who: "ada", path: ({ refunds }) => `/console/unknown/${refunds.lost}/paid` },
  { name: "event", who: "ada", path: ({ event }) => `/console/events/${event}` },
  { name: "me-second-factor", who: "ada", path: () => "/console/me/second-factor" },
  { name: "me-second-factor-confirm", who: "ada", path: () => "/console/me/second-factor/confirm" },
  { name: "me-second-factor-remove", who: "ada", path: () => "/console/me/second-factor/remove" },
  { name: "me-session-end", who: "ada", path: ({ session }) => `/console/me/sessions/${session}/end` },
  ...["roles/Payments%20Standard%20User", "roles/Approver", "policies/Cheques%20over%20ten", "users/clara",
    "users/clara/edit", "users/clara/disable", "users/clara/reset-password", "api-clients/warehouse",
    "api-clients/warehouse/edit", "api-clients/warehouse/revoke", "api-clients/warehouse/roll-secret",
    "api-keys/web%20shop", "api-keys/web%20shop/edit", "api-keys/web%20shop/revoke", "custom-fields/refund/Region__c",
    "gateways/cards", "gateways/cards/edit", "gateways/cards/credentials", "gateways/cards/test", "periods/March",
    "reason-codes/credit_balance_refund/Customer%20Request"]
    .map((rest) => ({ name: `admin-${named(rest)}`, who: "ada", path: () => `/console/admin/${rest}` })),
  ...["", "/edit", "/delete", "/roll-secret", "/test", "/replay", "/deliveries"].map((rest) => ({
    name: `admin-event-endpoint${rest.replace("/", "-")}`, who: "ada",
    path: ({ endpoint }) => `/console/admin/event-endpoints/${endpoint}${rest}`,
  })),
  {
    name: "admin-event-endpoint-retry", who: "ada",
    path: ({ endpoint, event }) => `/console/admin/event-endpoints/${endpoint}/deliveries/${event}/retry`,
  },
  { name: "no-page", who: "ada", path: () => "/console/nothing", status: 404 },
  { name: "not-found", who: "ada", path: () => "/console/accounts/A99999999", status: 404 },
  { name: "not-allowed", who: "dora", path: ({ accounts }) => `/console/accounts/${accounts.ada}`, status: 403 },
];
