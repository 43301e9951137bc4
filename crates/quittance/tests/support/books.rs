//! What tests of the books say most often.

use serde_json::{Value, json};

use super::{Answer, Api, Server};

impl Server {
    /// A fresh server whose clock stands still at ten o'clock of `date`, UTC.
    pub(crate) fn on(date: &str) -> Self {
        let server = Self::fresh_with(&["--test-clock"]);
        server.api().set_date(date);
        server
    }
}

/// What two answers to the same question have in common: not whether it was done, and by which
/// request.
pub(crate) fn essence(effect: &Value) -> Value {
    let mut effect = effect.clone();
    for field in ["dry_run", "request_id"] {
        effect.as_object_mut().unwrap().remove(field);
    }
    effect
}

/// The text of a field.
#[track_caller]
pub(crate) fn text(value: &Value, field: &str) -> String {
    let found = value[field].as_str();
    found.unwrap_or_else(|| panic!("no text {field:?} in {value}")).to_owned()
}

/// The first document of a type that a command made.
#[track_caller]
pub(crate) fn made(effect: &Value, document_type: &str) -> Value {
    let found = all_made(effect, document_type).into_iter().next();
    found.unwrap_or_else(|| panic!("no {document_type} in {effect}"))
}

/// Every document of a type that a command made.
pub(crate) fn all_made(effect: &Value, document_type: &str) -> Vec<Value> {
    let documents = effect["documents"].as_array().into_iter().flatten();
    documents.filter(|document| document["document_type"] == document_type).cloned().collect()
}

/// The number of the first document of a type that a command made.
#[track_caller]
pub(crate) fn number(effect: &Value, document_type: &str) -> String {
    text(&made(effect, document_type), "number")
}

/// Debits and credits of the journal lines, as `(role, debit or credit, amount)`.
pub(crate) fn lines(effect: &Value) -> Vec<(String, &'static str, String)> {
    let line = |line: &Value| {
        let side = if line.get("debit").is_some() { "debit" } else { "credit" };
        (text(line, "role"), side, text(line, side))
    };
    effect["journal"].as_array().into_iter().flatten().map(line).collect()
}

/// Balances before and after, as `(document, before, after)`.
pub(crate) fn balances(effect: &Value) -> Vec<(String, String, String)> {
    let change =
        |change: &Value| (text(change, "document"), text(change, "before"), text(change, "after"));
    effect["balances"].as_array().into_iter().flatten().map(change).collect()
}

impl Api {
    /// The name of the key that the server made when it started first. Where servers may share a
    /// database, each gives its own a name of its own.
    pub(crate) fn administrator(&self) -> String {
        let keys = self.show("/api/v1/api-keys");
        let names = keys["api_keys"].as_array().unwrap().iter().map(|key| text(key, "name"));
        let mut names = names.filter(|name| name.starts_with("administrator"));
        names.next().unwrap()
    }

    /// Moves the test clock to ten o'clock of `date`, UTC.
    pub(crate) fn set_date(&self, date: &str) {
        let body = json!({"now": format!("{date}T10:00:00Z")});
        self.put("/api/v1/clock", &body).status(200);
    }

    /// Previews a command and then does it: the preview writes nothing, and says all that is done
    /// then. For a server whose clock stands still.
    #[track_caller]
    pub(crate) fn previewed(&self, method: &str, path: &str, body: &Value) -> Value {
        let head = self.head();
        let dry = format!("{path}?dry_run=true");
        let mut preview = self.command(method, &dry, None, body).status(200);
        assert_eq!(preview["dry_run"], true);
        assert_eq!(self.head(), head, "a preview was written");
        let again = self.command(method, &dry, None, body).status(200);
        assert_eq!(essence(&again), essence(&preview));
        // Only a preview looks ahead: what is done is looked at by its own number.
        preview.as_object_mut().unwrap().remove("when_money_moves");
        let done = self.command(method, path, Some(&super::api::fresh_key()), body).done();
        assert_eq!(done["dry_run"], false);
        assert_eq!(essence(&done), essence(&preview));
        assert_ne!(self.head(), head, "nothing was written");
        let entry = self.show(&format!("/api/v1/journal/{}", text(&done, "number")));
        for field in ["documents", "journal", "account", "command", "at", "id"] {
            assert_eq!(entry[field], done[field]);
        }
        done
    }

    /// Every row of a list, walked page by page; each page but the last is full.
    #[track_caller]
    pub(crate) fn walk(&self, path: &str, rows: &str, limit: usize) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.show(&format!("{path}?limit={limit}{cursor}"));
            let found = page[rows].as_array().unwrap();
            all.extend(found.iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => {
                    assert_eq!(found.len(), limit);
                    cursor = format!("&cursor={next}");
                }
                None => return all,
            }
        }
    }

    /// Opens an account and answers its number.
    pub(crate) fn open_account(&self, currency: &str) -> String {
        let body = json!({"name": "Ada Lovelace Ltd", "currency": currency});
        number(&self.post("/api/v1/accounts", &body).done(), "account")
    }

    /// Drafts an invoice of one item, posts it if wanted, and answers its number.
    pub(crate) fn invoice(&self, account: &str, amount: &str, post: bool) -> String {
        let body = json!({"items": [{"amount": amount}], "post": post});
        number(&self.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done(), "invoice")
    }

    /// Posts an invoice of one item and answers its number.
    pub(crate) fn posted(&self, account: &str, amount: &str) -> String {
        self.invoice(account, amount, true)
    }

    /// Transfers `amount` of an invoice to the credit balance.
    pub(crate) fn transfer(&self, invoice: &str, amount: &str) -> Answer {
        let path = format!("/api/v1/invoices/{invoice}/transfer");
        self.post(&path, &json!({"amount": amount}))
    }

    /// An account whose credit balance comes from one negative invoice; its number and the
    /// invoice's.
    pub(crate) fn account_with_credit(&self, amount: &str) -> (String, String) {
        self.account_with_credit_in(amount, "USD")
    }

    /// The same in another currency.
    pub(crate) fn account_with_credit_in(&self, amount: &str, currency: &str) -> (String, String) {
        let account = self.open_account(currency);
        let invoice = self.posted(&account, &format!("-{amount}"));
        self.transfer(&invoice, amount).done();
        (account, invoice)
    }

    /// Applies `amount` of the credit balance to one invoice.
    pub(crate) fn apply(&self, account: &str, invoice: &str, amount: &str) -> Answer {
        let body = json!({"invoices": [{"invoice": invoice, "amount": amount}]});
        self.post(&format!("/api/v1/accounts/{account}/credit-balance/apply"), &body)
    }

    /// Refunds `amount` of the credit balance by cheque.
    pub(crate) fn refund(&self, account: &str, amount: &str) -> Answer {
        let body = json!({"method_type": "check", "amount": amount});
        self.post(&format!("/api/v1/accounts/{account}/credit-balance/refund"), &body)
    }

    /// Records a payment by cheque: `parts` for invoices, `credit` for the credit balance.
    pub(crate) fn pay(
        &self,
        account: &str,
        parts: &[(&str, &str)],
        credit: Option<&str>,
    ) -> Answer {
        let part = |(invoice, amount): &(&str, &str)| json!({"invoice": invoice, "amount": amount});
        let mut body = json!({"method_type": "check"});
        body["applications"] = parts.iter().map(part).collect();
        if let Some(credit) = credit {
            body["credit_balance_amount"] = json!(credit);
        }
        self.post(&format!("/api/v1/accounts/{account}/payments"), &body)
    }

    /// Cancels a credit balance adjustment.
    pub(crate) fn cancel_adjustment(&self, adjustment: &str) -> Answer {
        let path = format!("/api/v1/credit-balance-adjustments/{adjustment}/cancel");
        self.post(&path, &json!({}))
    }

    /// Credit balance, total invoice balance and account balance.
    pub(crate) fn figures(&self, account: &str) -> [String; 3] {
        let shown = self.show(&format!("/api/v1/accounts/{account}"));
        ["credit_balance", "total_invoice_balance", "account_balance"]
            .map(|figure| text(&shown, figure))
    }

    /// The balance of an invoice.
    pub(crate) fn balance(&self, invoice: &str) -> String {
        text(&self.show(&format!("/api/v1/invoices/{invoice}")), "balance")
    }

    /// The number of the last journal entry.
    pub(crate) fn head(&self) -> String {
        let page = self.show("/api/v1/journal?limit=1");
        page["entries"][0]["number"].as_str().unwrap_or("none").to_owned()
    }
}
