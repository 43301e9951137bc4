//! Books in memory: decides commands one after the other, with everything loaded.

use jiff::{SignedDuration, Timestamp};
use money::{Amount, Currency, Money};
use receivables::command as c;
use receivables::context::{Context, Numbers};
use receivables::draft::Refusal;
use receivables::evolve::{self, Place};
use receivables::fact::Fact;
use receivables::gateway::{GatewayKind, GatewayName};
use receivables::id::{Numbered, Ref};
use receivables::invoice::ItemKind;
use receivables::order::{
    DeclineCode, GatewaySaid, Meaning, Order, OrderMoved, OrderState, Step, Task, WorkerName,
};
use receivables::payment::MethodType;
use receivables::payment_method::{Expiry, LastFour, Token};
use receivables::refund::RefundType;
use receivables::text::Name;
use receivables::{
    AccountNo, Books, Command, Decision, Document, InvoiceNo, MethodNo, PaymentNo, RefundNo,
    Rejection, Settings, decide,
};

pub(crate) struct House {
    pub(crate) books: Books,
    pub(crate) numbers: Numbers,
    pub(crate) settings: Settings,
    pub(crate) now: Timestamp,
    /// Every fact, for a fold from zero.
    pub(crate) history:
        Vec<(Place, jiff::civil::Date, Vec<Fact>, Vec<receivables::journal::Posting>)>,
}

pub(crate) const CARD: MethodNo = MethodNo(1);
pub(crate) const ACCOUNT: AccountNo = AccountNo(1);

pub(crate) fn usd() -> Currency {
    "USD".parse().unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    text.parse::<Amount>().unwrap().to_money(usd()).unwrap()
}

fn amount(text: &str) -> Option<Amount> {
    Some(text.parse().unwrap())
}

impl House {
    /// A house with two gateways, one account in USD and a card on it.
    pub(crate) fn new(kind: GatewayKind) -> Self {
        let mut house = Self {
            books: Books::default(),
            numbers: Numbers::default(),
            settings: Settings::default(),
            now: "2026-11-26T10:00:00Z".parse().unwrap(),
            history: Vec::new(),
        };
        house.gateway("main", kind, true);
        house.gateway("no credits", GatewayKind::Stripe, false);
        house.account("Ada");
        house.card(ACCOUNT);
        house
    }

    pub(crate) fn gateway(&mut self, name: &str, kind: GatewayKind, unreferenced_credits: bool) {
        self.ok(Command::AddGateway(c::AddGateway {
            name: name.parse().unwrap(),
            kind,
            unreferenced_credits,
            url: None,
            reference_prefix: None,
            concurrency: None,
            per_second: None,
            default: false,
        }));
    }

    pub(crate) fn account(&mut self, name: &str) -> AccountNo {
        self.ok(Command::OpenAccount(c::OpenAccount {
            external_id: None,
            name: Name::try_new(name).unwrap(),
            currency: usd(),
            automatic_transfer: Default::default(),
            automatic_application: Default::default(),
        }));
        AccountNo(self.numbers.account)
    }

    pub(crate) fn method(
        &mut self,
        account: AccountNo,
        method_type: MethodType,
        token: Option<&str>,
    ) -> MethodNo {
        self.ok(Command::AddPaymentMethod(c::AddPaymentMethod {
            account: Ref::to(account),
            method_type,
            token: token.map(|token| Token::try_new(token).unwrap()),
            customer: None,
            gateway: None,
            brand: None,
            last_four: LastFour::new("4242"),
            expiry: method_type.is_card().then(|| Expiry::new(2030, 1).unwrap()),
            default: false,
        }));
        MethodNo(self.numbers.method)
    }

    pub(crate) fn card(&mut self, account: AccountNo) -> MethodNo {
        self.method(account, MethodType::CreditCard, Some("pm_ok"))
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    pub(crate) fn decide(&self, command: &Command) -> Result<Decision, Refusal> {
        decide(&self.books, Context::new(self.now, &self.settings), self.numbers, command)
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, command: Command) -> Vec<Fact> {
        let decision = match self.decide(&command) {
            Ok(decision) => decision,
            Err(refusal) => panic!("{}: {refusal}", command.name()),
        };
        let place = Place { account: decision.account, entry: decision.entry, at: decision.at };
        let today = self.settings.business_date(decision.at);
        for fact in &decision.facts {
            if let Fact::SettingsChanged(settings) = fact {
                self.settings = (**settings).clone();
            }
        }
        self.history.push((place, today, decision.facts.clone(), decision.postings.clone()));
        self.books.absorb(decision.changed);
        for posting in &decision.postings {
            self.books.postings.entry(posting.document).or_default().push(posting.clone());
        }
        self.books.open_invoices = self.books.invoices.values().fold(
            Default::default(),
            |mut open: rustc_hash::FxHashMap<AccountNo, Vec<InvoiceNo>>, invoice| {
                open.entry(invoice.account).or_default().push(invoice.no);
                open
            },
        );
        self.numbers = decision.numbers;
        decision.facts
    }

    #[track_caller]
    pub(crate) fn refused(&self, command: Command) -> Rejection {
        match self.decide(&command) {
            Err(Refusal::Rejected(rejection)) => rejection,
            Err(broken) => panic!("{broken}"),
            Ok(_) => panic!("{} was accepted", command.name()),
        }
    }

    /// Gives the account credit by an external prepayment.
    pub(crate) fn credit(&mut self, account: AccountNo, text: &str) {
        self.ok(Command::RecordPayment(c::RecordPayment {
            account: Ref::to(account),
            amount: None,
            currency: None,
            applications: Vec::new(),
            credit_balance_amount: amount(text),
            method_type: MethodType::Check,
            date: None,
            words: Default::default(),
        }));
    }

    pub(crate) fn invoice(&mut self, account: AccountNo, text: &str) -> InvoiceNo {
        self.ok(Command::CreateInvoice(c::CreateInvoice {
            account: Ref::to(account),
            external_id: None,
            invoice_date: None,
            due_date: None,
            currency: None,
            items: vec![c::NewItem {
                kind: ItemKind::Charge,
                amount: text.parse().unwrap(),
                accounting_code: None,
                sku: None,
                description: None,
                quantity: None,
                unit_price: None,
            }],
            post: true,
        }));
        InvoiceNo(self.numbers.invoice)
    }

    pub(crate) fn refund_credit(&self, text: &str) -> c::RefundCreditBalance {
        c::RefundCreditBalance {
            account: Ref::to(ACCOUNT),
            amount: amount(text),
            currency: None,
            kind: RefundType::Electronic,
            method_type: None,
            method: Some(Ref::to(CARD)),
            gateway: None,
            date: None,
            words: Default::default(),
        }
    }

    /// Places an electronic refund of the credit balance.
    #[track_caller]
    pub(crate) fn refund(&mut self, text: &str) -> Document {
        self.ok(Command::RefundCreditBalance(self.refund_credit(text)));
        RefundNo(self.numbers.refund).document()
    }

    pub(crate) fn refund_of(&self, payment: PaymentNo, text: Option<&str>) -> c::RefundPayment {
        c::RefundPayment {
            payment: Ref::to(payment),
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

    pub(crate) fn charge_for(
        &self,
        invoices: &[InvoiceNo],
        credit: Option<&str>,
    ) -> c::ChargePayment {
        c::ChargePayment {
            account: Ref::to(ACCOUNT),
            method: Some(Ref::to(CARD)),
            gateway: None,
            amount: None,
            currency: None,
            applications: invoices
                .iter()
                .map(|no| c::InvoicePart { invoice: Ref::to(*no), amount: None })
                .collect(),
            credit_balance_amount: credit.and_then(amount),
            words: Default::default(),
        }
    }

    /// Charges the card for invoices, and the gateway says yes.
    #[track_caller]
    pub(crate) fn pay(&mut self, invoices: &[InvoiceNo], credit: Option<&str>) -> PaymentNo {
        self.ok(Command::ChargePayment(self.charge_for(invoices, credit)));
        let payment = PaymentNo(self.numbers.payment);
        self.send(payment.document(), Meaning::Succeeded);
        payment
    }

    pub(crate) fn claim_by(&self, document: Document, worker: &str) -> Command {
        Command::ClaimOrder(c::ClaimOrder {
            order: c::OrderRef::to(document),
            worker: WorkerName::try_new(worker).unwrap(),
            lease: None,
        })
    }

    /// A worker claims what is due; what it is to do.
    #[track_caller]
    pub(crate) fn claim(&mut self, document: Document) -> Option<Task> {
        let facts = self.ok(self.claim_by(document, "w1"));
        facts.iter().find_map(|fact| match fact {
            Fact::OrderMoved(moved) => match &**moved {
                OrderMoved { step: Step::Claimed { task, .. }, .. } => Some(*task),
                _ => None,
            },
            _ => None,
        })
    }

    pub(crate) fn report_of(&self, document: Document, meaning: Meaning) -> c::ReportOrder {
        let order = &self.books.orders[&document];
        c::ReportOrder {
            order: c::OrderRef::to(document),
            attempt: order.attempt,
            source: c::AnswerSource::Call,
            meaning,
            amount: None,
            said: GatewaySaid {
                id: matches!(meaning, Meaning::Succeeded | Meaning::Settled | Meaning::Pending)
                    .then(|| format!("tx_{document}").parse().unwrap()),
                ..GatewaySaid::default()
            },
            retry_after_seconds: None,
        }
    }

    #[track_caller]
    pub(crate) fn report(&mut self, document: Document, meaning: Meaning) {
        self.ok(Command::ReportOrder(self.report_of(document, meaning)));
    }

    /// Claims and reports.
    #[track_caller]
    pub(crate) fn send(&mut self, document: Document, meaning: Meaning) -> Option<Task> {
        let task = self.claim(document);
        self.report(document, meaning);
        task
    }

    /// Waits until it is due, then claims and reports.
    #[track_caller]
    pub(crate) fn later(&mut self, document: Document, meaning: Meaning) -> Option<Task> {
        self.now = self.now.max(self.order(document).due.expect("something is scheduled"));
        self.send(document, meaning)
    }

    pub(crate) fn order(&self, document: Document) -> &Order {
        &self.books.orders[&document]
    }

    pub(crate) fn state(&self, document: Document) -> OrderState {
        self.order(document).state
    }

    /// Credit balance and what of it is available.
    pub(crate) fn figures(&self) -> (String, String) {
        let account = &self.books.accounts[&ACCOUNT];
        (account.credit_balance.to_decimal(), account.available().unwrap().to_decimal())
    }

    pub(crate) fn balance(&self, invoice: InvoiceNo) -> String {
        self.books.invoices[&invoice].balance().unwrap().to_decimal()
    }

    /// Folds the whole history from zero: the states must be those that the decisions left.
    #[track_caller]
    pub(crate) fn check(&self) {
        let mut books = Books::default();
        for (place, today, facts, postings) in &self.history {
            for fact in facts {
                evolve::fact(&mut books, *place, fact).unwrap();
            }
            for posting in postings {
                evolve::posting(&mut books, *place, posting).unwrap();
            }
            evolve::close(&mut books, *place, *today, postings).unwrap();
        }
        assert_eq!(books.accounts, self.books.accounts);
        assert_eq!(books.invoices, self.books.invoices);
        assert_eq!(books.orders, self.books.orders);
        assert_eq!(books.payments, self.books.payments);
        assert_eq!(books.methods, self.books.methods);
        for account in books.accounts.values() {
            let held: i64 = books
                .orders
                .values()
                .filter(|order| order.account == account.no && order.state.is_held())
                .filter(|order| order.refund().is_some() && order.placed.payment.is_none())
                .map(|order| order.placed.amount.minor())
                .sum();
            let voiding: i64 = books
                .orders
                .values()
                .filter(|order| order.account == account.no && order.state == OrderState::Voiding)
                .map(|order| order.landed_credit().unwrap().minor())
                .sum();
            assert_eq!(account.held.minor(), held + voiding, "what is held");
        }
    }
}

pub(crate) fn declined() -> Meaning {
    Meaning::Declined(DeclineCode::Declined)
}

pub(crate) fn named(name: &str) -> GatewayName {
    name.parse().unwrap()
}
