//! Gateways and payment methods for tests.

use serde_json::{Value, json};

use super::Api;
use super::books::{number, text};

/// Where nobody listens. A worker finds that out at once, and nothing moves.
const NOWHERE: &str = "http://127.0.0.1:9";

impl Api {
    /// Configures a sandbox gateway that nobody answers for, and that may pay out without a payment.
    pub(crate) fn gateway(&self, name: &str) {
        self.gateway_of("sandbox", name);
    }

    /// The same of any kind.
    pub(crate) fn gateway_of(&self, kind: &str, name: &str) {
        let body =
            json!({"name": name, "kind": kind, "unreferenced_credits": true, "url": NOWHERE});
        self.post("/api/v1/gateways", &body).done();
    }

    /// Adds a card and answers its number.
    pub(crate) fn card(&self, account: &str) -> String {
        let body = json!({"method_type": "credit_card", "token": "pm_ok_and_long_enough",
            "brand": "Visa", "last_four": "4242", "expiry": "2099-12"});
        self.payment_method(account, &body)
    }

    /// Adds a payment method and answers its number.
    pub(crate) fn payment_method(&self, account: &str, body: &Value) -> String {
        let path = format!("/api/v1/accounts/{account}/payment-methods");
        number(&self.post(&path, body).done(), "payment_method")
    }

    /// Credit balance, what of it is held, and what is available.
    pub(crate) fn credit(&self, account: &str) -> [String; 3] {
        let shown = self.show(&format!("/api/v1/accounts/{account}"));
        ["credit_balance", "held", "available"].map(|field| text(&shown, field))
    }
}
