//! The Stripe connector against a mock of Stripe that other people wrote, npm's `stripe-stateful-mock`: an
//! independent reading of the same documentation. It knows charges and refunds, not PaymentIntents.
//! `cargo xtask test` installs it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gateway::{
    Action, Carried, Connector, Credentials, DeclineCode, Finding, HttpMethod, HttpRequest,
    Instruction, Method, MoneyState, Outcome, PaymentRef, Question, Secret,
};
use gateway_http::{Limits, Wire};
use gateway_stripe::StripeConnector;
use jiff::Timestamp;
use money::Money;
use receivables::payment::MethodType;
use serde_json::Value;

/// Starts the mock on a port of its own and says which.
const START: &str = "const app = require('stripe-stateful-mock').createExpressApp(); \
    const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));";
const SECRET: &str = "sk_test_mock";
/// Long after anything was sent: a search that finds nothing is conclusive.
const LATER: Timestamp = Timestamp::MAX;

/// The mock as a process, and a connector that speaks to it.
struct Stripe {
    child: Child,
    wire: Wire,
    connector: StripeConnector,
}

impl Drop for Stripe {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where `cargo xtask` puts Node.js modules.
fn modules() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let modules = target.join("xtask/judges-node/node_modules");
    assert!(
        modules.join("stripe-stateful-mock").is_dir(),
        "stripe-stateful-mock is not in {}; run `cargo xtask test`, or only `cargo xtask judges`",
        modules.display()
    );
    modules
}

impl Stripe {
    fn start() -> Self {
        let mut node = Command::new("node");
        node.args(["-e", START]).env("NODE_PATH", modules()).stdin(Stdio::null());
        let mut child = node.stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let wire = Wire::new(&format!("http://127.0.0.1:{}", port.trim()), Limits::default());
        let secrets = [("secret_key", SECRET), ("webhook_secret", "whsec_1")];
        let secrets = secrets.map(|(name, text)| (name.to_owned(), Secret::new(text.to_owned())));
        let connector = gateway_stripe::connector(&Credentials(secrets.into()), None).unwrap();
        Self { child, wire: wire.unwrap(), connector }
    }

    /// A charge of 100.00 USD, made by hand.
    async fn charge(&self) -> String {
        let request = HttpRequest {
            method: HttpMethod::Post,
            path: "/v1/charges".to_owned(),
            headers: vec![
                ("authorization".to_owned(), format!("Bearer {SECRET}")),
                ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ],
            body: "amount=10000&currency=usd&source=tok_visa".to_owned(),
        };
        let Carried::Reply(reply) = self.wire.carry(&request).await else { panic!("no reply") };
        let made: Value = serde_json::from_str(&reply.body).unwrap();
        made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    async fn send(&self, instruction: &Instruction) -> Outcome {
        let done = self.wire.converse(|so_far| self.connector.send(instruction, LATER, so_far));
        done.await.unwrap()
    }

    async fn look_up(&self, instruction: &Instruction, gateway_id: Option<&str>) -> Finding {
        let question = Question {
            instruction: instruction.clone(),
            gateway_id: gateway_id.map(str::to_owned),
            sent_at: Timestamp::UNIX_EPOCH,
            now: LATER,
        };
        self.wire.converse(|so_far| self.connector.look_up(&question, so_far)).await.unwrap()
    }
}

fn usd(amount: &str) -> Money {
    amount.parse::<money::Amount>().unwrap().to_money("USD".parse().unwrap()).unwrap()
}

/// A refund of (part of) a charge.
fn refund(charge: &str, number: u32, amount: &str) -> Instruction {
    let method = Method {
        method_type: MethodType::CreditCard,
        token: "pm_1".to_owned(),
        customer: None,
        last_four: Some("4242".to_owned()),
    };
    let payment = PaymentRef { id: charge.to_owned(), second_id: None, amount: usd("100.00") };
    Instruction {
        key: format!("key-{number}"),
        reference: format!("R-{number:08}"),
        account: "A-00000001".to_owned(),
        amount: usd(amount),
        action: Action::Refund { payment, method },
    }
}

fn id_of(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Succeeded(receipt) => receipt.gateway_id.clone(),
        other => panic!("{other:?}"),
    }
}

fn declined(outcome: &Outcome) -> DeclineCode {
    match outcome {
        Outcome::Declined(decline) => decline.reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refund_is_made_once_whatever_is_sent_again() {
    let stripe = Stripe::start();
    let charge = stripe.charge().await;
    let first = refund(&charge, 1, "40.00");
    assert_eq!(stripe.look_up(&first, None).await, Finding::NotFound { conclusive: true });
    let made = id_of(&stripe.send(&first).await);
    assert_eq!(id_of(&stripe.send(&first).await), made, "the same key, the same refund");
    let another = Instruction { key: "key-2".to_owned(), ..refund(&charge, 2, "40.00") };
    let second = id_of(&stripe.send(&another).await);
    assert_ne!(second, made);
    for (instruction, id) in [(&first, &made), (&another, &second)] {
        for known in [None, Some(id.as_str())] {
            match stripe.look_up(instruction, known).await {
                Finding::Found { state: MoneyState::Succeeded, receipt } => {
                    assert_eq!(&receipt.gateway_id, id);
                    assert_eq!(receipt.amount, Some(usd("40.00")));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn what_stripe_refuses_moves_nothing() {
    let stripe = Stripe::start();
    let charge = stripe.charge().await;
    let most = id_of(&stripe.send(&refund(&charge, 1, "80.00")).await);
    let too_much = refund(&charge, 2, "20.01");
    let refused = declined(&stripe.send(&too_much).await);
    assert_eq!(stripe.look_up(&too_much, None).await, Finding::NotFound { conclusive: true });
    id_of(&stripe.send(&refund(&charge, 3, "20.00")).await);
    let nothing_left = declined(&stripe.send(&refund(&charge, 4, "1.00")).await);
    let nowhere = declined(&stripe.send(&refund("ch_nowhere", 5, "1.00")).await);
    assert_eq!(
        (refused, nothing_left, nowhere),
        (DeclineCode::ExceedsRefundable, DeclineCode::AlreadyRefunded, DeclineCode::PaymentUnknown)
    );
    // The same key with other contents is a mistake of ours, never another refund.
    let mixed = Instruction { key: "key-1".to_owned(), ..refund(&charge, 1, "79.00") };
    assert!(!matches!(stripe.send(&mixed).await, Outcome::Succeeded(_)));
    match stripe.look_up(&refund(&charge, 1, "80.00"), Some(&most)).await {
        Finding::Found { state: MoneyState::Succeeded, .. } => {}
        other => panic!("{other:?}"),
    }
}
