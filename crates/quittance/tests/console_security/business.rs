//! Books with one of everything that the console has a page for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::books::{number, text};
use crate::support::console::{Tab, person};
use crate::support::contract::operations;
use crate::support::people::{Browser, PASSWORD};
use crate::support::scene::Scene;
use crate::support::{Api, Server};

/// The name of the customer, which nobody without permission reads anywhere.
pub(crate) const CUSTOMER: &str = "Concealed and Sons";
/// What stands with a refund.
pub(crate) const COMMENT: &str = "whispered in confidence";

/// The books, served.
pub(crate) struct Business {
    pub(crate) scene: Scene,
    /// An administrator: the session of the API and a browser of their own.
    pub(crate) session: Browser,
    pub(crate) ada: Tab,
    /// By the name of a parameter of addresses: what there is of it.
    pub(crate) known: BTreeMap<&'static str, Vec<String>>,
}

impl Business {
    pub(crate) fn new() -> Self {
        let scene = Scene::with(&["--allow-private-endpoints", "--failure-limit", "0"]);
        let session = scene.server.person("ada", &["Administrator"]);
        let mut ada = Tab::new(&scene.server);
        assert_eq!(ada.log_in("ada", PASSWORD, "").goes_to(), "/console");
        let mut known = documents(&scene);
        known.extend(house(&scene.server, &scene.api));
        let listed = ada_sessions(&session);
        known.insert("session", listed);
        Self { scene, session, ada, known }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.scene.server
    }

    /// Somebody with a role that grants these permissions.
    pub(crate) fn person_with(&self, name: &str, permissions: &[&str]) -> Tab {
        let role = json!({"name": name, "permissions": permissions});
        self.scene.api.post("/api/v1/roles", &role).status(201);
        person(self.server(), name, &[name])
    }

    /// All that the API answers an administrator: what was changed differs.
    pub(crate) fn everything(&self) -> BTreeMap<String, Value> {
        // Of these some go on by themselves: counters, and the seals of what was done a moment ago.
        let moving =
            ["/healthz", "/readyz", "/metrics", "/api/v1/audit/head", "/api/v1/audit/check"];
        let mut all = BTreeMap::new();
        for operation in operations() {
            let path = operation.template.as_str();
            if operation.method == "GET" && !path.contains('{') && !moving.contains(&path) {
                let answer = match path {
                    "/api/v1/sessions" | "/api/v1/me" => self.session.get(path),
                    "/api/v1/search" => continue,
                    _ => self.scene.api.get(path),
                };
                all.insert(path.to_owned(), settled(answer.status(200)));
            }
        }
        for (kind, name) in
            [("refunds", "refund"), ("payments", "payment"), ("accounts", "account")]
        {
            for number in &self.known[name] {
                let path = format!("/api/v1/{kind}/{number}");
                all.insert(path.clone(), self.scene.api.show(&path));
            }
        }
        assert!(all.len() > 30, "{}", all.len());
        all
    }

    /// Fails if anything is not as it was.
    #[track_caller]
    pub(crate) fn is_still(&self, before: &BTreeMap<String, Value>) {
        for (path, now) in self.everything() {
            assert_eq!(now, before[&path], "{path} changed");
        }
    }
}

/// Without how far endpoints of events have come, which goes on by itself.
fn settled(mut answer: Value) -> Value {
    for endpoint in answer["event_endpoints"].as_array_mut().into_iter().flatten() {
        for moving in ["position", "lag"] {
            endpoint.as_object_mut().unwrap().remove(moving);
        }
    }
    answer
}

fn ada_sessions(session: &Browser) -> Vec<String> {
    let page = session.get("/api/v1/sessions").status(200);
    let sessions = page["sessions"].as_array().unwrap().iter();
    sessions.map(|it| text(it, "id")).collect()
}

/// Accounts, invoices, payments, and refunds that wait for this or that.
fn documents(scene: &Scene) -> BTreeMap<&'static str, Vec<String>> {
    let api = &scene.api;
    let body = json!({"name": CUSTOMER, "currency": "USD"});
    let account = number(&api.post("/api/v1/accounts", &body).done(), "account");
    let negative = api.posted(&account, "-300");
    let adjustment = number(&api.transfer(&negative, "290").done(), "credit_balance_adjustment");
    let (open, draft) = (api.posted(&account, "50"), api.invoice(&account, "7", false));
    let adjust = json!({"lines": [{"type": "credit", "amount": "1"}]});
    let adjusted = api.post(&format!("/api/v1/invoices/{open}/adjust"), &adjust).done();
    let payment = number(&api.pay(&account, &[(&open, "5")], Some("20")).done(), "payment");
    let card = api.card_with(&account, "pm_timeout_lost");
    let refunds = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let ask = |body: &Value| number(&api.post(&refunds, body).done(), "refund");
    let cheque = json!({"method_type": "check", "amount": "10", "comment": COMMENT});
    let paid = ask(&cheque);
    let lost = ask(&json!({"type": "electronic", "amount": "10"}));
    api.until(&format!("/api/v1/refunds/{lost}"), "unknown");
    // From now on cheques wait for two people, of whom one agrees to the second of them.
    let role = json!({"name": "Lead", "permissions": ["view_payments", "approve_refund"]});
    api.post("/api/v1/roles", &role).status(201);
    let policy = json!({"name": "Large", "when": {"external": true},
        "levels": [{"roles": ["Lead", "Administrator"]}]});
    api.post("/api/v1/approval-policies", &policy).done();
    let (waits, agreed) = (ask(&cheque), ask(&cheque));
    let lea = scene.server.person("lea", &["Lead"]);
    lea.post(&format!("/api/v1/refunds/{agreed}/approve"), &json!({})).done();
    BTreeMap::from([
        ("accounts", vec![account.clone()]),
        ("account", vec![account]),
        ("invoices", vec![negative.clone(), open.clone(), draft.clone()]),
        ("invoice", vec![negative, open, draft]),
        ("credit-balance-adjustments", vec![adjustment.clone()]),
        ("adjustment", vec![adjustment]),
        ("invoice-item-adjustments", vec![number(&adjusted, "invoice_item_adjustment")]),
        ("payments", vec![payment.clone()]),
        ("payment", vec![payment]),
        ("payment-methods", vec![card.clone()]),
        ("method", vec![card]),
        ("refunds", vec![paid.clone(), lost.clone()]),
        ("refund", vec![paid, lost.clone(), waits, agreed]),
        ("document", vec![lost]),
        ("answer", ["paid", "not-paid", "refresh"].map(str::to_owned).to_vec()),
        ("entry", vec!["JE-00000001".to_owned()]),
        // Addresses of no page.
        ("kind", vec!["nothing".to_owned()]),
        ("number", vec!["here".to_owned()]),
        ("deed", vec!["to".to_owned()]),
        ("*rest", vec!["see".to_owned()]),
    ])
}

/// People, programs, and what an administrator arranges.
fn house(server: &Server, api: &Api) -> BTreeMap<&'static str, Vec<String>> {
    let one = |text: &str| vec![text.to_owned()];
    server.make_user("clara", &["Viewer"]);
    let days = json!({"name": "March", "first_day": "2026-03-01", "last_day": "2026-03-31"});
    api.post("/api/v1/accounting-periods", &days).done();
    let field = json!({"object": "refund", "name": "Area__c", "label": "Area", "type": "text",
        "generation": "legacy"});
    api.post("/api/v1/custom-fields", &field).done();
    api.post("/api/v1/api-keys", &json!({"name": "shop", "roles": ["Viewer"]})).status(201);
    api.post("/api/v1/api-clients", &json!({"name": "depot", "roles": ["Viewer"]})).status(201);
    let endpoint = json!({"url": "http://127.0.0.1:9/hooks", "types": ["dispute.closed"]});
    let endpoint = text(&api.post("/api/v1/event-endpoints", &endpoint).status(201), "id");
    let event = text(&api.show("/api/v1/events?limit=1")["events"][0], "id");
    let acts = ["reset-password", "reset-second-factor", "end-sessions", "disable", "enable"];
    BTreeMap::from([
        ("user", one("clara")),
        ("act", acts.map(str::to_owned).to_vec()),
        ("role", one("Lead")),
        ("policy", one("Large")),
        ("category", one("payment_refund")),
        ("code", one("Other")),
        ("period", one("March")),
        ("object", one("refund")),
        ("name", one("Area__c")),
        ("gateway", one("cards")),
        ("key", one("shop")),
        ("client", one("depot")),
        ("endpoint", vec![endpoint]),
        ("event", vec![event]),
        ("file", ["style.css", "console.js"].map(str::to_owned).to_vec()),
    ])
}
