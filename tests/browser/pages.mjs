// Every page of the console: what it is called (screenshots, too), its address in the sample business, and who opens
// it; nobody is logged in where `who` is null. A new page is one line here, and every test that walks judges it.
// `status` if the page is an answer to a mistake; `then` if one has to press something to get there.

const preview = (page) => page.getByRole("button", { name: "Look at what it does" }).click();
const previewCheque = async (page) => {
  await page.getByLabel("Paid by").selectOption("check");
  await preview(page);
};

export const PAGES = [
  { name: "login", who: null, path: () => "/console/login" },
  { name: "password", who: "ada", path: () => "/console/password" },
  { name: "home", who: "ada", path: () => "/console" },
  { name: "home-approver", who: "otto", path: () => "/console" },
  { name: "home-nothing-allowed", who: "dora", path: () => "/console" },
  { name: "accounts", who: "ada", path: () => "/console/accounts" },
  { name: "accounts-nothing-found", who: "ada", path: () => "/console/accounts?q=nobody" },
  { name: "account", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}` },
  { name: "account-refunds", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}?tab=refunds` },
  { name: "account-payments", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}?tab=payments` },
  { name: "account-invoices", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}?tab=invoices` },
  { name: "account-history", who: "clara", path: ({ accounts }) => `/console/accounts/${accounts.ada}?tab=history` },
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
  { name: "refund-processed", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.card}` },
  { name: "refund-declined", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.declined}` },
  { name: "refund-failed-late", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.late}` },
  { name: "refund-unknown", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.lost}` },
  { name: "refund-waiting", who: "otto", path: ({ refunds }) => `/console/refunds/${refunds.waiting}` },
  { name: "refund-waiting-own", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.waiting}` },
  { name: "refund-to-be-paid", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.toBePaid}` },
  { name: "refund-rejected", who: "clara", path: ({ refunds }) => `/console/refunds/${refunds.rejected}` },
  { name: "approvals", who: "otto", path: () => "/console/approvals" },
  { name: "approvals-own", who: "clara", path: () => "/console/approvals" },
  { name: "not-found", who: "ada", path: () => "/console/accounts/A99999999", status: 404 },
  { name: "not-allowed", who: "dora", path: ({ accounts }) => `/console/accounts/${accounts.ada}`, status: 403 },
];
