//! The oracle: what a history means, folded in memory. Every store and reader is held against it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use engine::{AccountProfile, DayTotal, InvoiceRecord, KeyHash, Located, OrderEvent};
use jiff::Timestamp;
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::approval::counts;
use receivables::books::Movement;
use receivables::context::Numbers;
use receivables::evolve::{self, Place};
use receivables::fact::Fact;
use receivables::id::Numbered;
use receivables::invoice::{Invoice, InvoiceDrafted, InvoiceStatus, Item};
use receivables::journal::{LedgerAccount, Posting};
use receivables::labels::Labels;
use receivables::payment_method::MethodState;
use receivables::period::{Period, Unfinished};
use receivables::{
    AccountNo, Books, Document, Entry, EntryHead, EntryNo, InvoiceNo, ItemNo, Kind, PostingNo,
    Settings,
};

/// The books as a history leaves them. Taking an entry checks that it follows on those before it:
/// numbers ascend, chains hold, running balances are right and no credit balance is negative.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub(crate) entries: Vec<Entry>,
    pub(crate) books: Books,
    pub(crate) settings: Settings,
    pub(crate) numbers: Numbers,
    profiles: BTreeMap<AccountNo, AccountProfile>,
    drafted: BTreeMap<InvoiceNo, InvoiceDrafted>,
    items: BTreeMap<ItemNo, InvoiceNo>,
    postings: BTreeMap<PostingNo, Located>,
    totals: BTreeMap<(&'static str, Date, LedgerAccount), (i64, i64)>,
    made: HashMap<Document, EntryNo>,
    keys: HashSet<KeyHash>,
}

impl Model {
    /// The books after `entries`.
    ///
    /// # Panics
    ///
    /// If they are no right history.
    #[track_caller]
    pub fn of(entries: &[Entry]) -> Self {
        let mut model = Self::default();
        for entry in entries {
            model.take(entry);
        }
        model
    }

    /// How many decisions there are.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Appends a decision.
    #[track_caller]
    pub(crate) fn take(&mut self, entry: &Entry) {
        let head = &entry.head;
        ascend(&mut self.numbers.entry, head.no.0, head.no);
        assert!(self.keys.insert(head.key_hash), "{}: its key has an effect already", head.no);
        let account = self.books.accounts.get(&head.account);
        assert_eq!(head.previous, account.and_then(|found| found.last_entry), "{}", head.no);
        assert!(account.is_none_or(|found| found.last_at <= head.at), "{} runs back", head.no);
        let place = Place { account: head.account, entry: head.no, at: head.at };
        for fact in &entry.facts {
            self.fact(place, fact);
        }
        for posting in &entry.postings {
            self.post(place, posting);
        }
        let today = self.settings.business_date(head.at);
        evolve::close(&mut self.books, place, today, &entry.postings).unwrap();
        self.entries.push(entry.clone());
    }

    #[track_caller]
    fn fact(&mut self, place: Place, fact: &Fact) {
        let numbers = &mut self.numbers;
        let at = place.entry;
        match fact {
            Fact::AccountOpened(opened) => {
                ascend(&mut numbers.account, opened.no.0, at);
                let external_id = opened.external_id.as_ref();
                let taken = external_id.is_some_and(|id| self.books.account_ids.contains_key(id));
                assert!(!taken, "{at}: the external id is taken");
                let profile = AccountProfile {
                    account: opened.no,
                    name: opened.name.to_string(),
                    external_id: external_id.map(ToString::to_string),
                };
                self.profiles.insert(opened.no, profile);
            }
            Fact::AccountChanged(changed) => {
                if let (Some(name), Some(known)) =
                    (&changed.name, self.profiles.get_mut(&changed.no))
                {
                    known.name = name.to_string();
                }
            }
            Fact::SettingsChanged(settings) => self.settings = (**settings).clone(),
            Fact::InvoiceDrafted(drafted) => {
                ascend(&mut numbers.invoice, drafted.no.0, at);
                let external_id = drafted.external_id.as_ref();
                let taken = external_id.is_some_and(|id| self.books.invoice_ids.contains_key(id));
                assert!(!taken, "{at}: the external id is taken");
                for item in &drafted.items {
                    ascend(&mut numbers.item, item.no.0, at);
                    self.items.insert(item.no, drafted.no);
                }
                let items = drafted.items.iter().map(Item::new).collect();
                self.books.items.insert(drafted.no, items);
                self.drafted.insert(drafted.no, drafted.clone());
            }
            Fact::InvoiceItemAdjusted(made) => {
                ascend(&mut numbers.item_adjustment, made.no.0, at);
                self.made.insert(made.no.document(), at);
            }
            Fact::PaymentRecorded(made) => {
                ascend(&mut numbers.payment, made.no.0, at);
                self.made.insert(made.no.document(), at);
            }
            Fact::CreditBalanceAdjusted(made) => {
                ascend(&mut numbers.adjustment, made.no.0, at);
                self.made.insert(made.no.document(), at);
            }
            Fact::Refunded(made) => {
                ascend(&mut numbers.refund, made.no.0, at);
                self.made.insert(made.no.document(), at);
            }
            Fact::PaymentMethodAdded(made) => ascend(&mut numbers.method, made.no.0, at),
            Fact::InvoiceStatusChanged(_)
            | Fact::Canceled(_)
            | Fact::PaymentMethodChanged(_)
            | Fact::OrderPlaced(_)
            | Fact::OrderMoved(_)
            | Fact::EnteredLate(_)
            | Fact::Labeled(_)
            | Fact::PersonalDataNoted(_) => {}
        }
        evolve::fact(&mut self.books, place, fact).unwrap();
    }

    #[track_caller]
    fn post(&mut self, place: Place, posting: &Posting) {
        let at = format!("posting {} of {}", posting.no.0, place.entry);
        ascend(&mut self.numbers.posting, posting.no.0, place.entry);
        let invoice = |books: &Books| books.invoices.get(&posting.invoice?.invoice).copied();
        let account = |books: &Books| books.accounts.get(&place.account).copied();
        let previous = (
            invoice(&self.books).and_then(|found| found.last_posting),
            account(&self.books).and_then(|found| found.last_credit_posting),
        );
        evolve::posting(&mut self.books, place, posting).unwrap();
        if let Some(side) = posting.invoice {
            let balance = invoice(&self.books).map(|found| found.ledger);
            assert_eq!((Some(side.balance), side.previous), (balance, previous.0), "{at}");
        }
        if let Some(side) = posting.credit_balance {
            let balance = account(&self.books).map(|found| found.credit_balance);
            assert_eq!((Some(side.balance), side.previous), (balance, previous.1), "{at}");
            assert!(!side.balance.is_negative(), "{at}: {}", side.balance);
        }
        let minor = posting.amount.minor();
        let key = |account| (posting.amount.currency().code(), posting.date, account);
        self.totals.entry(key(posting.debit)).or_default().0 += minor;
        self.totals.entry(key(posting.credit)).or_default().1 += minor;
        let located = Located { entry: place.entry, at: place.at, posting: posting.clone() };
        self.postings.insert(posting.no, located);
    }

    /// The numbers of a kind, ascending.
    pub(crate) fn numbers_of(&self, kind: Kind) -> Vec<u64> {
        fn sorted<N: Numbered>(numbers: impl Iterator<Item = N>) -> Vec<u64> {
            let mut numbers: Vec<u64> = numbers.map(Numbered::raw).collect();
            numbers.sort_unstable();
            numbers
        }
        match kind {
            Kind::Account => sorted(self.profiles.keys().copied()),
            Kind::Invoice => sorted(self.drafted.keys().copied()),
            Kind::Payment => sorted(self.books.payments.keys().copied()),
            Kind::CreditBalanceAdjustment => sorted(self.books.adjustments.keys().copied()),
            Kind::Refund => sorted(self.books.refunds.keys().copied()),
            Kind::InvoiceItemAdjustment => sorted(self.books.item_adjustments.keys().copied()),
            Kind::JournalEntry => sorted(self.entries.iter().map(|entry| entry.head.no)),
            Kind::InvoiceItem => sorted(self.items.keys().copied()),
            Kind::PaymentMethod => sorted(self.books.methods.keys().copied()),
        }
    }

    /// The payment methods of an account, oldest first.
    pub(crate) fn account_methods(&self, account: AccountNo) -> Vec<MethodState> {
        let of = |state: &&MethodState| state.method.account == account;
        let mut found: Vec<_> = self.books.methods.values().filter(of).cloned().collect();
        found.sort_by_key(|state| state.method.no);
        found
    }

    /// Every document that was ever labeled.
    pub(crate) fn labeled(&self) -> BTreeSet<Document> {
        let facts = self.entries.iter().flat_map(|entry| &entry.facts);
        let labeled = facts.filter_map(|fact| match fact {
            Fact::Labeled(labeled) => Some(labeled.document),
            _ => None,
        });
        labeled.collect()
    }

    /// The labels of a document before an entry; none if it never had any.
    pub(crate) fn labels(&self, of: Document, before: EntryNo) -> Option<Labels> {
        let earlier = self.entries.iter().filter(|entry| entry.head.no < before);
        let last = earlier
            .flat_map(|entry| &entry.facts)
            .rfind(|fact| matches!(fact, Fact::Labeled(labeled) if labeled.document == of));
        match last {
            Some(Fact::Labeled(labeled)) => Some(labeled.labels()),
            _ => None,
        }
    }

    /// What happened to an order, oldest first.
    pub(crate) fn order_history(&self, of: Document) -> Vec<OrderEvent> {
        let mut found = Vec::new();
        for entry in &self.entries {
            for fact in &entry.facts {
                let named = match fact {
                    Fact::OrderPlaced(placed) => placed.document,
                    Fact::OrderMoved(moved) => moved.document,
                    _ => continue,
                };
                if named == of {
                    let (no, at) = (entry.head.no, entry.head.at);
                    let actor = entry.head.actor.to_string();
                    found.push(OrderEvent { entry: no, at, actor, fact: fact.clone() });
                }
            }
        }
        found
    }

    /// Accounts with an open invoice that is due, in order of their numbers.
    pub(crate) fn accounts_due(&self, until: Date) -> Vec<AccountNo> {
        let due = self.books.invoices.values();
        let due = due.filter(|invoice| !invoice.ledger.is_zero() && invoice.due_date <= until);
        let accounts: std::collections::BTreeSet<_> = due.map(|invoice| invoice.account).collect();
        accounts.into_iter().collect()
    }

    pub(crate) fn profile(&self, no: AccountNo) -> Option<AccountProfile> {
        self.profiles.get(&no).cloned()
    }

    pub(crate) fn invoice_of(&self, item: ItemNo) -> Option<InvoiceNo> {
        self.items.get(&item).copied()
    }

    pub(crate) fn record(&self, no: InvoiceNo) -> Option<InvoiceRecord> {
        let items = self.books.items.get(&no)?.clone();
        Some(InvoiceRecord { drafted: self.drafted.get(&no)?.clone(), items })
    }

    /// Invoices with a balance, oldest due first.
    pub(crate) fn open_invoices(&self, account: AccountNo) -> Vec<Invoice> {
        let mut open: Vec<Invoice> = self.books.invoices.values().copied().collect();
        open.retain(|invoice| invoice.account == account && !invoice.ledger.is_zero());
        open.sort_by_key(|invoice| (invoice.due_date, invoice.invoice_date, invoice.no));
        open
    }

    /// Decisions on one account, newest first.
    pub(crate) fn account_entries(&self, account: AccountNo) -> Vec<Entry> {
        let all = self.entries.iter().rev();
        all.filter(|entry| entry.head.account == account).cloned().collect()
    }

    /// Postings on a credit balance, newest first.
    pub(crate) fn credit_postings(&self, account: AccountNo) -> Vec<Located> {
        let of: HashSet<EntryNo> =
            self.account_entries(account).iter().map(|entry| entry.head.no).collect();
        let all = self.postings.values().rev().filter(|located| of.contains(&located.entry));
        all.filter(|located| located.posting.credit_balance.is_some()).cloned().collect()
    }

    /// Postings on an invoice, newest first.
    pub(crate) fn invoice_postings(&self, no: InvoiceNo) -> Vec<Located> {
        let on =
            |located: &&Located| located.posting.invoice.is_some_and(|side| side.invoice == no);
        self.postings.values().rev().filter(on).cloned().collect()
    }

    /// The postings a decision made for a document.
    pub(crate) fn postings_of(&self, entry: EntryNo, of: Document) -> Vec<Posting> {
        let made = self.postings.values().filter(|located| located.entry == entry);
        let made = made.filter(|located| located.posting.document == of);
        made.map(|located| located.posting.clone()).collect()
    }

    /// The postings that recorded a document.
    pub(crate) fn postings_that_made(&self, of: Document) -> Option<Vec<Posting>> {
        self.made.get(&of).map(|entry| self.postings_of(*entry, of))
    }

    /// Changes of a credit balance that are dated after `date`, in no particular order.
    pub(crate) fn movements(&self, account: AccountNo, after: Date) -> Vec<Movement> {
        let all = self.credit_postings(account).into_iter().filter_map(|located| {
            let posting = located.posting;
            let change = posting.credit_balance?.change(posting.amount);
            Some(Movement { date: posting.date, change })
        });
        all.filter(|movement| movement.date > after).collect()
    }

    pub(crate) fn day_totals(&self) -> Vec<DayTotal> {
        let total = |(key, sums): (&(&str, Date, LedgerAccount), &(i64, i64))| {
            let (code, date, account) = *key;
            let currency: Currency = code.parse().unwrap();
            let (debit, credit) = *sums;
            DayTotal {
                currency,
                date,
                account,
                debit: Money::from_minor(debit, currency),
                credit: Money::from_minor(credit, currency),
            }
        };
        self.totals.iter().map(total).collect()
    }

    /// The books up to a position.
    pub(crate) fn up_to(&self, end: EntryNo) -> Self {
        let count = self.entries.iter().take_while(|entry| entry.head.no <= end).count();
        if count == self.entries.len() { self.clone() } else { Self::of(&self.entries[..count]) }
    }

    /// What a period leaves unfinished.
    pub(crate) fn unfinished(&self, period: &Period) -> Unfinished {
        let drafts = self.books.invoices.values().filter(|invoice| {
            invoice.status == InvoiceStatus::Draft && invoice.invoice_date <= period.last_day
        });
        let mut drafts: Vec<InvoiceNo> = drafts.map(|invoice| invoice.no).collect();
        drafts.sort_unstable();
        let after = self.settings.beginning_of(period.last_day.tomorrow().unwrap());
        let orders = self.books.orders.values().filter(|order| order.keeps_open(after));
        let mut orders: Vec<Document> = orders.map(|order| order.placed.document).collect();
        orders.sort_unstable();
        Unfinished { drafts, orders }
    }

    /// Refunds that count, decided at `since` or later, where `whose` says so of who asked; in the order they were asked
    /// for.
    pub(crate) fn past_refunds(
        &self,
        since: Timestamp,
        whose: impl Fn(&EntryHead) -> bool,
    ) -> Vec<(Timestamp, Money)> {
        let canceled = |of: Document| {
            let facts = self.entries.iter().flat_map(|entry| &entry.facts);
            facts.into_iter().any(|fact| matches!(fact, Fact::Canceled(it) if it.document == of))
        };
        let counted = |of: Document| match self.books.orders.get(&of) {
            Some(order) => counts(order.state),
            None => !canceled(of),
        };
        let mut found = Vec::new();
        for entry in self.entries.iter().filter(|it| it.head.at >= since && whose(&it.head)) {
            for fact in &entry.facts {
                if let Fact::Refunded(refund) = fact
                    && counted(refund.no.document())
                {
                    found.push((entry.head.at, refund.amount));
                }
            }
        }
        found
    }

    /// Everything in one `Books`, as a store might load it.
    pub(crate) fn all_books(&self) -> Books {
        let mut books = self.books.clone();
        for (document, entry) in &self.made {
            books.postings.insert(*document, self.postings_of(*entry, *document));
        }
        for invoice in self.books.invoices.values() {
            if let Some(entry) = invoice.posted_entry {
                let of = invoice.no.document();
                books.postings.insert(of, self.postings_of(entry, of));
            }
        }
        for account in self.books.accounts.keys() {
            let open = self.open_invoices(*account).iter().map(|invoice| invoice.no).collect();
            books.open_invoices.insert(*account, open);
            books.movements.insert(*account, self.movements(*account, Date::MIN));
        }
        for period in &self.settings.periods {
            books.unfinished.insert(period.name.clone(), self.unfinished(period));
        }
        books
    }
}

#[track_caller]
fn ascend(last: &mut u64, number: u64, at: EntryNo) {
    assert!(number > *last, "{at}: number {number} after {last}");
    *last = number;
}
