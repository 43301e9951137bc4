//! What is done on a stage, and what is seen of it: commands, time, the books, the gateway's ledger.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::{Actor, Failure, IdempotencyKey, Outcome, Request};
use gateway::{Action, Instruction, Method, PaymentRef};
use gateway_http::{Limits, Wire};
use jiff::SignedDuration;
use receivables::command as c;
use receivables::fact::Fact;
use receivables::gateway::GatewayKind;
use receivables::id::{Numbered, Ref};
use receivables::invoice::ItemKind;
use receivables::order::{Order, OrderState};
use receivables::payment::MethodType;
use receivables::payment_method::LastFour;
use receivables::refund::RefundType;
use receivables::{AccountNo, Command, Document, InvoiceNo, MethodNo, PaymentNo, Rejection};
use serde_json::{Value, json};

use crate::stage::{Stage, dialect};

pub(crate) const ACCOUNT: AccountNo = AccountNo(1);
pub(crate) const INVOICE: InvoiceNo = InvoiceNo(1);
pub(crate) const PAYMENT: PaymentNo = PaymentNo(1);
/// How often time may pass until an order must be over.
const ROUNDS_MAX: usize = 60;

fn amount(text: &str) -> Option<money::Amount> {
    Some(text.parse().unwrap())
}

impl Stage {
    /// A gateway, an account with a card, an invoice, and its payment, which moved the money.
    pub(crate) async fn begin(&self) {
        self.begin_with_invoice().await;
        self.ok(Command::ChargePayment(self.charge())).await;
        self.round().await;
        let state = self.state(PAYMENT.document());
        assert_eq!(state, OrderState::Processed, "{:?}", self.order(PAYMENT.document()));
        if self.setup.settled {
            self.control("/_sim/settle", &json!({})).await;
        }
    }

    pub(crate) async fn begin_with_invoice(&self) {
        self.gateway("main", &self.url, true).await;
        self.ok(Command::OpenAccount(c::OpenAccount {
            external_id: None,
            name: "Ada".parse().unwrap(),
            currency: self.setup.currency.parse().unwrap(),
            automatic_transfer: Default::default(),
            automatic_application: Default::default(),
        }))
        .await;
        self.card(self.setup.token).await;
        self.ok(Command::CreateInvoice(c::CreateInvoice {
            account: Ref::to(ACCOUNT),
            external_id: None,
            invoice_date: None,
            due_date: None,
            currency: None,
            items: vec![c::NewItem {
                kind: ItemKind::Charge,
                amount: self.setup.amount.parse().unwrap(),
                accounting_code: None,
                sku: None,
                description: None,
                quantity: None,
                unit_price: None,
            }],
            post: true,
        }))
        .await;
    }

    /// Adds a gateway of the kind of this test, with its credentials.
    pub(crate) async fn gateway(&self, name: &str, url: &str, default: bool) {
        self.ok(Command::AddGateway(c::AddGateway {
            name: name.parse().unwrap(),
            kind: self.kind,
            unreferenced_credits: true,
            url: Some(url.parse().unwrap()),
            reference_prefix: None,
            concurrency: None,
            per_second: None,
            default,
        }))
        .await;
        let settings = self.reader.settings().unwrap();
        let gateway = settings.gateways.last().unwrap();
        let now = self.engine.clock().now();
        let secret = self.gateways.seal(gateway, &self.credentials(), now).unwrap();
        self.engine.put_gateway_secret(secret).await.unwrap();
    }

    /// Changes the gateway of the payment.
    pub(crate) async fn change_gateway(&self, active: Option<bool>, url: Option<&str>) {
        self.ok(Command::ChangeGateway(c::ChangeGateway {
            gateway: "main".parse().unwrap(),
            active,
            unreferenced_credits: None,
            url: url.map(|url| url.parse().unwrap()),
            concurrency: None,
            per_second: None,
            default: None,
        }))
        .await;
    }

    /// Adds a card.
    pub(crate) async fn card(&self, token: &str) -> MethodNo {
        let customer = (self.kind == GatewayKind::AuthorizeNet).then(|| "7001".parse().unwrap());
        let outcome = self
            .ok(Command::AddPaymentMethod(c::AddPaymentMethod {
                account: Ref::to(ACCOUNT),
                method_type: MethodType::CreditCard,
                token: Some(token.parse().unwrap()),
                customer,
                gateway: None,
                brand: None,
                last_four: LastFour::new("4242"),
                expiry: None,
                default: false,
            }))
            .await;
        let added = outcome.entry.facts.iter().find_map(|fact| match fact {
            Fact::PaymentMethodAdded(method) => Some(method.no),
            _ => None,
        });
        added.unwrap()
    }

    pub(crate) fn charge(&self) -> c::ChargePayment {
        c::ChargePayment {
            account: Ref::to(ACCOUNT),
            method: Some(Ref::to(MethodNo(1))),
            gateway: None,
            amount: None,
            currency: None,
            applications: vec![c::InvoicePart { invoice: Ref::to(INVOICE), amount: None }],
            credit_balance_amount: None,
            words: Default::default(),
        }
    }

    /// The command that refunds the payment, or a part of it, to where it came from.
    pub(crate) fn refund_of(&self, text: Option<&str>) -> c::RefundPayment {
        c::RefundPayment {
            payment: Ref::to(PAYMENT),
            amount: text.and_then(amount),
            currency: None,
            parts: Vec::new(),
            kind: RefundType::Electronic,
            method_type: None,
            method: None,
            gateway: None,
            override_dispute: false,
            date: None,
            adjust: false,
            words: Default::default(),
        }
    }

    /// Gives the account credit by a cheque, and places a refund of a part of it to its card.
    pub(crate) async fn refund_of_credit(&self, credit: &str, text: &str) -> Document {
        self.ok(Command::RecordPayment(c::RecordPayment {
            account: Ref::to(ACCOUNT),
            amount: None,
            currency: None,
            applications: Vec::new(),
            credit_balance_amount: amount(credit),
            method_type: MethodType::Check,
            date: None,
            words: Default::default(),
        }))
        .await;
        let command = c::RefundCreditBalance {
            account: Ref::to(ACCOUNT),
            amount: amount(text),
            currency: None,
            kind: RefundType::Electronic,
            method_type: None,
            method: Some(Ref::to(MethodNo(1))),
            gateway: None,
            date: None,
            words: Default::default(),
        };
        refund_in(&self.ok(Command::RefundCreditBalance(command)).await)
    }

    /// The credit balance, and what of it is available.
    pub(crate) fn credit(&self) -> (String, String) {
        let account = self.reader.account(ACCOUNT).unwrap().unwrap();
        (account.credit_balance.to_decimal(), account.available().unwrap().to_decimal())
    }

    /// The same, recorded as paid out by cheque.
    pub(crate) fn external(&self, text: &str) -> Command {
        let mut command = self.refund_of(Some(text));
        (command.kind, command.method_type) = (RefundType::External, Some(MethodType::Check));
        Command::RefundPayment(command)
    }

    /// Places a refund of a part of the payment.
    pub(crate) async fn refund(&self, text: &str) -> Document {
        self.place(self.refund_of(Some(text))).await
    }

    /// Places a refund.
    pub(crate) async fn place(&self, command: c::RefundPayment) -> Document {
        refund_in(&self.ok(Command::RefundPayment(command)).await)
    }

    /// What the books make of a command.
    pub(crate) async fn tell(&self, command: Command) -> Result<Outcome, Rejection> {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        self.tell_as(command, &format!("test {number}")).await
    }

    /// The same under a key of one's own.
    pub(crate) async fn tell_as(&self, command: Command, key: &str) -> Result<Outcome, Rejection> {
        let key = IdempotencyKey::try_new(key).unwrap();
        let name = command.name();
        match self
            .engine
            .execute(Request::new(command, key, Actor::program(Arc::from("test")), "test"))
            .await
        {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Rejected(rejection)) => Err(rejection),
            Err(failure) => panic!("{name}: {failure}"),
        }
    }

    pub(crate) async fn ok(&self, command: Command) -> Outcome {
        let name = command.name();
        self.tell(command).await.unwrap_or_else(|rejection| panic!("{name}: {rejection}"))
    }

    pub(crate) async fn refused(&self, command: Command) -> Rejection {
        let name = command.name();
        match self.tell(command).await {
            Err(rejection) => rejection,
            Ok(_) => panic!("{name} was accepted"),
        }
    }

    /// Time passes here and there.
    pub(crate) async fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.control("/_sim/advance", &json!({"seconds": seconds})).await;
    }

    /// The worker does what is due.
    pub(crate) async fn round(&self) -> usize {
        self.worker.round().await
    }

    /// Time passes until nothing more is planned for an order.
    pub(crate) async fn settle_down(&self, document: Document) -> Order {
        for _ in 0..ROUNDS_MAX {
            let order = self.order(document);
            let Some(due) = order.due else { return order };
            let wait = due.duration_since(self.engine.clock().now());
            if wait.is_positive() {
                self.pass(wait.as_secs() + 1).await;
            }
            if self.round().await == 0 {
                self.pass(30).await;
            }
        }
        panic!("it is never over: {:?}", self.order(document));
    }

    /// The sandbox sends its webhooks.
    pub(crate) async fn flush(&self) {
        self.control("/_sim/webhooks/flush", &json!({})).await;
    }

    pub(crate) fn order(&self, document: Document) -> Order {
        self.reader.order(document).unwrap().unwrap()
    }

    pub(crate) fn state(&self, document: Document) -> OrderState {
        self.order(document).state
    }

    /// What of the payment can still be refunded.
    pub(crate) fn refundable(&self) -> String {
        let payment = self.reader.payment(PAYMENT).unwrap().unwrap();
        payment.refundable_on(INVOICE).unwrap().to_decimal()
    }

    /// What moved at the gateway under the reference of a document: the sum, and in how many steps.
    pub(crate) async fn moved(&self, document: Document) -> (String, usize) {
        let path = format!("/_sim/ledger?reference={document}&dialect={}", dialect(self.kind));
        let ledger = self.look(&path).await;
        let entries = ledger["data"].as_array().unwrap();
        assert!(entries.len() <= 1, "{entries:?}");
        entries.first().map_or_else(
            || ("0".to_owned(), 0),
            |entry| {
                let total = entry["total"].as_str().unwrap().to_owned();
                (total, entry["moves"].as_array().unwrap().len())
            },
        )
    }

    /// Asserts what moved.
    pub(crate) async fn assert_moved(&self, document: Document, total: &str, steps: usize) {
        assert_eq!(self.moved(document).await, (total.to_owned(), steps), "{document}");
    }

    /// Asserts where a refund ended, and what really moved.
    pub(crate) async fn assert_paid_once(&self, document: Document, text: &str) {
        let order = self.order(document);
        assert_eq!(order.state, OrderState::Processed, "{order:?}");
        self.assert_moved(document, &format!("-{text}"), 1).await;
    }

    /// What is in the till of the gateway after all.
    pub(crate) async fn till(&self) -> String {
        let path = format!("/_sim/ledger?dialect={}", dialect(self.kind));
        let totals = self.look(&path).await;
        totals["totals"][self.setup.currency].as_str().unwrap().to_owned()
    }

    /// The requests that were to move money for a document, as they went over the wire.
    pub(crate) async fn sent(&self, document: Document) -> Vec<Value> {
        let requests = self.look(&format!("/_sim/requests?reference={document}")).await;
        let moves = |request: &&Value| {
            let text = |name: &str| request[name].as_str().unwrap_or_default();
            let path = text("path");
            let ends = ["/refunds", "/credits", "/payment_intents", "/charges", "/payments"];
            text("method") == "POST"
                && (ends.iter().any(|end| path.ends_with(end))
                    || text("body").contains("createTransactionRequest"))
        };
        requests["data"].as_array().unwrap().iter().filter(moves).cloned().collect()
    }

    /// Somebody else, with the same books, sends the instruction of an order.
    pub(crate) async fn send_behind_its_back(&self, document: Document) {
        let order = self.order(document);
        let settings = self.reader.settings().unwrap();
        let gateway = settings.gateways.first().unwrap().clone();
        let gateways = Arc::clone(&self.gateways);
        let connector = tokio::task::spawn_blocking(move || gateways.connector(&gateway).unwrap());
        let connector = connector.await.unwrap();
        let paid = self.order(PAYMENT.document());
        let executed = paid.executed.unwrap();
        let method = self.reader.method(order.placed.method).unwrap().unwrap().method;
        let instruction = Instruction {
            key: order.key(1),
            reference: document.to_string(),
            account: order.account.to_string(),
            amount: order.placed.amount,
            action: Action::Refund {
                payment: PaymentRef {
                    id: executed.id.unwrap().to_string(),
                    second_id: executed.second_id.map(|id| id.to_string()),
                    amount: paid.placed.amount,
                },
                method: Method {
                    method_type: method.method_type,
                    token: method.token.unwrap().to_string(),
                    customer: method.customer.map(|customer| customer.to_string()),
                    last_four: method.last_four.map(|digits| digits.to_string()),
                },
            },
        };
        let wire = Wire::new(&self.url, Limits::default()).unwrap();
        let now = self.engine.clock().now();
        let outcome = wire.converse(|so_far| connector.send(&instruction, now, so_far)).await;
        assert!(matches!(outcome, Ok(gateway::Outcome::Succeeded(_))), "{outcome:?}");
    }
}

/// The refund that a decision made.
pub(crate) fn refund_in(outcome: &Outcome) -> Document {
    let made = outcome.entry.facts.iter().find_map(|fact| match fact {
        Fact::Refunded(refund) => Some(refund.no.document()),
        _ => None,
    });
    made.unwrap()
}
