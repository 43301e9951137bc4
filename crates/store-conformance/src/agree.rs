//! Whether a reader says what the oracle says: every method, every document, in pages of several sizes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use engine::{AskedRefund, Located, ReadError, Reader, StoredState, ends_schema_1};
use jiff::{Timestamp, civil::Date};
use receivables::account::{AccountChanged, AccountStatus};
use receivables::approval::Asker;
use receivables::fact::Fact;
use receivables::gateway::GatewayNo;
use receivables::id::Numbered;
use receivables::labels::FieldName;
use receivables::order::{Order, OrderState, Waiting};
use receivables::refund::Refund;
use receivables::text::ExternalId;
use receivables::{
    AccountNo, AdjustmentNo, Document, Entry, EntryNo, InvoiceNo, ItemAdjustmentNo, ItemNo, Kind,
    MethodNo, PaymentNo, PostingNo, RefundNo, Settings,
};

use crate::model::Model;

/// More than any history here has.
pub(crate) const ALL: usize = 1_000_000;
/// Longer histories are not read one by one.
const SHORT: usize = 120;

const KINDS: [Kind; 9] = [
    Kind::Account,
    Kind::Invoice,
    Kind::Payment,
    Kind::CreditBalanceAdjustment,
    Kind::Refund,
    Kind::InvoiceItemAdjustment,
    Kind::JournalEntry,
    Kind::InvoiceItem,
    Kind::PaymentMethod,
];

/// Holds everything `reader` answers against the oracle. Nobody may write meanwhile.
///
/// # Panics
///
/// If they differ.
#[track_caller]
pub fn agree(model: &Model, reader: &dyn Reader) {
    let last = EntryNo(model.numbers_of(Kind::JournalEntry).last().copied().unwrap_or(0));
    assert_eq!(reader.head().unwrap(), last, "head");
    assert_eq!(reader.settings().unwrap(), model.settings, "settings");
    for kind in KINDS {
        pages(model, reader, kind);
    }
    entries(model, reader);
    accounts(model, reader);
    invoices(model, reader);
    documents(model, reader);
    orders(model, reader);
    due(model, reader);
    labels(model, reader);
    field_values(model, reader);
    before(model, reader);
    assert_eq!(reader.day_totals().unwrap(), model.day_totals(), "day totals");
    stored(model, reader);
    keys(model, reader);
}

/// The sizes of pages that are read of so many rows.
fn sizes(count: usize) -> &'static [usize] {
    if count <= SHORT { &[1, 3, ALL] } else { &[97, ALL] }
}

/// Reads page after page; `read` answers the page before a row, or the first one.
fn paged<T: Clone>(
    size: usize,
    read: impl Fn(Option<&T>, usize) -> Result<Vec<T>, ReadError>,
) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    loop {
        let page = read(all.last(), size).unwrap();
        assert!(page.len() <= size, "{} on a page of {size}", page.len());
        let full = page.len() == size;
        all.extend(page);
        if !full {
            return all;
        }
    }
}

#[track_caller]
fn pages(model: &Model, reader: &dyn Reader, kind: Kind) {
    let mut expected = model.numbers_of(kind);
    expected.reverse();
    for size in sizes(expected.len()) {
        let found = paged(*size, |last, size| reader.page(kind, last.copied(), size));
        assert_eq!(found, expected, "{} in pages of {size}", kind.name());
    }
    assert_eq!(reader.page(kind, None, 0).unwrap(), Vec::<u64>::new(), "an empty page");
    assert_eq!(reader.page(kind, Some(1), 5).unwrap(), Vec::<u64>::new(), "before the first");
    assert_eq!(reader.page(kind, Some(0), 5).unwrap(), Vec::<u64>::new(), "before nothing");
    if let [_, middle, rest @ ..] = expected.as_slice() {
        // A position need not be a number that exists.
        assert_eq!(reader.page(kind, Some(middle + 1), ALL).unwrap().len(), rest.len() + 1);
    }
}

#[track_caller]
fn entries(model: &Model, reader: &dyn Reader) {
    let all = model.entries();
    let no = |entry: Option<&Entry>| entry.map(|entry| entry.head.no);
    for size in sizes(all.len()) {
        let after =
            |last: Option<&Entry>, size| reader.entries(no(last).unwrap_or(EntryNo(0)), size);
        same(&paged(*size, after), all, "entries");
        let newest: Vec<Entry> = all.iter().rev().cloned().collect();
        let before = |last: Option<&Entry>, size| reader.entries_before(no(last), size);
        same(&paged(*size, before), &newest, "entries before");
    }
    assert!(reader.entries(EntryNo(0), 0).unwrap().is_empty(), "no entries");
    assert!(reader.entries_before(None, 0).unwrap().is_empty(), "no entries before");
    for entry in all.iter().take(SHORT) {
        assert_eq!(reader.entry(entry.head.no).unwrap().as_ref(), Some(entry));
    }
    let missing = EntryNo(all.last().map_or(1, |entry| entry.head.no.0 + 1));
    assert_eq!(reader.entry(missing).unwrap(), None);
    assert!(reader.entries(missing, 5).unwrap().is_empty(), "entries after the last");
}

/// As `assert_eq`, with a message that names the first difference only.
#[track_caller]
fn same<T: PartialEq + Debug>(found: &[T], expected: &[T], what: &str) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "{what}, the one at {index}");
    }
    assert_eq!(found.len(), expected.len(), "how many {what}");
}

#[track_caller]
fn accounts(model: &Model, reader: &dyn Reader) {
    let numbers = shuffled(&model.numbers_of(Kind::Account), AccountNo);
    let found = reader.accounts(&numbers).unwrap();
    let expected = numbers.iter().filter_map(|no| model.books.accounts.get(no).copied());
    same(&found, &expected.collect::<Vec<_>>(), "accounts");
    let found = reader.account_profiles(&numbers).unwrap();
    let expected = numbers.iter().filter_map(|no| model.profile(*no));
    same(&found, &expected.collect::<Vec<_>>(), "account profiles");
    for (id, no) in model.books.account_ids.iter().take(SHORT) {
        assert_eq!(reader.find_account(id).unwrap(), Some(*no), "{id}");
    }
    assert_eq!(reader.find_account(&unheard_of()).unwrap(), None);
    for no in numbers.iter().copied().take(SHORT) {
        account(model, reader, no);
    }
    assert_eq!(reader.accounts(&[]).unwrap(), Vec::new());
    assert_eq!(reader.account(AccountNo(0)).unwrap(), None, "the organisation is no account");
}

#[track_caller]
fn account(model: &Model, reader: &dyn Reader, no: AccountNo) {
    assert_eq!(reader.account(no).unwrap(), model.books.accounts.get(&no).copied());
    assert_eq!(reader.account_profile(no).unwrap(), model.profile(no));
    let open = model.open_invoices(no);
    for limit in [0, 1, 2, ALL] {
        let first = &open[..open.len().min(limit)];
        same(&reader.open_invoices(no, limit).unwrap(), first, "open invoices");
    }
    let entries = model.account_entries(no);
    for size in sizes(entries.len()) {
        let read = |last: Option<&Entry>, size| {
            reader.account_entries(no, last.map(|entry| entry.head.no), size)
        };
        same(&paged(*size, read), &entries, "entries of an account");
    }
    account_documents(&entries, |from, limit| reader.account_documents(no, from, limit));
    let other = model.entries().iter().find(|entry| entry.head.account != no);
    if let Some(other) = other {
        let found = reader.account_documents(no, Some(other.head.no), ALL).unwrap();
        assert!(found.is_empty(), "{no} has documents of {}, which is of another", other.head.no);
        let found = reader.account_entries(no, Some(other.head.no), ALL).unwrap();
        assert!(found.is_empty(), "{no} has entries before {} of another", other.head.no);
    }
    chain(&model.credit_postings(no), |before, size| reader.credit_postings(no, before, size));
    assert!(reader.account_entries(no, None, 0).unwrap().is_empty());
}

/// What the entries of an account made, from every one of them on.
#[track_caller]
fn account_documents(
    entries: &[Entry],
    read: impl Fn(Option<EntryNo>, usize) -> Result<Vec<(EntryNo, Vec<Document>)>, ReadError>,
) {
    let made = |fact: &Fact| match fact {
        Fact::InvoiceDrafted(made) => Some(made.no.document()),
        Fact::InvoiceItemAdjusted(made) => Some(made.no.document()),
        Fact::PaymentRecorded(made) => Some(made.no.document()),
        Fact::CreditBalanceAdjusted(made) => Some(made.no.document()),
        Fact::Refunded(made) => Some(made.no.document()),
        _ => None,
    };
    let of = |entry: &Entry| (entry.head.no, entry.facts.iter().filter_map(made).collect());
    let expected: Vec<(EntryNo, Vec<Document>)> = entries.iter().map(of).collect();
    for (place, (no, _)) in expected.iter().enumerate().take(SHORT) {
        for size in [0, 1, 2, ALL] {
            let end = expected.len().min(place.saturating_add(size));
            same(&read(Some(*no), size).unwrap(), &expected[place..end], "documents from one on");
        }
    }
    same(&read(None, ALL).unwrap(), &expected, "documents of an account");
    same(&read(None, 1).unwrap(), &expected[..expected.len().min(1)], "the last documents");
}

/// A chain is the same whole and page by page.
#[track_caller]
fn chain(
    expected: &[Located],
    read: impl Fn(Option<PostingNo>, usize) -> Result<Vec<Located>, ReadError>,
) {
    for size in sizes(expected.len()) {
        let found = paged(*size, |last: Option<&Located>, size| {
            read(last.map(|located| located.posting.no), size)
        });
        same(&found, expected, "postings of a chain");
    }
    assert!(read(None, 0).unwrap().is_empty(), "an empty page of a chain");
}

#[track_caller]
fn invoices(model: &Model, reader: &dyn Reader) {
    let numbers = shuffled(&model.numbers_of(Kind::Invoice), InvoiceNo);
    let found = reader.invoices(&numbers).unwrap();
    let expected = numbers.iter().filter_map(|no| model.books.invoices.get(no).copied());
    same(&found, &expected.collect::<Vec<_>>(), "invoices");
    for no in numbers.iter().copied().take(SHORT) {
        assert_eq!(reader.invoice(no).unwrap(), model.books.invoices.get(&no).copied());
        assert_eq!(reader.invoice_record(no).unwrap(), model.record(no));
        let postings = model.invoice_postings(no);
        chain(&postings, |before, size| reader.invoice_postings(no, before, size));
    }
    for (id, no) in model.books.invoice_ids.iter().take(SHORT) {
        assert_eq!(reader.find_invoice(id).unwrap(), Some(*no), "{id}");
    }
    assert_eq!(reader.find_invoice(&unheard_of()).unwrap(), None);
    for item in shuffled(&model.numbers_of(Kind::InvoiceItem), ItemNo).into_iter().take(SHORT) {
        assert_eq!(reader.invoice_of_item(item).unwrap(), model.invoice_of(item), "{item}");
    }
}

#[track_caller]
fn documents(model: &Model, reader: &dyn Reader) {
    macro_rules! kind {
        ($kind:ident: $number:ident, $field:ident, $one:ident) => {
            let numbers = shuffled(&model.numbers_of(Kind::$kind), $number);
            let known = |no: &$number| model.books.$field.get(no).cloned();
            let expected: Vec<_> = numbers.iter().filter_map(known).collect();
            same(&reader.$field(&numbers).unwrap(), &expected, Kind::$kind.name());
            for no in numbers.iter().take(SHORT) {
                assert_eq!(reader.$one(*no).unwrap(), known(no), "{no}");
            }
        };
    }
    kind!(Payment: PaymentNo, payments, payment);
    kind!(CreditBalanceAdjustment: AdjustmentNo, adjustments, adjustment);
    kind!(InvoiceItemAdjustment: ItemAdjustmentNo, item_adjustments, item_adjustment);
    kind!(Refund: RefundNo, refunds, refund);
    kind!(PaymentMethod: MethodNo, methods, method);
    for no in shuffled(&model.numbers_of(Kind::Account), AccountNo).into_iter().take(SHORT) {
        same(&reader.account_methods(no).unwrap(), &model.account_methods(no), "methods");
    }
}

/// What waits for people, as the fold of the history has it.
fn waiting(all: &[Order], reader: &dyn Reader) {
    let approved = |it: &Order| it.state == OrderState::AwaitingApproval;
    for list in [Waiting::ForAnswer, Waiting::ForApproval, Waiting::ForPayment] {
        let mut people: Vec<Order> = all
            .iter()
            .filter(|it| match list {
                Waiting::ForAnswer => it.needs_a_person(),
                Waiting::ForApproval => approved(it),
                Waiting::ForPayment => it.state == OrderState::ToBePaid,
            })
            .cloned()
            .collect();
        people.sort_by_key(|it| (it.placed_at, it.placed.document.kind, it.placed.document.number));
        for limit in [0, 1, ALL] {
            let first = &people[..people.len().min(limit)];
            let found = reader.orders_for_people(list, None, limit).unwrap();
            same(&found, first, "orders for people");
        }
        if let Some((first, rest)) = people.split_first() {
            let after = Some((first.placed_at, first.placed.document));
            let found = reader.orders_for_people(list, after, ALL).unwrap();
            same(&found, rest, "orders for people");
        }
    }
}

/// Orders by document, by what is to be done, and by the ids gateways gave.
#[track_caller]
fn orders(model: &Model, reader: &dyn Reader) {
    let mut all: Vec<Order> = model.books.orders.values().cloned().collect();
    all.sort_by_key(|order| order.placed.document);
    all.reverse();
    let of: Vec<Document> = all.iter().map(|order| order.placed.document).collect();
    same(&reader.orders(&of).unwrap(), &all, "orders");
    let nothing = Document { kind: Kind::Refund, number: 4_000_000 };
    assert_eq!(reader.order(nothing).unwrap(), None);
    assert!(reader.order_history(nothing).unwrap().is_empty());
    for document in of.iter().take(SHORT) {
        same(&reader.order_history(*document).unwrap(), &model.order_history(*document), "steps");
    }
    let paid = all.iter().filter_map(|order| order.placed.payment).collect::<BTreeSet<_>>();
    for payment in paid.into_iter().chain([PaymentNo(4_000_000)]) {
        let of_it = all.iter().rev().filter(|it| it.refund().is_some());
        let of_it = of_it.filter(|it| it.placed.payment == Some(payment));
        let expected: Vec<Order> = of_it.cloned().collect();
        same(&reader.payment_orders(payment).unwrap(), &expected, "orders of a payment");
    }
    let mut due: Vec<Order> = all.iter().filter(|order| order.due.is_some()).cloned().collect();
    due.sort_by_key(|order| (order.due, order.placed.document.kind, order.placed.document.number));
    let instants = due.iter().filter_map(|order| order.due).take(SHORT);
    for now in instants.chain([Timestamp::UNIX_EPOCH, Timestamp::MAX]) {
        for gateway in [GatewayNo(1), GatewayNo(2), GatewayNo(9)] {
            let expected: Vec<Order> = due
                .iter()
                .filter(|order| order.due <= Some(now) && order.placed.gateway == gateway)
                .cloned()
                .collect();
            for limit in [0, 1, ALL] {
                let first = &expected[..expected.len().min(limit)];
                same(&reader.due_orders(gateway, now, limit).unwrap(), first, "due orders");
            }
        }
    }
    let mut sent: Vec<Order> =
        all.iter().filter(|order| order.on_record_since().is_some()).cloned().collect();
    let place =
        |it: &Order| (it.on_record_since(), it.placed.document.kind, it.placed.document.number);
    sent.sort_by_key(place);
    let instants: Vec<Timestamp> = sent.iter().filter_map(Order::on_record_since).collect();
    let spans = instants.iter().zip(instants.iter().rev()).map(|(from, to)| (*from, *to));
    for span in spans.take(SHORT).chain([(Timestamp::MIN, Timestamp::MAX)]) {
        for gateway in [GatewayNo(1), GatewayNo(2), GatewayNo(9)] {
            let of_it = sent.iter().filter(|order| {
                let at = order.on_record_since();
                order.placed.gateway == gateway && at >= Some(span.0) && at < Some(span.1)
            });
            let expected: Vec<Order> = of_it.cloned().collect();
            let (mut after, mut pages) = (None, Vec::new());
            loop {
                let page = reader.orders_on_record(gateway, span, after, 2).unwrap();
                let Some(last) = page.last() else { break };
                after = last.on_record_since().map(|at| (at, last.placed.document));
                pages.extend(page);
            }
            same(&pages, &expected, "orders on record");
        }
    }
    waiting(&all, reader);
    for order in all.iter().take(SHORT) {
        // Ids of every attempt lead to the order, not only those of the last.
        for event in model.order_history(order.placed.document) {
            let Fact::OrderMoved(moved) = event.fact else { continue };
            for id in [moved.said.id, moved.said.second_id].into_iter().flatten() {
                let found = reader.find_order(order.placed.gateway, id.as_str()).unwrap();
                assert_eq!(found, Some(order.placed.document), "{id}");
                let other = GatewayNo(order.placed.gateway.0 + 50);
                assert_eq!(reader.find_order(other, id.as_str()).unwrap(), None);
            }
        }
    }
    assert_eq!(reader.find_order(GatewayNo(1), "unheard of").unwrap(), None);
}

/// Settings and accounts were before an entry what the facts up to then made of them.
#[track_caller]
fn before(model: &Model, reader: &dyn Reader) {
    let mut settings = Settings::default();
    let mut accounts: BTreeMap<AccountNo, AccountChanged> = BTreeMap::new();
    for entry in model.entries() {
        let no = entry.head.no;
        for fact in &entry.facts {
            match fact {
                Fact::SettingsChanged(changed) => {
                    assert_eq!(reader.settings_before(no).unwrap(), settings, "before {no}");
                    settings = changed.as_ref().clone();
                }
                Fact::AccountOpened(opened) => {
                    let known = AccountChanged {
                        name: Some(opened.name.clone()),
                        status: Some(AccountStatus::Active),
                        automatic_transfer: Some(opened.automatic_transfer),
                        automatic_application: Some(opened.automatic_application),
                        ..AccountChanged::nothing(opened.no)
                    };
                    accounts.insert(opened.no, known);
                }
                Fact::AccountChanged(changed) => {
                    let known = accounts.get_mut(&changed.no).unwrap();
                    let found = reader.account_before(changed.no, no).unwrap();
                    assert_eq!(found.as_ref(), Some(&*known), "before {no}");
                    known.name = changed.name.clone().or(known.name.take());
                    known.status = changed.status.or(known.status);
                    known.automatic_transfer =
                        changed.automatic_transfer.or(known.automatic_transfer);
                    known.automatic_application =
                        changed.automatic_application.or(known.automatic_application);
                    known.gateway = changed.gateway.or(known.gateway);
                    known.default_method = changed.default_method.or(known.default_method);
                }
                _ => {}
            }
        }
    }
    assert_eq!(reader.account_before(AccountNo(999_999), EntryNo(u64::MAX)).unwrap(), None);
}

/// Labels are those of the last fact about them, now and before every entry.
#[track_caller]
fn labels(model: &Model, reader: &dyn Reader) {
    let mut asked: Vec<Document> = model.labeled().into_iter().collect();
    asked.push(InvoiceNo(999_999).document());
    let ends = model.entries().iter().rev().take(SHORT).map(|entry| Some(entry.head.no));
    for before in ends.chain([None]) {
        let until = before.unwrap_or(EntryNo(u64::MAX));
        let found = reader.labels(&asked, before).unwrap();
        let expected = asked.iter().filter_map(|of| Some((*of, model.labels(*of, until)?)));
        same(&found, &expected.collect::<Vec<_>>(), "labels");
    }
}

/// Documents are found by the values of custom fields that they have now, and by no others.
#[track_caller]
fn field_values(model: &Model, reader: &dyn Reader) {
    let mut expected: BTreeMap<(Kind, FieldName, String), Vec<u64>> = BTreeMap::new();
    let mut before: BTreeSet<(Kind, FieldName, String)> = BTreeSet::new();
    let facts = model.entries().iter().flat_map(|entry| &entry.facts);
    for fact in facts {
        let Fact::Labeled(labeled) = fact else { continue };
        for (field, value) in &labeled.custom_fields {
            let value = value.as_filter().to_owned();
            before.insert((labeled.document.kind, field.clone(), value));
        }
    }
    for of in model.labeled() {
        let labels = model.labels(of, EntryNo(u64::MAX)).unwrap_or_default();
        for (field, value) in labels.custom_fields {
            let value = value.as_filter().to_owned();
            expected.entry((of.kind, field, value)).or_default().insert(0, of.number);
        }
    }
    for key in before {
        let (kind, field, value) = &key;
        let expected = expected.get(&key).cloned().unwrap_or_default();
        for size in [1, ALL] {
            let found = paged(size, |last, size| {
                reader.page_with_value(*kind, (field, value), last.copied(), size)
            });
            same(&found, &expected, "documents with a value");
        }
    }
}

/// Every account that owes something is named once; others may be.
#[track_caller]
fn due(model: &Model, reader: &dyn Reader) {
    let mut days: Vec<Date> =
        model.books.invoices.values().map(|invoice| invoice.due_date).collect();
    days.sort_unstable();
    days.dedup();
    for until in days.into_iter().chain([Date::MIN, Date::MAX]) {
        for size in [2, ALL] {
            let found = paged(size, |last, size| {
                reader.accounts_due(until, last.copied().unwrap_or(AccountNo(0)), size)
            });
            assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
            for account in model.accounts_due(until) {
                assert!(found.contains(&account), "{account} owes something on {until}");
            }
        }
    }
}

/// The numbers, those around them that do not exist too, in an order that is none.
fn shuffled<N: Numbered>(numbers: &[u64], of: fn(u64) -> N) -> Vec<N> {
    let last = numbers.last().copied().unwrap_or(0);
    let (odd, even): (Vec<u64>, Vec<u64>) = (1..=last + 2).partition(|number| number % 2 == 1);
    odd.into_iter().rev().chain(even).map(of).collect()
}

fn unheard_of() -> ExternalId {
    ExternalId::try_new("unheard of").unwrap()
}

/// What is stored is the fold of the history up to the position that is answered with it.
#[track_caller]
fn stored(model: &Model, reader: &dyn Reader) {
    let (mut accounts, mut invoices, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    let (mut methods, mut orders, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    let end = reader.stored_states(&mut |state| match state {
        StoredState::Account(account) => accounts.push(account),
        StoredState::Invoice(invoice) => invoices.push(invoice),
        StoredState::Total(total) => totals.push(total),
        StoredState::Method(method) => methods.push(method),
        StoredState::Order(order) => orders.push(*order),
        StoredState::Asked(found) => asked.push(found),
    });
    let then = model.up_to(end.unwrap());
    accounts.sort_by_key(|account| account.no);
    invoices.sort_by_key(|invoice| invoice.no);
    totals.sort_by_key(|total| (total.currency.code(), total.date, total.account));
    let mut expected: Vec<_> = then.books.accounts.values().copied().collect();
    expected.sort_by_key(|account| account.no);
    same(&accounts, &expected, "stored accounts");
    let mut expected: Vec<_> = then.books.invoices.values().copied().collect();
    expected.sort_by_key(|invoice| invoice.no);
    same(&invoices, &expected, "stored invoices");
    same(&totals, &then.day_totals(), "stored day totals");
    methods.sort_by_key(|state| state.method.no);
    let mut expected: Vec<_> = then.books.methods.values().cloned().collect();
    expected.sort_by_key(|state| state.method.no);
    same(&methods, &expected, "stored methods");
    orders.sort_by_key(|order: &Order| order.placed.document);
    let mut expected: Vec<_> = then.books.orders.values().cloned().collect();
    expected.sort_by_key(|order| order.placed.document);
    same(&orders, &expected, "stored orders");
    asked.sort_by_key(|asked: &AskedRefund| asked.refund);
    let mut expected: Vec<AskedRefund> = Vec::new();
    let mut required = false;
    for Entry { head, facts, .. } in then.entries() {
        for fact in facts {
            required |= ends_schema_1(fact);
            let Fact::Refunded(Refund { no: refund, .. }) = fact else { continue };
            let asker = Asker::of(&head.actor, head.person.as_ref());
            let one = AskedRefund { asker, at: head.at, refund: *refund };
            // A program of schema 1 does not write it down.
            if required || asked.contains(&one) {
                expected.push(one);
            }
        }
    }
    same(&asked, &expected, "who asked for refunds");
}

#[track_caller]
fn keys(model: &Model, reader: &dyn Reader) {
    let (count, end) = reader.check_keys().unwrap();
    let least = model.up_to(end).entries().len() as u64;
    let most = model.entries().len() as u64;
    assert!(
        (least..=most).contains(&count),
        "{count} keys up to {end}, {least} to {most} expected"
    );
}
