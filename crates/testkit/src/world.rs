use std::path::Path;
use std::sync::Arc;

use engine::{Actor, Clock, Engine, Failure, IdempotencyKey, Outcome, Reader, Request, TestClock};
use jiff::{SignedDuration, Timestamp};
use money::Money;
use receivables::command::{InvoicePart, OpenAccount};
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::invoice::{Invoice, Item};
use receivables::{
    AccountNo, AdjustmentNo, Command, Entry, EntryNo, InvoiceNo, Kind, PaymentNo, Settings,
};

use crate::command::{self as say, bill, part};
use crate::place::{Opened, Place};
use crate::snapshot::last_number;
use crate::{Answer, Snapshot, audit};

/// The instant every world begins at: Monday noon, UTC.
const BEGINNING: &str = "2026-03-02T12:00:00Z";

/// A fresh database, a clock that stands still, an engine and a reader.
#[derive(Debug)]
pub struct World {
    /// The clock; move it with [`World::later`].
    pub clock: Arc<TestClock>,
    /// The engine.
    pub engine: Engine,
    /// The reader.
    pub reader: Arc<dyn Reader>,
    keys: u64,
    // Dropped last: the database is in use up to then.
    place: Place,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

fn start(opened: Opened, clock: &Arc<TestClock>) -> (Engine, Arc<dyn Reader>) {
    let clock: Arc<dyn Clock> = Arc::<TestClock>::clone(clock);
    let engine = Engine::start(opened.store, clock).unwrap();
    (engine, opened.reader)
}

impl World {
    /// An empty world in the store that `QUITTANCE_TEST_STORE` names: `sqlite` (if it names none) or
    /// `postgres`.
    pub fn new() -> Self {
        Self::begin(Place::fresh())
    }

    /// An empty world in a SQLite file, whichever store is chosen, for tests about the file.
    pub fn on_sqlite_file(path: &Path) -> Self {
        Self::begin(Place::file(path))
    }

    fn begin(place: Place) -> Self {
        let begin: Timestamp = BEGINNING.parse().unwrap();
        Self::at_place(place, begin, 0, |_| {})
    }

    fn at_place(place: Place, at: Timestamp, keys: u64, prepare: impl FnOnce(&mut Opened)) -> Self {
        let clock = Arc::new(TestClock::at(at));
        let mut opened = place.open();
        prepare(&mut opened);
        let (engine, reader) = start(opened, &clock);
        Self { clock, engine, reader, keys, place }
    }

    /// Stops cleanly, which writes every balance back, and opens the database again.
    pub fn reopen(&mut self) {
        self.engine.stop();
        (self.engine, self.reader) = start(self.place.open(), &self.clock);
    }

    /// A world on what a crash would leave now: nothing was written back, nothing let go of.
    #[must_use]
    pub fn crashed(&self) -> Self {
        Self::at_place(self.place.after_a_crash(), self.clock.now(), self.keys, |_| {})
    }

    /// A world whose history was read in from this one, `chunk` entries at a time.
    #[must_use]
    pub fn imported(&self, chunk: usize) -> Self {
        let entries = self.entries();
        Self::at_place(Place::fresh(), self.clock.now(), self.keys, |opened| {
            for entries in entries.chunks(chunk) {
                let store = opened.store.as_mut();
                engine::import_history(store, entries, engine::Gaps::Refused).unwrap();
            }
        })
    }

    /// Moves the clock.
    pub fn later(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }

    /// The next generated key.
    pub fn next_key(&mut self) -> IdempotencyKey {
        self.keys += 1;
        Self::key(&format!("key {}", self.keys))
    }

    /// A key of that name.
    pub fn key(name: &str) -> IdempotencyKey {
        IdempotencyKey::try_new(name).unwrap()
    }

    /// A request with a key.
    pub fn request(command: Command, key: IdempotencyKey) -> Request {
        Request::new(command, key, Actor::program(Arc::from("tester")), "test")
    }

    /// Executes requests as one array.
    pub fn array(&self, requests: Vec<Request>) -> Vec<Result<Outcome, Failure>> {
        self.engine.execute_all_blocking(requests).unwrap()
    }

    /// Executes one request.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn execute(&self, request: Request) -> Result<Outcome, Failure> {
        self.array(vec![request]).pop().unwrap()
    }

    /// Executes one command with a key of its own.
    pub fn ask(&mut self, command: Command) -> Answer {
        let key = self.next_key();
        self.ask_with(command, key)
    }

    /// Executes one command with this key.
    pub fn ask_with(&mut self, command: Command, key: IdempotencyKey) -> Answer {
        let before = self.snapshot();
        let said = self.execute(Self::request(command, key));
        Answer { said, before, reader: Arc::clone(&self.reader) }
    }

    /// Previews one command.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn preview(&self, command: Command) -> Result<Outcome, Failure> {
        self.execute(Request::preview(command, Actor::program(Arc::from("tester")), "test"))
    }

    /// Opens an account.
    pub fn account(&mut self, currency: &str) -> AccountNo {
        self.account_as(say::open(currency))
    }

    /// Opens an account as told.
    pub fn account_as(&mut self, command: OpenAccount) -> AccountNo {
        self.ask(Command::OpenAccount(command)).accepted().account()
    }

    /// Posts an invoice of one charge.
    pub fn posted(&mut self, account: AccountNo, amount: &str) -> InvoiceNo {
        self.billed(bill(account).charge(amount).posted())
    }

    /// Drafts an invoice of one charge.
    pub fn draft(&mut self, account: AccountNo, amount: &str) -> InvoiceNo {
        self.billed(bill(account).charge(amount).draft())
    }

    /// Makes an invoice as told.
    pub fn billed(&mut self, command: Command) -> InvoiceNo {
        self.ask(command).accepted().invoice()
    }

    /// Transfers a negative invoice to the credit balance.
    pub fn transfer(&mut self, invoice: InvoiceNo, amount: &str) -> Answer {
        self.ask(Command::TransferToCreditBalance(say::transfer(invoice, amount)))
    }

    /// Applies credit of the invoice's account to it.
    pub fn apply(&mut self, invoice: InvoiceNo, amount: &str) -> Answer {
        let account = self.invoice(invoice).account;
        self.apply_to(account, vec![part(invoice, amount)])
    }

    /// Applies credit to invoices.
    pub fn apply_to(&mut self, account: AccountNo, parts: Vec<InvoicePart>) -> Answer {
        self.ask(Command::ApplyCreditBalance(say::apply(account, parts)))
    }

    /// Transfers back to the credit balance, or applies back to a negative invoice.
    pub fn counter(&mut self, invoice: InvoiceNo, amount: &str) -> Answer {
        self.ask(Command::CounterAdjust(say::counter(invoice, amount)))
    }

    /// Cancels a credit balance adjustment.
    pub fn cancel(&mut self, adjustment: AdjustmentNo) -> Answer {
        self.ask(say::cancel_adjustment(adjustment, false))
    }

    /// Refunds the credit balance by cheque.
    pub fn refund(&mut self, account: AccountNo, amount: &str) -> Answer {
        self.ask(Command::RefundCreditBalance(say::refund(account, amount)))
    }

    /// Records a payment: parts for invoices, a part for the credit balance.
    pub fn pay(
        &mut self,
        account: AccountNo,
        parts: Vec<InvoicePart>,
        credit: Option<&str>,
    ) -> Answer {
        self.ask(Command::RecordPayment(say::pay(account, parts, credit)))
    }

    /// Pays one invoice.
    pub fn paid(&mut self, invoice: InvoiceNo, amount: &str) -> PaymentNo {
        let account = self.invoice(invoice).account;
        self.pay(account, vec![part(invoice, amount)], None).accepted().payment_no()
    }

    /// Refunds a payment by cheque.
    pub fn refund_payment(&mut self, payment: PaymentNo, amount: &str) -> Answer {
        self.ask(Command::RefundPayment(say::refund_payment(payment, amount)))
    }

    /// The credit balance.
    pub fn credit(&self, account: AccountNo) -> String {
        self.figures(account).credit_balance.to_decimal()
    }

    /// The balance of an invoice, zero if it is not posted.
    pub fn balance(&self, invoice: InvoiceNo) -> String {
        self.invoice(invoice).receivable().unwrap().to_decimal()
    }

    /// The total invoice balance under the setting in force.
    pub fn total(&self, account: AccountNo) -> String {
        let count = self.settings().negative_invoices_in_account_balance;
        self.figures(account).total_invoice_balance(count).unwrap().to_decimal()
    }

    /// The account balance under the setting in force.
    pub fn account_balance(&self, account: AccountNo) -> String {
        let count = self.settings().negative_invoices_in_account_balance;
        self.figures(account).balance(count).unwrap().to_decimal()
    }

    /// Credit balance, total invoice balance, account balance.
    #[track_caller]
    pub fn expect(&self, account: AccountNo, credit: &str, total: &str, balance: &str) {
        let found = (self.credit(account), self.total(account), self.account_balance(account));
        let expected = (credit.to_owned(), total.to_owned(), balance.to_owned());
        assert_eq!(found, expected, "credit balance, total invoice balance, account balance");
    }

    /// How many documents of a kind were ever made.
    pub fn count(&self, kind: Kind) -> u64 {
        last_number(self.reader.as_ref(), kind)
    }

    /// Rules and figures of an account.
    pub fn figures(&self, account: AccountNo) -> receivables::account::Account {
        self.reader.account(account).unwrap().unwrap()
    }

    /// Figures of an invoice.
    pub fn invoice(&self, invoice: InvoiceNo) -> Invoice {
        self.reader.invoice(invoice).unwrap().unwrap()
    }

    /// The items of an invoice.
    pub fn items(&self, invoice: InvoiceNo) -> Vec<Item> {
        self.reader.invoice_record(invoice).unwrap().unwrap().items
    }

    /// A credit balance adjustment, and whether it was canceled.
    pub fn adjustment(&self, no: AdjustmentNo) -> (CreditBalanceAdjustment, bool) {
        let found = self.reader.adjustment(no).unwrap().unwrap();
        (found.document, found.canceled)
    }

    /// What Customer Cash On Account comes to in the day totals of a currency.
    pub fn cash_on_account(&self, currency: &str) -> Money {
        let chart = self.settings().chart;
        let ledger = chart.account(receivables::journal::Role::CustomerCashOnAccount);
        let mut balance = Money::zero(say::currency(currency));
        for total in self.reader.day_totals().unwrap() {
            if total.account == ledger && total.currency == balance.currency() {
                balance = balance.try_add(total.credit).unwrap().try_sub(total.debit).unwrap();
            }
        }
        balance
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.reader.settings().unwrap()
    }

    /// The whole history.
    pub fn entries(&self) -> Vec<Entry> {
        self.reader.entries(EntryNo(0), usize::from(u16::MAX)).unwrap()
    }

    /// Every state.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.reader.as_ref())
    }

    /// Recomputes everything from the history.
    #[track_caller]
    pub fn audit(&self) {
        audit(self.reader.as_ref());
    }
}
