//! Proof that the books are right: everything is derived again from the history.
//!
//! One pass over the history with memory for one figure set per account and invoice. It folds the
//! facts and, independently, the postings; checks every running balance, chain and number on the way;
//! and at the end compares with the stored balances and the invariants of design 6.

mod askers;
mod documents;
mod orders;

use engine::{KeyHash, Reader, StoredState};
use jiff::Timestamp;
use money::{Currency, Money};
use receivables::account::Account;
use receivables::credit_balance::{Direction, Source};
use receivables::evolve::{self, Place};
use receivables::fact::Fact;
use receivables::invoice::Invoice;
use receivables::journal::{Posting, Role};
use receivables::{
    AccountNo, Books, Document, Entry, EntryNo, InvoiceNo, Kind, PostingNo, Settings,
};
use rustc_hash::{FxHashMap, FxHashSet};

use self::askers::{Askers, StoredAskers};
use self::documents::documents_agree;
use crate::figures::ReportError;

const CHUNK: usize = 2_000;

/// What was checked, and how often.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Verified {
    /// Decisions folded again.
    pub entries: u64,
    /// Journal postings, each balanced and with the right running balances.
    pub postings: u64,
    /// Accounts whose stored figures equal the fold.
    pub accounts: u64,
    /// Invoices whose stored figures equal the fold, and whose documents make the same balance as
    /// their postings.
    pub invoices: u64,
    /// Credit balance adjustments.
    pub adjustments: u64,
    /// Refunds.
    pub refunds: u64,
    /// Payments.
    pub payments: u64,
    /// Stored payment methods whose state equals the fold.
    pub payment_methods: u64,
    /// Orders of gateways whose state equals the fold.
    pub orders: u64,
    /// Day totals.
    pub totals: u64,
    /// Idempotency keys, each unique and leading to its entry.
    pub keys: u64,
    /// Currencies in which control accounts and subledgers agree.
    pub currencies: u64,
}

/// Why the books are not right.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first invariant found broken.
    #[error("{invariant}: {detail}")]
    Broken {
        /// Which invariant.
        invariant: &'static str,
        /// Where, and with which figures.
        detail: String,
    },
    /// The database could not be read.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl From<engine::ReadError> for VerifyError {
    fn from(error: engine::ReadError) -> Self {
        Self::Report(error.into())
    }
}

fn broken(invariant: &'static str, detail: impl std::fmt::Display) -> VerifyError {
    VerifyError::Broken { invariant, detail: detail.to_string() }
}

fn sums<E: std::fmt::Display>(error: E) -> VerifyError {
    broken("sums stay within their range", error)
}

/// Derives every balance again and checks every invariant. `progress` is told the entries done.
///
/// # Errors
///
/// [`VerifyError::Broken`] with the first invariant that does not hold.
pub fn verify(reader: &dyn Reader, progress: &mut dyn FnMut(u64)) -> Result<Verified, VerifyError> {
    match reader.snapshot()? {
        Some(snapshot) => verify_all(snapshot.as_ref(), progress),
        None => verify_all(reader, progress),
    }
}

fn verify_all(reader: &dyn Reader, progress: &mut dyn FnMut(u64)) -> Result<Verified, VerifyError> {
    let mut fold = Fold::new(reader);
    let mut stored = Stored::default();
    let watermark = reader.stored_states(&mut |state| stored.take(state))?;
    fold.up_to(watermark, progress)?;
    compare(&fold, &stored, watermark)?;
    let (accounts, invoices) = (fold.books.accounts.len(), fold.books.invoices.len());
    let totals = stored.totals;
    drop(stored);
    let head = reader.head()?;
    fold.up_to(head, progress)?;
    fold.control_accounts()?;
    orders::held_amounts(&fold.books)?;
    let (keys, _) = reader
        .check_keys()
        .map_err(|error| broken("every idempotency key leads to its entry", error))?;
    fold.done.accounts = accounts.max(fold.books.accounts.len()) as u64;
    fold.done.invoices = invoices.max(fold.books.invoices.len()) as u64;
    fold.done.totals = totals as u64;
    fold.done.keys = keys;
    fold.done.payment_methods = fold.books.methods.len() as u64;
    fold.done.orders = fold.books.orders.len() as u64;
    Ok(fold.done)
}

/// What is stored. Of orders, and of who asked, there may be as many as of refunds, so only the hash of each is kept.
#[derive(Default)]
struct Stored {
    states: Vec<StoredState>,
    orders: FxHashMap<Document, KeyHash>,
    askers: StoredAskers,
    totals: usize,
}

impl Stored {
    fn take(&mut self, state: StoredState) {
        match state {
            StoredState::Order(order) => {
                self.orders.insert(order.placed.document, orders::hash(&order));
            }
            StoredState::Asked(asked) => self.askers.take(&asked),
            state => {
                self.totals += usize::from(matches!(state, StoredState::Total(_)));
                self.states.push(state);
            }
        }
    }
}

struct Fold<'a> {
    reader: &'a dyn Reader,
    books: Books,
    settings: Settings,
    gapless: bool,
    after: EntryNo,
    last_posting: u64,
    numbers: FxHashMap<Kind, u64>,
    keys: FxHashSet<[u8; 8]>,
    /// Sum of adjustments per account: the documents' side of the credit balance.
    adjusted: FxHashMap<AccountNo, Money>,
    totals: FxHashMap<(Currency, jiff::civil::Date, u16), (i64, i64)>,
    last_at: FxHashMap<AccountNo, Timestamp>,
    askers: Askers,
    done: Verified,
}

impl<'a> Fold<'a> {
    fn new(reader: &'a dyn Reader) -> Self {
        Self {
            reader,
            books: Books::default(),
            settings: Settings::default(),
            gapless: reader.gapless(),
            after: EntryNo(0),
            last_posting: 0,
            numbers: FxHashMap::default(),
            keys: FxHashSet::default(),
            adjusted: FxHashMap::default(),
            totals: FxHashMap::default(),
            last_at: FxHashMap::default(),
            askers: Askers::default(),
            done: Verified::default(),
        }
    }

    fn up_to(&mut self, end: EntryNo, progress: &mut dyn FnMut(u64)) -> Result<(), VerifyError> {
        while self.after < end {
            let left = usize::try_from(end.0 - self.after.0).unwrap_or(CHUNK);
            let mut entries = self.reader.entries(self.after, left.min(CHUNK))?;
            entries.retain(|entry| entry.head.no <= end);
            if entries.is_empty() {
                return Err(broken(
                    "the history has no gaps",
                    format!("it ends at {}", self.after),
                ));
            }
            for entry in &entries {
                self.entry(entry)?;
            }
            progress(self.after.0);
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), VerifyError> {
        let head = &entry.head;
        if !self.follows(self.after.0, head.no.0) {
            return Err(broken(
                "the history has no gaps",
                format!("{} follows {}", head.no, self.after),
            ));
        }
        self.after = head.no;
        self.chain(entry)?;
        if !self.keys.insert(first_half(head.key_hash.0)) {
            return Err(broken("a key has one effect", format!("{} repeats a key", head.no)));
        }
        documents_agree(entry)?;
        let place = Place { account: head.account, entry: head.no, at: head.at };
        for fact in &entry.facts {
            self.count(head.no, fact)?;
            self.load_canceled(head.no, fact)?;
            self.adjust(head.account, fact)?;
            evolve::fact(&mut self.books, place, fact).map_err(|error| {
                broken("the history can be folded", format!("{}: {error}", head.no))
            })?;
            self.askers.required |= engine::ends_schema_1(fact);
            match fact {
                Fact::SettingsChanged(settings) => self.settings = (**settings).clone(),
                Fact::Refunded(refund) => self.askers.note(head, refund.no),
                _ => {}
            }
        }
        for posting in &entry.postings {
            self.posting(place, posting)?;
        }
        let today = self.settings.business_date(head.at);
        evolve::close(&mut self.books, place, today, &entry.postings).map_err(sums)?;
        self.after_entry(entry)?;
        self.forget();
        self.done.entries += 1;
        Ok(())
    }

    /// Numbers ascend; without gaps, if one writer gives them out.
    const fn follows(&self, last: u64, number: u64) -> bool {
        if self.gapless { number == last + 1 } else { number > last }
    }

    fn chain(&mut self, entry: &Entry) -> Result<(), VerifyError> {
        let head = &entry.head;
        if head.account == AccountNo::ORGANISATION {
            return Ok(());
        }
        let before = self.books.accounts.get(&head.account).and_then(|account| account.last_entry);
        if head.previous != before {
            return Err(broken(
                "each entry names the one before it on its account",
                format!("{} names {:?}, the fold says {before:?}", head.no, head.previous),
            ));
        }
        let last = self.last_at.insert(head.account, head.at);
        if last.is_some_and(|last| last > head.at) {
            return Err(broken("an account's history runs forward", head.no));
        }
        Ok(())
    }

    /// Numbers of every kind follow on each other.
    fn count(&mut self, entry: EntryNo, fact: &Fact) -> Result<(), VerifyError> {
        let (kind, number) = match fact {
            Fact::AccountOpened(opened) => (Kind::Account, opened.no.0),
            Fact::InvoiceDrafted(drafted) => (Kind::Invoice, drafted.no.0),
            Fact::InvoiceItemAdjusted(adjusted) => (Kind::InvoiceItemAdjustment, adjusted.no.0),
            Fact::PaymentRecorded(payment) => {
                self.done.payments += 1;
                (Kind::Payment, payment.no.0)
            }
            Fact::CreditBalanceAdjusted(adjusted) => {
                self.done.adjustments += 1;
                (Kind::CreditBalanceAdjustment, adjusted.no.0)
            }
            Fact::Refunded(refund) => {
                self.done.refunds += 1;
                (Kind::Refund, refund.no.0)
            }
            Fact::PaymentMethodAdded(method) => (Kind::PaymentMethod, method.no.0),
            Fact::AccountChanged(_)
            | Fact::SettingsChanged(_)
            | Fact::InvoiceStatusChanged(_)
            | Fact::PaymentMethodChanged(_)
            | Fact::OrderPlaced(_)
            | Fact::OrderMoved(_)
            | Fact::EnteredLate(_)
            | Fact::Labeled(_)
            | Fact::PersonalDataNoted(_)
            | Fact::Canceled(_) => return Ok(()),
        };
        let last = self.numbers.entry(kind).or_default();
        let last = std::mem::replace(last, number);
        if self.follows(last, number) {
            return Ok(());
        }
        let detail = format!("{} {number} follows {last} in {entry}", kind.name());
        Err(broken("numbers follow on each other", detail))
    }

    /// A cancellation needs the document it cancels; it is read from the history again.
    fn load_canceled(&mut self, entry: EntryNo, fact: &Fact) -> Result<(), VerifyError> {
        use receivables::{AdjustmentNo, ItemAdjustmentNo, PaymentNo, RefundNo};
        let Fact::Canceled(canceled) = fact else { return Ok(()) };
        let number = canceled.document.number;
        let found = match canceled.document.kind {
            Kind::Payment => {
                let no = PaymentNo(number);
                self.reader.payment(no)?.map(|state| drop(self.books.payments.insert(no, state)))
            }
            Kind::CreditBalanceAdjustment => {
                let no = AdjustmentNo(number);
                self.reader
                    .adjustment(no)?
                    .map(|state| drop(self.books.adjustments.insert(no, state)))
            }
            Kind::Refund => {
                let no = RefundNo(number);
                self.reader.refund(no)?.map(|state| drop(self.books.refunds.insert(no, state)))
            }
            Kind::InvoiceItemAdjustment => {
                let no = ItemAdjustmentNo(number);
                let found = self.reader.item_adjustment(no)?;
                found.map(|state| drop(self.books.item_adjustments.insert(no, state)))
            }
            _ => None,
        };
        found.ok_or_else(|| {
            let detail = format!("{entry} cancels {}, which is missing", canceled.document);
            broken("a cancellation names a document", detail)
        })
    }

    /// The documents' side of the credit balance: processed Increases minus processed Decreases.
    fn adjust(&mut self, account: AccountNo, fact: &Fact) -> Result<(), VerifyError> {
        let (adjusted, undo) = match fact {
            Fact::CreditBalanceAdjusted(adjusted) => (adjusted.clone(), false),
            Fact::Canceled(canceled) if canceled.document.kind == Kind::CreditBalanceAdjustment => {
                let no = receivables::AdjustmentNo(canceled.document.number);
                match self.books.adjustments.get(&no) {
                    Some(found) => (found.document.clone(), true),
                    None => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        if undo && matches!(adjusted.source, Source::Refund(_)) {
            return Err(broken("a refund of a credit balance is final", adjusted.no));
        }
        let zero = Money::zero(adjusted.amount.currency());
        let sum = self.adjusted.entry(account).or_insert(zero);
        let raises = (adjusted.direction == Direction::Increase) != undo;
        let next = if raises { sum.try_add(adjusted.amount) } else { sum.try_sub(adjusted.amount) };
        *sum = next.map_err(sums)?;
        Ok(())
    }

    fn posting(&mut self, place: Place, posting: &Posting) -> Result<(), VerifyError> {
        if !self.follows(self.last_posting, posting.no.0) || !posting.amount.is_positive() {
            return Err(broken("postings follow on each other and are positive", posting.no.0));
        }
        self.last_posting = posting.no.0;
        let at = |number: PostingNo| format!("posting {} of {}", number.0, place.entry);
        let chart = &self.settings.chart;
        let role = |account| chart.entry(account).map(|entry| entry.role);
        let (debit, credit) = (role(posting.debit), role(posting.credit));
        let on = |wanted| debit == Some(wanted) || credit == Some(wanted);
        if on(Role::AccountsReceivable) != posting.invoice.is_some()
            || on(Role::CustomerCashOnAccount) != posting.credit_balance.is_some()
        {
            return Err(broken("control accounts name their subledger", at(posting.no)));
        }
        let previous = (
            posting.invoice.and_then(|side| self.books.invoices.get(&side.invoice)?.last_posting),
            self.books.accounts.get(&place.account).and_then(|found| found.last_credit_posting),
        );
        evolve::posting(&mut self.books, place, posting).map_err(sums)?;
        if let Some(side) = posting.invoice {
            let balance = self.books.invoices.get(&side.invoice).map(|invoice| invoice.ledger);
            if balance != Some(side.balance) || side.previous != previous.0 {
                return Err(broken("running invoice balances follow", at(posting.no)));
            }
        }
        if let Some(side) = posting.credit_balance {
            let balance =
                self.books.accounts.get(&place.account).map(|account| account.credit_balance);
            if balance != Some(side.balance) || side.previous != previous.1 {
                return Err(broken("running credit balances follow", at(posting.no)));
            }
        }
        let minor = posting.amount.minor();
        let currency = posting.amount.currency();
        let out_of_range = || sums("the total of a day is out of range");
        let debit = self.totals.entry((currency, posting.date, posting.debit.0)).or_default();
        debit.0 = debit.0.checked_add(minor).ok_or_else(out_of_range)?;
        let credit = self.totals.entry((currency, posting.date, posting.credit.0)).or_default();
        credit.1 = credit.1.checked_add(minor).ok_or_else(out_of_range)?;
        self.done.postings += 1;
        Ok(())
    }

    fn after_entry(&self, entry: &Entry) -> Result<(), VerifyError> {
        let no = entry.head.no;
        if let Some(account) = self.books.accounts.get(&entry.head.account) {
            let zero = Money::zero(account.currency);
            let documents = self.adjusted.get(&account.no).copied().unwrap_or(zero);
            if account.credit_balance.is_negative() || documents != account.credit_balance {
                let detail = format!(
                    "{} has {} by its postings and {documents} by its adjustments after {no}",
                    account.no, account.credit_balance
                );
                return Err(broken("credit balance = increases - decreases >= 0", detail));
            }
            if account.held.is_negative() || account.held.minor() > account.credit_balance.minor() {
                let detail = format!(
                    "{} of {} are held on {} after {no}",
                    account.held, account.credit_balance, account.no
                );
                return Err(broken("no more is held than there is credit", detail));
            }
        }
        let touched = entry.postings.iter().filter_map(|posting| posting.invoice);
        for side in touched {
            let Some(invoice) = self.books.invoices.get(&side.invoice) else { continue };
            let receivable = invoice.receivable().map_err(sums)?;
            let posted = invoice.status == receivables::invoice::InvoiceStatus::Posted;
            let within = !posted || invoice.within_bounds().map_err(sums)?;
            if receivable != invoice.ledger || !within {
                let detail = format!(
                    "{} is {receivable} by its documents and {} by its postings after {no}",
                    invoice.no, invoice.ledger
                );
                return Err(broken("invoice balance = amount + adjustments within bounds", detail));
            }
        }
        Ok(())
    }

    /// Documents are only needed while the entry that names them is folded.
    fn forget(&mut self) {
        self.books.payments.clear();
        self.books.adjustments.clear();
        self.books.item_adjustments.clear();
        self.books.refunds.clear();
        self.books.account_ids.clear();
        self.books.invoice_ids.clear();
    }

    /// Per currency: Customer Cash On Account = credit balances, Accounts Receivable = invoices.
    fn control_accounts(&mut self) -> Result<(), VerifyError> {
        let mut control: FxHashMap<(Currency, Role), i128> = FxHashMap::default();
        let mut balanced: FxHashMap<Currency, i128> = FxHashMap::default();
        for ((currency, _, account), (debit, credit)) in &self.totals {
            let account = receivables::journal::LedgerAccount(*account);
            let net = i128::from(*debit) - i128::from(*credit);
            *balanced.entry(*currency).or_default() += net;
            if let Some(entry) = self.settings.chart.entry(account) {
                *control.entry((*currency, entry.role)).or_default() += net;
            }
        }
        let mut credit: FxHashMap<Currency, i128> = FxHashMap::default();
        for account in self.books.accounts.values() {
            *credit.entry(account.currency).or_default() +=
                i128::from(account.credit_balance.minor());
        }
        let mut owed: FxHashMap<Currency, i128> = FxHashMap::default();
        for invoice in self.books.invoices.values() {
            *owed.entry(invoice.amount.currency()).or_default() +=
                i128::from(invoice.receivable().map_err(sums)?.minor());
        }
        for (currency, net) in balanced {
            let of = |role| control.get(&(currency, role)).copied().unwrap_or(0);
            let credits = credit.get(&currency).copied().unwrap_or(0);
            let invoices = owed.get(&currency).copied().unwrap_or(0);
            if net != 0 || -of(Role::CustomerCashOnAccount) != credits {
                let detail = format!("{currency}: {credits} in minor units of credit balances");
                return Err(broken("Customer Cash On Account = sum of credit balances", detail));
            }
            if of(Role::AccountsReceivable) != invoices {
                let detail = format!("{currency}: {invoices} in minor units of invoice balances");
                return Err(broken("Accounts Receivable = sum of invoice balances", detail));
            }
            self.done.currencies += 1;
        }
        Ok(())
    }
}

/// Folds a key hash to 8 bytes, so that memory stays small: of 10^8 keys, two different ones are
/// alike with a chance of one in four thousand.
fn first_half(hash: [u8; 16]) -> [u8; 8] {
    let mut half = [0; 8];
    for (index, byte) in hash.iter().enumerate() {
        if let Some(slot) = half.get_mut(index % 8) {
            *slot ^= byte;
        }
    }
    half
}

fn compare(fold: &Fold<'_>, stored: &Stored, watermark: EntryNo) -> Result<(), VerifyError> {
    let invariant = "stored balances equal the fold of the history";
    let (mut accounts, mut invoices, mut totals, mut methods) = (0, 0, 0, 0);
    orders::compare(&fold.books, &stored.orders)?;
    for state in &stored.states {
        match state {
            StoredState::Account(account) => {
                accounts += 1;
                let folded: Option<&Account> = fold.books.accounts.get(&account.no);
                if folded != Some(account) {
                    let detail = format!("{}: stored {account:?}, folded {folded:?}", account.no);
                    return Err(broken(invariant, detail));
                }
            }
            StoredState::Invoice(invoice) => {
                invoices += 1;
                let folded: Option<&Invoice> = fold.books.invoices.get::<InvoiceNo>(&invoice.no);
                if folded != Some(invoice) {
                    let detail = format!("{}: stored {invoice:?}, folded {folded:?}", invoice.no);
                    return Err(broken(invariant, detail));
                }
            }
            StoredState::Total(total) => {
                totals += 1;
                let key = (total.currency, total.date, total.account.0);
                let folded = fold.totals.get(&key).copied().unwrap_or_default();
                if folded != (total.debit.minor(), total.credit.minor()) {
                    let detail = format!("{total:?}, folded {folded:?}");
                    return Err(broken(invariant, detail));
                }
            }
            StoredState::Method(method) => {
                methods += 1;
                let folded = fold.books.methods.get(&method.method.no);
                if folded != Some(method) {
                    // Tokens are not written into logs.
                    return Err(broken(invariant, method.method.no));
                }
            }
            // Kept as hashes.
            StoredState::Order(_) | StoredState::Asked(_) => {}
        }
    }
    let books = &fold.books;
    let expected =
        (books.accounts.len(), books.invoices.len(), fold.totals.len(), books.methods.len());
    if (accounts, invoices, totals, methods) != expected {
        let detail = format!(
            "{accounts} accounts, {invoices} invoices, {totals} totals, {methods} payment methods \
             stored at {watermark}; the fold has {expected:?}"
        );
        return Err(broken(invariant, detail));
    }
    // Money first: what is kept only to sum refunds up is looked at once every balance is right.
    fold.askers.compare(&stored.askers)
}
