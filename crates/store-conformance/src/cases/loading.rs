//! `Store::load`: each need brings what the rules ask for, as the last commit left it.

use engine::Store;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use money::Money;
use receivables::approval::{Asker, LookedAt, Party, PastRefunds, RefundsNeeded};
use receivables::books::Movement;
use receivables::credit_balance::Source;
use receivables::id::Numbered;
use receivables::period::UNFINISHED_MAX;
use receivables::refund::RefundSource;
use receivables::text::ExternalId;
use receivables::{
    AccountNo, AdjustmentNo, Books, Document, EntryHead, EntryNo, InvoiceNo, ItemAdjustmentNo,
    Kind, MethodNo, Need, PaymentNo, RefundNo,
};

use super::{empty, filled, reopened};
use crate::model::Model;
use crate::place::Place;
use crate::sample;
use crate::turn::Desk;

/// Every need of every document, whether the states are in memory or in the database.
pub fn each_need_brings_what_the_rules_ask_for<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    each_need(opened.store(), &model);
    opened.store().idle();
    each_need(opened.store(), &model);
    let mut opened = reopened(&place, opened);
    each_need(opened.store(), &model);
}

/// A batch is loaded whole, however its needs come together.
pub fn all_needs_at_once_bring_the_same<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let store = opened.store();
    let mut needs = every_need(&model);
    for _ in 0..2 {
        let loaded = store.load(&needs, &[]).unwrap();
        store.release();
        for need in &needs {
            holds(&loaded.books, need, &model);
        }
        only_truth(&loaded.books, &model);
        needs.reverse();
    }
}

/// After every single commit the whole of the books is as that commit left it.
pub fn nothing_decided_later_is_missing<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let mut desk = Desk::at(opened.store());
    desk.watch = Some(all_at_once);
    sample::fill(&mut desk);
}

/// The same with every state written back after every commit.
pub fn nothing_written_back_is_missing<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let mut desk = Desk::at(opened.store());
    desk.watch = Some(|store, model| {
        store.idle();
        all_at_once(store, model);
    });
    sample::fill(&mut desk);
}

/// What was looked for and does not exist is absent.
pub fn what_does_not_exist_is_absent<P: Place>() {
    let (_place, mut opened, _) = filled::<P>();
    let store = opened.store();
    let nobody = 4_000;
    let needs = [
        Need::Account(AccountNo(nobody)),
        Need::Account(AccountNo::ORGANISATION),
        Need::AccountId(id("nobody")),
        Need::Invoice(InvoiceNo(nobody)),
        Need::InvoiceId(id("nothing")),
        Need::Items(InvoiceNo(nobody)),
        Need::OpenInvoices(AccountNo(nobody)),
        Need::Payment { no: PaymentNo(nobody), items: true, cancel: true },
        Need::Adjustment { no: AdjustmentNo(nobody), items: true },
        Need::ItemAdjustment(ItemAdjustmentNo(nobody)),
        Need::Refund(RefundNo(nobody)),
        Need::InvoicePostings(InvoiceNo(nobody)),
        Need::Movements(AccountNo(nobody), Date::MIN),
        Need::Method(MethodNo(nobody)),
        Need::DefaultMethod(AccountNo(nobody)),
        Need::Order(PaymentNo(nobody).document()),
        Need::Order(RefundNo(nobody).document()),
        Need::Order(InvoiceNo(nobody).document()),
    ];
    for need in needs {
        let loaded = store.load(std::slice::from_ref(&need), &[]).unwrap();
        store.release();
        assert_nothing(&loaded.books, &need);
    }
}

#[track_caller]
fn assert_nothing(books: &Books, need: &Need) {
    let Books { accounts, account_ids, invoices, invoice_ids, items, .. } = books;
    let states = (accounts.len(), account_ids.len(), invoices.len(), invoice_ids.len());
    assert_eq!((states, items.len()), ((0, 0, 0, 0), 0), "{need:?}");
    let Books { open_invoices, payments, adjustments, item_adjustments, refunds, .. } = books;
    let documents = (payments.len(), adjustments.len(), item_adjustments.len(), refunds.len());
    assert_eq!((documents, open_invoices.len()), ((0, 0, 0, 0), 0), "{need:?}");
    assert_eq!((books.methods.len(), books.orders.len()), (0, 0), "{need:?}");
    let postings = books.postings.values().all(Vec::is_empty);
    assert!(postings && books.movements.values().all(Vec::is_empty), "{need:?}");
}

/// Settings and numbers come with every load, also with one that asks for nothing.
pub fn settings_and_numbers_come_with_every_load<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    for again in [false, true] {
        let store = opened.store();
        let loaded = store.load(&[], &[]).unwrap();
        store.release();
        assert_eq!(*loaded.settings, model.settings, "reopened: {again}");
        assert_eq!(loaded.numbers, model.numbers, "reopened: {again}");
        assert_nothing(&loaded.books, &Need::Organisation);
        opened = reopened(&place, opened);
    }
}

fn id(text: &str) -> ExternalId {
    ExternalId::try_new(text).unwrap()
}

fn each_need(store: &mut dyn Store, model: &Model) {
    for need in every_need(model) {
        let loaded = store.load(std::slice::from_ref(&need), &[]).unwrap();
        store.release();
        holds(&loaded.books, &need, model);
        only_truth(&loaded.books, model);
    }
}

pub(super) fn all_at_once(store: &mut dyn Store, model: &Model) {
    let needs = every_need(model);
    let loaded = store.load(&needs, &[]).unwrap();
    store.release();
    assert_eq!(*loaded.settings, model.settings);
    for need in &needs {
        holds(&loaded.books, need, model);
    }
    only_truth(&loaded.books, model);
}

/// Everything that can be asked about the books.
fn every_need(model: &Model) -> Vec<Need> {
    let numbers = |kind| model.numbers_of(kind).into_iter();
    let mut needs = vec![Need::Organisation];
    let periods = model.settings.periods.iter();
    needs.extend(periods.map(|period| Need::Unfinished(period.name.clone())));
    for no in numbers(Kind::Account).map(AccountNo) {
        needs.extend([Need::Account(no), Need::OpenInvoices(no), Need::DefaultMethod(no)]);
        let mut days: Vec<Date> =
            model.credit_postings(no).iter().map(|located| located.posting.date).collect();
        days.push(Date::MIN);
        needs.extend(days.into_iter().map(|day| Need::Movements(no, day)));
    }
    for no in numbers(Kind::Invoice).map(InvoiceNo) {
        needs.extend([Need::Invoice(no), Need::Items(no), Need::InvoicePostings(no)]);
    }
    for no in numbers(Kind::Payment).map(PaymentNo) {
        for (items, cancel) in [(false, false), (true, false), (false, true), (true, true)] {
            needs.push(Need::Payment { no, items, cancel });
        }
    }
    for no in numbers(Kind::CreditBalanceAdjustment).map(AdjustmentNo) {
        needs.extend([false, true].map(|items| Need::Adjustment { no, items }));
    }
    let adjusted = numbers(Kind::InvoiceItemAdjustment);
    needs.extend(adjusted.map(|no| Need::ItemAdjustment(ItemAdjustmentNo(no))));
    needs.extend(numbers(Kind::Refund).map(|no| Need::Refund(RefundNo(no))));
    needs.extend(model.books.methods.keys().copied().map(Need::Method));
    needs.extend(model.books.orders.keys().copied().map(Need::Order));
    needs.extend(model.labeled().into_iter().map(Need::Labels));
    let at = |days: i64| {
        let last = model.entries.last().map_or(Timestamp::MIN, |entry| entry.head.at);
        last.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(last)
    };
    let askers = [("tester", 0), ("Zoë Meyer", 1), ("nobody", 2)];
    let accounts = numbers(Kind::Account).map(|no| AccountNo(no).document());
    let payments = numbers(Kind::Payment).map(|no| PaymentNo(no).document());
    for (of, (asker, days)) in accounts.chain(payments).zip(askers.into_iter().cycle()) {
        let needed = RefundsNeeded { of, asker: Asker::of(asker, None), at: at(days) };
        needs.push(Need::PastRefunds(Box::new(needed)));
    }
    needs.push(Need::Labels(InvoiceNo(999_999).document()));
    needs.extend(model.books.account_ids.keys().cloned().map(Need::AccountId));
    needs.extend(model.books.invoice_ids.keys().cloned().map(Need::InvoiceId));
    needs
}

/// Whether what was loaded has everything that `need` asks for.
#[track_caller]
fn holds(loaded: &Books, need: &Need, model: &Model) {
    let check = Check { loaded, model, need };
    match need {
        Need::Organisation => {}
        Need::Unfinished(_) => check.unfinished(),
        Need::Account(no) => check.account(*no),
        Need::AccountId(id) => {
            assert_eq!(loaded.account_ids.get(id), model.books.account_ids.get(id), "{need:?}");
        }
        Need::Invoice(no) => check.invoice(*no),
        Need::InvoiceId(id) => {
            assert_eq!(loaded.invoice_ids.get(id), model.books.invoice_ids.get(id), "{need:?}");
        }
        Need::Items(no) => check.items(*no),
        Need::OpenInvoices(no) => check.open(*no),
        Need::Payment { no, items, cancel } => check.payment(*no, *items, *cancel),
        Need::Adjustment { no, items } => check.adjustment(*no, *items),
        Need::ItemAdjustment(no) => check.item_adjustment(*no),
        Need::Refund(no) => check.refund(*no),
        Need::InvoicePostings(no) => check.invoice_postings(*no),
        Need::Movements(no, date) => check.movements(*no, *date),
        Need::Method(no) => check.method(*no),
        Need::DefaultMethod(no) => {
            check.account(*no);
            let default = model.books.accounts[no].default_method;
            default.into_iter().for_each(|method| check.method(method));
        }
        Need::PastRefunds(needed) => check.past_refunds(needed),
        Need::Labels(of) => {
            let expected = model.labels(*of, EntryNo(u64::MAX));
            assert_eq!(loaded.labels.get(of), expected.as_ref(), "{need:?}");
        }
        Need::Order(of) => match of.kind {
            Kind::Payment => check.payment(PaymentNo(of.number), false, false),
            Kind::Refund => check.refund(RefundNo(of.number)),
            _ => {}
        },
    }
}

struct Check<'a> {
    loaded: &'a Books,
    model: &'a Model,
    need: &'a Need,
}

impl Check<'_> {
    #[track_caller]
    fn account(&self, no: AccountNo) {
        let expected = self.model.books.accounts.get(&no);
        assert_eq!(self.loaded.accounts.get(&no), expected, "{:?}", self.need);
    }

    #[track_caller]
    fn invoice(&self, no: InvoiceNo) {
        let expected = self.model.books.invoices.get(&no);
        assert_eq!(self.loaded.invoices.get(&no), expected, "{:?}", self.need);
        self.account(expected.unwrap().account);
    }

    #[track_caller]
    fn items(&self, no: InvoiceNo) {
        self.invoice(no);
        let expected = self.model.books.items.get(&no);
        assert_eq!(self.loaded.items.get(&no), expected, "{:?}", self.need);
    }

    #[track_caller]
    fn open(&self, no: AccountNo) {
        self.account(no);
        let found = self.loaded.open_invoices.get(&no);
        let found = found.unwrap_or_else(|| panic!("{:?}: no open invoices", self.need));
        for invoice in self.model.open_invoices(no) {
            assert!(found.contains(&invoice.no), "{:?}: without {}", self.need, invoice.no);
        }
        // Others may be named too, if they come with their figures.
        for invoice in found {
            self.invoice(*invoice);
        }
    }

    #[track_caller]
    fn payment(&self, no: PaymentNo, items: bool, cancel: bool) {
        let expected = &self.model.books.payments[&no];
        assert_eq!(self.loaded.payments.get(&no), Some(expected), "{:?}", self.need);
        self.account(expected.recorded.account);
        let payment = &expected.recorded.document;
        self.order(no.document());
        for part in &payment.applications {
            self.invoice(part.invoice);
            if items {
                self.items(part.invoice);
            }
        }
        if !cancel {
            return;
        }
        self.postings(no.document());
        // An electronic payment is never canceled but voided.
        let external = payment.method.is_none();
        if let Some(adjustment) = payment.credit_balance_adjustment.filter(|_| external) {
            self.adjustment(adjustment, false);
            self.movements(expected.recorded.account, payment.date);
        }
    }

    #[track_caller]
    fn adjustment(&self, no: AdjustmentNo, items: bool) {
        let expected = &self.model.books.adjustments[&no];
        assert_eq!(self.loaded.adjustments.get(&no), Some(expected), "{:?}", self.need);
        self.account(expected.account);
        self.postings(no.document());
        if let Source::Invoice(invoice) = expected.document.source {
            self.invoice(invoice);
            if items {
                self.items(invoice);
            }
        }
    }

    #[track_caller]
    fn item_adjustment(&self, no: ItemAdjustmentNo) {
        let expected = &self.model.books.item_adjustments[&no];
        assert_eq!(self.loaded.item_adjustments.get(&no), Some(expected), "{:?}", self.need);
        self.items(expected.document.invoice);
        self.postings(no.document());
    }

    #[track_caller]
    fn refund(&self, no: RefundNo) {
        let expected = &self.model.books.refunds[&no];
        assert_eq!(self.loaded.refunds.get(&no), Some(expected), "{:?}", self.need);
        self.account(expected.account);
        self.postings(no.document());
        self.order(no.document());
        if let RefundSource::Payment { payment, parts } = &expected.document.source {
            for part in parts {
                self.invoice(part.invoice);
            }
            self.payment(*payment, false, false);
        }
    }

    #[track_caller]
    fn method(&self, no: MethodNo) {
        let expected = self.model.books.methods.get(&no);
        assert_eq!(self.loaded.methods.get(&no), expected, "{:?}", self.need);
        self.account(expected.unwrap().method.account);
    }

    /// The order of a document, if it is electronic, with what its money may go to.
    #[track_caller]
    fn order(&self, of: Document) {
        let expected = self.model.books.orders.get(&of);
        assert_eq!(self.loaded.orders.get(&of), expected, "{:?}", self.need);
        let Some(order) = expected else { return };
        if !order.placed.by_hand() {
            self.method(order.placed.method);
        }
        for part in &order.placed.parts {
            self.invoice(part.invoice);
        }
        for part in order.landed.iter().flat_map(|landed| &landed.parts) {
            self.invoice(part.invoice);
        }
    }

    #[track_caller]
    fn postings(&self, of: Document) {
        let expected = self.model.postings_that_made(of);
        assert_eq!(self.loaded.postings.get(&of), expected.as_ref(), "{:?}", self.need);
    }

    #[track_caller]
    fn invoice_postings(&self, no: InvoiceNo) {
        self.invoice(no);
        let of = no.document();
        let Some(entry) = self.model.books.invoices[&no].posted_entry else { return };
        let expected = self.model.postings_of(entry, of);
        assert_eq!(self.loaded.postings.get(&of), Some(&expected), "{:?}", self.need);
    }

    /// Refunds of late, to the account and by who asks, as far as the policies look.
    fn past_refunds(&self, needed: &RefundsNeeded) {
        let LookedAt { account, asker } = self.model.settings.refunds_looked_at(needed.at);
        let of = match needed.of.kind {
            Kind::Account => AccountNo(needed.of.number),
            _ => self.model.books.payments[&PaymentNo(needed.of.number)].recorded.account,
        };
        let found = |party: Party| self.loaded.past_refunds.get(&party);
        if let Some(since) = account {
            let expected = self.model.past_refunds(since, |head| head.account == of);
            self.same_refunds(found(Party::Account(of)), since, expected);
        }
        if let Some(since) = asker {
            let by = |head: &EntryHead| Asker::of(&head.actor, head.person.as_ref());
            let expected = self.model.past_refunds(since, |head| by(head) == needed.asker);
            self.same_refunds(found(Party::Asker(needed.asker.clone())), since, expected);
        }
    }

    fn same_refunds(
        &self,
        found: Option<&PastRefunds>,
        since: Timestamp,
        mut expected: Vec<(Timestamp, Money)>,
    ) {
        let found = found.unwrap_or_else(|| panic!("{:?}: no refunds", self.need));
        assert!(found.since <= since, "{:?}", self.need);
        // What was asked for earlier than wanted may be there, too.
        let mut refunds = found.refunds.to_vec();
        refunds.retain(|(at, _)| *at >= since);
        let key = |(at, amount): &(Timestamp, Money)| (*at, amount.minor());
        refunds.sort_by_key(key);
        expected.sort_by_key(key);
        assert_eq!(refunds, expected, "{:?}", self.need);
    }

    /// What a period leaves unfinished.
    fn unfinished(&self) {
        let Need::Unfinished(name) = self.need else { return };
        let mut expected = self.model.unfinished(self.model.settings.period(name).unwrap());
        let found = &self.loaded.unfinished[name];
        expected.drafts.truncate(UNFINISHED_MAX);
        assert_eq!(found.drafts, expected.drafts, "{:?}", self.need);
        assert_eq!(
            found.orders.len(),
            expected.orders.len().min(UNFINISHED_MAX),
            "{:?}",
            self.need
        );
        let all = found.orders.iter().all(|document| expected.orders.contains(document));
        assert!(all, "{:?}", self.need);
    }

    /// Movements on or before the day do not matter.
    #[track_caller]
    fn movements(&self, no: AccountNo, date: Date) {
        self.account(no);
        let all = self.loaded.movements.get(&no).into_iter().flatten().copied();
        let found: Vec<Movement> = all.filter(|movement| movement.date > date).collect();
        let expected = self.model.movements(no, date);
        assert_eq!(sorted(found), sorted(expected), "{:?}", self.need);
    }
}

fn sorted(movements: Vec<Movement>) -> Vec<(Date, i64)> {
    let mut sorted: Vec<_> =
        movements.iter().map(|movement| (movement.date, movement.change.minor())).collect();
    sorted.sort_unstable();
    sorted
}

/// Whether nothing that was loaded differs from the books, be it asked for or not.
#[track_caller]
fn only_truth(loaded: &Books, model: &Model) {
    macro_rules! same {
        ($($field:ident)*) => {
            $(for (no, found) in &loaded.$field {
                assert_eq!(model.books.$field.get(no), Some(found), stringify!($field));
            })*
        };
    }
    same!(accounts account_ids invoices invoice_ids items payments);
    same!(adjustments item_adjustments refunds methods orders);
}
