use std::collections::{BTreeMap, BTreeSet};

use engine::{Reader, StoredState};
use money::Money;
use receivables::adjustment::AdjustmentType;
use receivables::credit_balance::{Direction, Source};
use receivables::evolve::{self, Place};
use receivables::invoice::{Invoice, InvoiceStatus, Item};
use receivables::journal::{LedgerAccount, Posting, Role};
use receivables::refund::RefundSource;
use receivables::{
    AccountNo, Books, Document, Entry, EntryNo, Fact, InvoiceNo, Kind, PostingNo, Settings,
};

use crate::Snapshot;
use crate::snapshot::last_number;

/// Recomputes every figure from the history and compares: the invariants 1 to 4 of design 6.
///
/// Two computations: an independent one from documents and journal lines, and the fold of
/// `receivables::evolve`.
///
/// # Panics
///
/// If anything does not hold.
#[track_caller]
pub fn audit(reader: &dyn Reader) {
    let entries = reader.entries(EntryNo(0), usize::from(u16::MAX)).unwrap();
    let seen = Snapshot::of(reader);
    let mut ledger = Ledger::default();
    for entry in &entries {
        ledger.take(entry, &seen.settings);
    }
    ledger.compare(&seen);
    compare_fold(&entries, &seen);
    chains(reader, &entries);
    reader.check_keys().unwrap();
    stored(reader, &seen);
}

/// Every amount as signed minor units, recomputed without the program's own fold.
#[derive(Default)]
struct Ledger {
    entry: u64,
    posting: u64,
    last: BTreeMap<AccountNo, (EntryNo, jiff::Timestamp)>,
    facts: Vec<(AccountNo, Fact)>,
    canceled: Vec<Document>,
    /// From journal lines: credit balance per account, balance per invoice, lines per document.
    credit: BTreeMap<AccountNo, i64>,
    invoices: BTreeMap<InvoiceNo, i64>,
    documents: BTreeMap<(String, u16), i64>,
    /// Changes of a credit balance by effective date.
    credit_days: BTreeMap<AccountNo, BTreeMap<jiff::civil::Date, i64>>,
    credit_tail: BTreeMap<AccountNo, PostingNo>,
    invoice_tail: BTreeMap<InvoiceNo, PostingNo>,
    totals: BTreeMap<(&'static str, jiff::civil::Date, u16), (i64, i64)>,
    amounts: BTreeMap<InvoiceNo, i64>,
}

fn role(settings: &Settings, account: LedgerAccount) -> Role {
    settings.chart.entry(account).unwrap().role
}

impl Ledger {
    fn take(&mut self, entry: &Entry, settings: &Settings) {
        let head = &entry.head;
        self.entry += 1;
        assert_eq!(head.no, EntryNo(self.entry), "entries are numbered without gaps");
        let last = self.last.insert(head.account, (head.no, head.at));
        if head.account != AccountNo::ORGANISATION {
            assert_eq!(head.previous, last.map(|last| last.0), "{}: previous", head.no);
            assert!(last.is_none_or(|last| last.1 <= head.at), "{} runs backward", head.no);
        }
        for fact in &entry.facts {
            match fact {
                Fact::Canceled(canceled) => {
                    assert!(!self.canceled.contains(&canceled.document), "canceled twice");
                    self.canceled.push(canceled.document);
                }
                Fact::InvoiceDrafted(drafted) => {
                    self.amounts.insert(drafted.no, drafted.amount.minor());
                }
                _ => {}
            }
            self.facts.push((head.account, fact.clone()));
        }
        for posting in &entry.postings {
            self.post(head.account, posting, settings);
        }
        let days = self.credit_days.get(&head.account).into_iter().flatten();
        days.fold(0, |before, (day, change)| {
            let after = before + change;
            assert!(after >= 0, "{}: credit of {} on {day} is {after}", head.no, head.account);
            after
        });
        for side in entry.postings.iter().filter_map(|posting| posting.invoice) {
            let (amount, now) = (self.amounts[&side.invoice], self.invoices[&side.invoice]);
            let right_way = if amount < 0 { now <= 0 } else { now >= 0 };
            assert!(right_way, "{}: {} went past zero to {now}", head.no, side.invoice);
        }
    }

    fn post(&mut self, account: AccountNo, posting: &Posting, settings: &Settings) {
        self.posting += 1;
        assert_eq!(posting.no, PostingNo(self.posting), "postings are numbered without gaps");
        assert!(posting.amount.is_positive(), "{posting:?}");
        assert_ne!(posting.debit, posting.credit, "{posting:?}");
        let minor = posting.amount.minor();
        let sides = [(posting.debit, minor, 0), (posting.credit, 0, minor)];
        let (mut receivable, mut cash) = (None, None);
        for (on, debit, credit) in sides {
            let key = (posting.amount.currency().code(), posting.date, on.0);
            let total = self.totals.entry(key).or_default();
            *total = (total.0 + debit, total.1 + credit);
            *self.documents.entry((posting.document.to_string(), on.0)).or_default() +=
                debit - credit;
            match role(settings, on) {
                Role::AccountsReceivable => receivable = Some(debit - credit),
                Role::CustomerCashOnAccount => cash = Some(credit - debit),
                Role::Bank | Role::Revenue | Role::Tax => {}
            }
        }
        assert_eq!(posting.invoice.is_some(), receivable.is_some(), "{posting:?}");
        assert_eq!(posting.credit_balance.is_some(), cash.is_some(), "{posting:?}");
        if let (Some(side), Some(change)) = (posting.invoice, receivable) {
            let balance = self.invoices.entry(side.invoice).or_default();
            *balance += change;
            assert_eq!(side.balance.minor(), *balance, "{posting:?}");
            assert_eq!(side.change(posting.amount).minor(), change, "{posting:?}");
            let previous = self.invoice_tail.insert(side.invoice, posting.no);
            assert_eq!(side.previous, previous, "{posting:?}");
        }
        if let (Some(side), Some(change)) = (posting.credit_balance, cash) {
            let balance = self.credit.entry(account).or_default();
            *balance += change;
            assert!(*balance >= 0, "a credit balance is negative: {posting:?}");
            let days = self.credit_days.entry(account).or_default();
            *days.entry(posting.date).or_default() += change;
            assert_eq!(side.balance.minor(), *balance, "{posting:?}");
            assert_eq!(side.change(posting.amount).minor(), change, "{posting:?}");
            assert_eq!(side.previous, self.credit_tail.insert(account, posting.no), "{posting:?}");
        }
    }

    fn processed(&self) -> impl Iterator<Item = &(AccountNo, Fact)> {
        self.facts.iter().filter(|(_, fact)| {
            use receivables::id::Numbered;
            let document = match fact {
                Fact::InvoiceItemAdjusted(adjusted) => adjusted.no.document(),
                Fact::PaymentRecorded(payment) => payment.no.document(),
                Fact::CreditBalanceAdjusted(adjusted) => adjusted.no.document(),
                Fact::Refunded(refund) => refund.no.document(),
                _ => return true,
            };
            !self.canceled.contains(&document)
        })
    }

    /// Invariants 1 and 2 from documents, 3 from journal lines, against what the reader answers.
    fn compare(&self, seen: &Snapshot) {
        let mut credit: BTreeMap<AccountNo, i64> = BTreeMap::new();
        let mut sums: BTreeMap<InvoiceNo, [i64; 6]> = BTreeMap::new();
        let mut add = |invoice, column: usize, amount: Money| {
            sums.entry(invoice).or_default()[column] += amount.minor();
        };
        let mut landed: BTreeSet<Document> = BTreeSet::new();
        for (account, fact) in self.processed() {
            match fact {
                // Money that a gateway moved stands in its order: first how it went, then how it came back.
                Fact::OrderMoved(moved) => {
                    let Some(parts) = &moved.landed else { continue };
                    let back = !landed.insert(moved.document);
                    let column = if moved.document.kind == Kind::Payment { 2 } else { 3 };
                    for part in &parts.parts {
                        let amount = if back { part.amount.negated() } else { part.amount };
                        add(part.invoice, column, amount);
                    }
                }
                Fact::InvoiceItemAdjusted(adjusted) => {
                    let column = usize::from(adjusted.kind == AdjustmentType::Credit);
                    add(adjusted.invoice, column, adjusted.amount);
                }
                Fact::PaymentRecorded(payment) => {
                    let mut parts = payment.credit_balance_amount.minor();
                    for part in &payment.applications {
                        parts += part.amount.minor();
                        if payment.method.is_none() {
                            add(part.invoice, 2, part.amount);
                        }
                    }
                    assert_eq!(parts, payment.amount.minor(), "{payment:?}");
                }
                Fact::Refunded(refund) if refund.method.is_none() => {
                    if let RefundSource::Payment { parts, .. } = &refund.source {
                        parts.iter().for_each(|part| add(part.invoice, 3, part.amount));
                    }
                }
                Fact::CreditBalanceAdjusted(adjusted) => {
                    let up = adjusted.direction == Direction::Increase;
                    let minor = adjusted.amount.minor();
                    *credit.entry(*account).or_default() += if up { minor } else { -minor };
                    if let Source::Invoice(invoice) = adjusted.source {
                        add(invoice, if up { 4 } else { 5 }, adjusted.amount);
                    }
                }
                _ => {}
            }
        }
        for document in &self.canceled {
            for ((name, ledger), net) in &self.documents {
                assert!(*name != document.to_string() || *net == 0, "{name} on {ledger}: {net}");
            }
        }
        let mut receivable: BTreeMap<AccountNo, [i64; 2]> = BTreeMap::new();
        for invoice in &seen.invoices {
            let sums = sums.get(&invoice.no).copied().unwrap_or_default();
            let lines = self.invoices.get(&invoice.no).copied().unwrap_or_default();
            self.invoice(invoice, sums, lines);
            let side = usize::from(invoice.amount.is_negative());
            receivable.entry(invoice.account).or_default()[side] += lines;
        }
        for account in &seen.accounts {
            let balance = account.credit_balance.minor();
            assert_eq!(balance, credit.get(&account.no).copied().unwrap_or(0), "{account:?}");
            assert_eq!(balance, self.credit.get(&account.no).copied().unwrap_or(0), "{account:?}");
            let invoices = receivable.get(&account.no).copied().unwrap_or_default();
            assert_eq!(account.positive_invoice_balance.minor(), invoices[0], "{account:?}");
            assert_eq!(account.negative_invoice_balance.minor(), invoices[1], "{account:?}");
        }
        let mut totals = self.totals.clone();
        for total in &seen.totals {
            let key = (total.currency.code(), total.date, total.account.0);
            let sums = (total.debit.minor(), total.credit.minor());
            assert_eq!(totals.remove(&key).unwrap_or_default(), sums, "{total:?}");
        }
        assert!(totals.values().all(|sums| *sums == (0, 0)), "day totals are missing: {totals:?}");
    }

    fn invoice(&self, invoice: &Invoice, sums: [i64; 6], lines: i64) {
        let [charges, credits, payments, refunds, increases, decreases] = sums;
        let seen = [
            invoice.charges,
            invoice.credits,
            invoice.payments,
            invoice.refunds,
            invoice.increases,
            invoice.decreases,
        ];
        assert_eq!(seen.map(Money::minor), sums, "{invoice:?}");
        let balance = self.amounts[&invoice.no] + charges - credits + refunds - payments
            + increases
            - decreases;
        assert_eq!(invoice.balance().unwrap().minor(), balance, "{invoice:?}");
        let expected = if invoice.status == InvoiceStatus::Posted { balance } else { 0 };
        assert_eq!(lines, expected, "{invoice:?}");
    }
}

/// Invariant 4: what is stored is the fold of the history.
fn compare_fold(entries: &[Entry], seen: &Snapshot) {
    let mut settings = Settings::default();
    let mut books = Books::default();
    for entry in entries {
        let place = Place { account: entry.head.account, entry: entry.head.no, at: entry.head.at };
        let today = settings.business_date(entry.head.at);
        for fact in &entry.facts {
            if let Fact::SettingsChanged(changed) = fact {
                settings = (**changed).clone();
            }
            evolve::fact(&mut books, place, fact).unwrap();
            if let Fact::InvoiceDrafted(drafted) = fact {
                books.items.insert(drafted.no, drafted.items.iter().map(Item::new).collect());
            }
        }
        for posting in &entry.postings {
            evolve::posting(&mut books, place, posting).unwrap();
        }
        evolve::close(&mut books, place, today, &entry.postings).unwrap();
    }
    assert_eq!(settings, seen.settings);
    for account in &seen.accounts {
        assert_eq!(books.accounts.get(&account.no), Some(account));
    }
    for (invoice, record) in seen.invoices.iter().zip(&seen.records) {
        assert_eq!(books.invoices.get(&invoice.no), Some(invoice));
        assert_eq!(books.items.get(&invoice.no), Some(&record.items));
    }
    for payment in &seen.payments {
        assert_eq!(books.payments.get(&payment.recorded.document.no), Some(payment));
    }
    for adjusted in &seen.adjustments {
        assert_eq!(books.adjustments.get(&adjusted.document.no), Some(adjusted));
    }
    for adjusted in &seen.item_adjustments {
        assert_eq!(books.item_adjustments.get(&adjusted.document.no), Some(adjusted));
    }
    for refund in &seen.refunds {
        assert_eq!(books.refunds.get(&refund.document.no), Some(refund));
    }
    for state in &seen.methods {
        assert_eq!(books.methods.get(&state.method.no), Some(state));
    }
    for order in &seen.orders {
        assert_eq!(books.orders.get(&order.placed.document), Some(order));
    }
    let counts = [
        (books.accounts.len(), seen.accounts.len()),
        (books.invoices.len(), seen.invoices.len()),
        (books.payments.len(), seen.payments.len()),
        (books.adjustments.len(), seen.adjustments.len()),
        (books.item_adjustments.len(), seen.item_adjustments.len()),
        (books.refunds.len(), seen.refunds.len()),
        (books.methods.len(), seen.methods.len()),
        (books.orders.len(), seen.orders.len()),
    ];
    assert!(counts.iter().all(|(folded, stored)| folded == stored), "{counts:?}");
}

/// The chains that statements are read from lead through exactly the history.
fn chains(reader: &dyn Reader, entries: &[Entry]) {
    let far = usize::from(u16::MAX);
    let postings =
        || entries.iter().flat_map(|entry| entry.postings.iter().map(move |p| (entry, p)));
    for no in (1..=last_number(reader, receivables::Kind::Account)).map(AccountNo) {
        let mut chain = reader.credit_postings(no, None, far).unwrap();
        chain.reverse();
        let expected = postings().filter(|(entry, posting)| {
            entry.head.account == no && posting.credit_balance.is_some()
        });
        assert!(
            chain
                .iter()
                .map(|found| (found.entry, &found.posting))
                .eq(expected.map(|(entry, posting)| (entry.head.no, posting)))
        );
        let mut chain = reader.account_entries(no, None, far).unwrap();
        chain.reverse();
        assert!(chain.iter().eq(entries.iter().filter(|entry| entry.head.account == no)));
    }
    for no in (1..=last_number(reader, receivables::Kind::Invoice)).map(InvoiceNo) {
        let mut chain = reader.invoice_postings(no, None, far).unwrap();
        chain.reverse();
        let expected = postings()
            .filter(|(_, posting)| posting.invoice.is_some_and(|side| side.invoice == no));
        assert!(
            chain
                .iter()
                .map(|found| (found.entry, &found.posting))
                .eq(expected.map(|(entry, posting)| (entry.head.no, posting)))
        );
    }
}

/// States written back are current if everything was written back.
fn stored(reader: &dyn Reader, seen: &Snapshot) {
    let mut states = Vec::new();
    let folded = reader.stored_states(&mut |state| states.push(state)).unwrap();
    if folded != reader.head().unwrap() {
        return;
    }
    let mut counts = [0; 6];
    for state in states {
        match state {
            StoredState::Account(account) => {
                counts[0] += 1;
                assert!(seen.accounts.contains(&account), "{account:?}");
            }
            StoredState::Invoice(invoice) => {
                counts[1] += 1;
                assert!(seen.invoices.contains(&invoice), "{invoice:?}");
            }
            StoredState::Total(total) => {
                counts[2] += 1;
                assert!(seen.totals.contains(&total), "{total:?}");
            }
            StoredState::Method(method) => {
                counts[3] += 1;
                assert!(seen.methods.contains(&method), "{method:?}");
            }
            StoredState::Order(order) => {
                counts[4] += 1;
                assert!(seen.orders.contains(&order), "{order:?}");
            }
            StoredState::Asked(asked) => {
                counts[5] += 1;
                let refund = seen.refunds.iter().find(|found| found.document.no == asked.refund);
                assert_eq!(refund.map(|found| found.at), Some(asked.at), "{asked:?}");
            }
        }
    }
    let expected = [
        seen.accounts.len(),
        seen.invoices.len(),
        seen.totals.len(),
        seen.methods.len(),
        seen.orders.len(),
        seen.refunds.len(),
    ];
    assert_eq!(counts, expected);
}
