// People who log in.
import { Api } from "./api.mjs";

export const FIRST = "given by somebody else";
export const PASSWORD = "a long walk by the sea";

// Makes a user who has to change a password that somebody else gave them.
export const newcomer = (server, name, roles, more = {}) =>
  server.api.post("/api/v1/users", { name, roles, password: FIRST, ...more });

// Makes a user with a password of their own; a client with their session.
export async function person(server, name, roles, more = {}) {
  await newcomer(server, name, roles, more);
  const anyone = new Api(server.url, {});
  const { headers, body } = await anyone.send("POST", "/api/v1/login", { user: name, password: FIRST });
  const session = { cookie: headers.get("set-cookie").split(";")[0], "x-csrf-token": body.csrf_token };
  const theirs = new Api(server.url, session);
  await theirs.post("/api/v1/password", { current: FIRST, new: PASSWORD });
  return theirs;
}

// Makes those that tests need: an administrator, a clerk, one who approves, and one who may do next to nothing. Clients
// with their sessions.
export async function team(server) {
  await server.api.post("/api/v1/roles", {
    name: "Approver",
    permissions: ["view_accounts", "view_payments", "view_invoices", "view_journal", "approve_refund"],
  });
  await server.api.post("/api/v1/roles", {
    name: "Payouts", permissions: ["credit_balance_electronic_refund"],
  });
  await server.api.post("/api/v1/roles", { name: "Door", permissions: ["view_invoices"] });
  return {
    ada: await person(server, "ada", ["Administrator"]),
    clara: await person(server, "clara", ["Payments Standard User", "Payouts"]),
    otto: await person(server, "otto", ["Approver"]),
    dora: await person(server, "dora", ["Door"]),
  };
}
