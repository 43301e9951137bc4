//! What the scenarios of electronic refunds ask of the sandbox gateway and of the books.

use std::path::Path;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::sandbox::{GATEWAY, Sandbox, serve};
use super::{Api, Server};

/// A server whose clock stands still at ten o'clock of 2026-03-02, with the sandbox in its books.
pub(crate) fn server_with(sandbox: &Sandbox, directory: &Path, arguments: &[&str]) -> Server {
    let server = serve(directory, None, arguments);
    let api = server.api();
    api.set_date("2026-03-02");
    api.living_gateway(sandbox);
    sandbox.tell(
        "/_sim/webhooks",
        &json!({"dialect": "plain", "url": format!("{}/webhooks/{GATEWAY}", server.url),
            "secret": super::sandbox::WEBHOOK_SECRET, "enabled": true, "auto": false}),
    );
    server
}

/// Such a server, with the sandbox beside it.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) server: Server,
    pub(crate) api: Api,
    pub(crate) directory: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// The same, with further arguments for the server.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(directory.path(), "2026-03-02T10:00:00Z".parse().unwrap());
        let server = server_with(&sandbox, directory.path(), arguments);
        let api = server.api();
        Self { sandbox, server, api, directory }
    }
}

impl Sandbox {
    /// What money it really moved for a reference, in all, and in how many movements; positive is
    /// towards the merchant.
    #[track_caller]
    pub(crate) fn moved(&self, reference: &str) -> (usize, String) {
        let rows = self.ledger().into_iter().filter(|row| row["reference"] == reference);
        match rows.collect::<Vec<_>>().as_slice() {
            [] => (0, "0".to_owned()),
            [row] => {
                let moves = row["moves"].as_array().unwrap().len();
                (moves, row["total"].as_str().unwrap().to_owned())
            }
            several => panic!("one reference, {} rows", several.len()),
        }
    }

    /// Lets time pass on both sides: at the gateway, and on the test clock of the server.
    pub(crate) fn pass(&self, api: &Api, seconds: i64) {
        let by = SignedDuration::from_secs(seconds);
        self.advance(by);
        let now: jiff::Timestamp =
            api.show("/api/v1/clock")["now"].as_str().unwrap().parse().unwrap();
        api.set_clock(now.checked_add(by).unwrap());
    }
}

impl Api {
    /// Adds a card with a token and answers its number.
    pub(crate) fn card_with(&self, account: &str, token: &str) -> String {
        let body = json!({"method_type": "credit_card", "token": token});
        self.payment_method(account, &body)
    }

    /// Looks at a refund or payment until it, or its settlement, is `state`.
    #[track_caller]
    pub(crate) fn until(&self, path: &str, state: &str) -> Value {
        let mut shown = Value::Null;
        for _ in 0..5_000 {
            shown = self.show(path);
            let order = &shown["order"];
            if [&shown["state"], &order["state"], &order["settlement"]].contains(&&json!(state)) {
                return shown;
            }
        }
        panic!("{path} is not {state}: {shown}");
    }
}
