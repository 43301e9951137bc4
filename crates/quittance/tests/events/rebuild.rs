//! A consumer that knows nothing but events rebuilds every balance of a business.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::support::Api;
use super::support::books::text;
use super::support::random::Random;
use super::support::sample::Sample;
use super::support::sandbox::serve;
use super::{ARGUMENTS, Scene, all_events, until};

/// Figures in minor units.
#[derive(Default)]
struct Rebuilt {
    invoices: BTreeMap<String, i64>,
    credit: BTreeMap<String, i64>,
    /// Per currency and role: debits and credits.
    ledger: BTreeMap<(String, String), (i64, i64)>,
    /// Refunds of a credit balance that are under way: account, amount, and whether it is held.
    orders: BTreeMap<String, (String, i64, bool)>,
}

/// An amount, written with all the decimals of its currency, in minor units.
fn minor(value: &Value) -> i64 {
    value.as_str().unwrap().replace('.', "").parse().unwrap()
}

impl Rebuilt {
    fn fold(&mut self, event: &Value) {
        let data = &event["data"];
        let account = event["account"].as_str().unwrap_or_default();
        match data["document_type"].as_str().unwrap() {
            "journal_entry" => self.journal(account, data),
            "invoice" => {
                self.invoices.insert(text(data, "number"), 0);
            }
            "account" => {
                self.credit.insert(text(data, "number"), 0);
            }
            "order" => {
                let order = (account.to_owned(), minor(&data["amount"]), true);
                self.orders.insert(text(data, "number"), order);
            }
            "order_step" => {
                let state = data["state"].as_str().unwrap();
                let held =
                    ["awaiting_approval", "reserved", "sending", "pending", "unknown", "waiting"];
                self.orders.get_mut(data["number"].as_str().unwrap()).unwrap().2 =
                    held.contains(&state);
            }
            _ => {}
        }
    }

    /// Adds up amounts; the running balances must agree with that at every step.
    fn journal(&mut self, account: &str, data: &Value) {
        for posting in data["postings"].as_array().unwrap() {
            let (amount, currency) = (minor(&posting["amount"]), text(posting, "currency"));
            for (side, sign) in [("debit", 1), ("credit", -1)] {
                let role = text(&posting[side], "role");
                let total = self.ledger.entry((currency.clone(), role.clone())).or_default();
                if sign > 0 {
                    total.0 += amount
                } else {
                    total.1 += amount
                }
                if role == "accounts_receivable" {
                    let invoice = self.invoices.get_mut(posting["invoice"].as_str().unwrap());
                    let invoice = invoice.unwrap();
                    *invoice += sign * amount;
                    assert_eq!(*invoice, minor(&posting["invoice_balance"]), "{posting}");
                }
                if role == "customer_cash_on_account" {
                    let credit = self.credit.get_mut(account).unwrap();
                    *credit -= sign * amount;
                    assert_eq!(*credit, minor(&posting["credit_balance"]), "{posting}");
                }
            }
        }
    }

    fn held(&self, account: &str) -> i64 {
        let ours = self.orders.values().filter(|(whose, _, held)| whose == account && *held);
        ours.map(|(_, amount, _)| amount).sum()
    }

    /// Holds everything against what the API says.
    fn agrees_with(&self, api: &Api) {
        for (account, credit) in &self.credit {
            let shown = api.show(&format!("/api/v1/accounts/{account}"));
            assert_eq!(minor(&shown["credit_balance"]), *credit, "{account}");
            assert_eq!(minor(&shown["held"]), self.held(account), "{account}");
        }
        for (invoice, balance) in &self.invoices {
            let shown = api.show(&format!("/api/v1/invoices/{invoice}"));
            assert_eq!(minor(&shown["balance"]), *balance, "{invoice}");
        }
        let trial = api.show("/api/v1/trial-balance");
        let mut rows = 0;
        for row in trial["lines"].as_array().unwrap() {
            let key = (text(row, "currency"), text(row, "role"));
            let known = self.ledger.get(&key).copied().unwrap_or_default();
            assert_eq!((minor(&row["debit"]), minor(&row["credit"])), known, "{key:?}");
            rows += usize::from(known != (0, 0));
        }
        assert_eq!(rows, self.ledger.len());
    }
}

#[test]
fn a_consumer_rebuilds_all_balances_of_a_business_from_its_events() {
    let sample = Sample::make("23", "25");
    let copy = sample.copy();
    let server = serve(copy.path(), Some(&sample.key()), &ARGUMENTS);
    let api = server.api();
    let mut rebuilt = Rebuilt::default();
    for event in all_events(&api, "") {
        rebuilt.fold(&event);
    }
    assert!(rebuilt.credit.len() == 25 && rebuilt.ledger.len() > 3);
    rebuilt.agrees_with(&api);
}

/// Some business by chance; what is refused leaves no trace.
fn business(api: &Api, accounts: &[String], random: &mut Random, steps: u64) {
    let mut invoices: Vec<(String, String)> = Vec::new();
    for _ in 0..steps {
        let account = &accounts[usize::try_from(random.below(accounts.len() as u64)).unwrap()];
        let amount = format!("{}.{:02}", random.below(90) + 1, random.below(100));
        let theirs = invoices.iter().rev().find(|(whose, _)| whose == account);
        let theirs = theirs.map(|(_, invoice)| invoice.clone());
        match (random.below(7), theirs) {
            (0, _) | (_, None) => {
                let invoice = api.posted(account, &amount);
                invoices.push((account.clone(), invoice));
            }
            (1, _) => {
                let invoice = api.posted(account, &format!("-{amount}"));
                api.transfer(&invoice, &amount).done();
                invoices.push((account.clone(), invoice));
            }
            (2, Some(invoice)) => drop(api.apply(account, &invoice, "1.00")),
            (3, Some(invoice)) => drop(api.pay(account, &[(&invoice, "1.50")], Some("2.25"))),
            (4, _) => drop(api.refund(account, "0.75")),
            (5, _) => {
                let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
                drop(api.post(&path, &json!({"type": "electronic", "amount": "0.50"})));
            }
            (_, _) => {
                let page = api.show("/api/v1/credit-balance-adjustments?limit=1");
                if let Some(number) = page["credit_balance_adjustments"][0]["number"].as_str() {
                    drop(api.cancel_adjustment(number));
                }
            }
        }
    }
}

#[test]
fn what_a_webhook_is_told_rebuilds_a_random_business_with_what_is_held() {
    let scene = Scene::new();
    let api = &scene.api;
    let id = scene.whole_history();
    api.gateway("cards");
    let policy = json!({"name": "all", "when": {}, "levels": [{"roles": ["Administrator"]}]});
    api.post("/api/v1/approval-policies", &policy).status(201);
    let accounts: Vec<String> = (0..6)
        .map(|_| {
            let account = api.open_account("USD");
            api.card(&account);
            account
        })
        .collect();
    business(api, &accounts, &mut Random(7), 120);
    // Nobody agreed, so they wait; one was taken back.
    let orders: Vec<Value> = all_events(api, "&type=approval.requested");
    assert!(orders.len() > 2, "{}", orders.len());
    until(api, &id, |shown| shown["lag"] == 0);
    let all = all_events(api, "");
    let received = scene.receiver.until(|received| received.len() >= all.len());
    let mut rebuilt = Rebuilt::default();
    // Order is kept per account, which is all that balances need.
    for one in &received {
        rebuilt.fold(&one.json());
    }
    assert_eq!(received.len(), all.len());
    let held: i64 = accounts.iter().map(|account| rebuilt.held(account)).sum();
    assert!(held > 0);
    rebuilt.agrees_with(api);
}
