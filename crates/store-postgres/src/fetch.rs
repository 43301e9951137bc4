//! Documents and decisions by their numbers: any number of them in a fixed number of round trips.

use std::borrow::Cow;
use std::hash::Hash;
use std::sync::Arc;

use columns::facts::{self, FactRef, FactRefs};
use columns::int;
use columns::orders::{labels_of, labels_row};
use money::{Currency, Money};
use receivables::account::{AccountChanged, AccountOpened};
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::fact::{Canceled, EntryHead, Fact};
use receivables::invoice::{InvoiceDrafted, InvoiceStatusChanged};
use receivables::journal::Posting;
use receivables::labels::Labels;
use receivables::order::Order;
use receivables::payment::{Payment, PaymentApplication};
use receivables::payment_method::MethodState;
use receivables::refund::{Refund, RefundPart, RefundSource};
use receivables::{
    AccountNo, Books, Document, Entry, EntryNo, InvoiceNo, PaymentNo, RefundNo, Settings,
};
use rustc_hash::FxHashMap;
use tokio_postgres::Row;

use crate::error::{Pg, corrupt};
use crate::link::{Link, Query};
use crate::rows::{self, Made, get, number, opt_number};
use crate::sql;

/// A statement that takes a list of numbers.
pub(crate) fn by_numbers(sql: &'static str, numbers: impl IntoIterator<Item = u64>) -> Query {
    let numbers: Vec<i64> = numbers.into_iter().map(int).collect();
    Query::new(sql).with(numbers)
}

/// The answers of a pipeline, taken one after the other.
pub(crate) struct Answers(std::vec::IntoIter<Vec<Row>>);

impl Answers {
    pub(crate) fn of(link: &mut Link, queries: Vec<Query>) -> Pg<Self> {
        Ok(Self(link.run(queries)?.into_iter()))
    }

    pub(crate) fn next(&mut self) -> Vec<Row> {
        self.0.next().unwrap_or_default()
    }
}

/// Reads every row.
pub(crate) fn all<T>(rows: &[Row], read: impl FnMut(&Row) -> Pg<T>) -> Pg<Vec<T>> {
    rows.iter().map(read).collect()
}

/// The statement behind [`labels`].
pub(crate) fn ask_labels(documents: &[Document], before: EntryNo) -> Query {
    let rows = documents.iter().map(|of| labels_row(*of));
    let (kinds, numbers): (Vec<i16>, Vec<i64>) =
        rows.map(|(kind, number)| (kind, int(number))).unzip();
    Query::new(sql::LABELS).with(kinds).with(numbers).with(int(before.0))
}

/// A document and its labels.
pub(crate) fn labels(row: &Row) -> Pg<(Document, Labels)> {
    labels_of(rows::json(row, 0)?).map_err(corrupt)
}

/// The statements behind [`payments`].
pub(crate) fn ask_payments(numbers: &[u64]) -> [Query; 2] {
    [sql::PAYMENTS, sql::PAYMENT_APPLICATIONS].map(|sql| by_numbers(sql, numbers.iter().copied()))
}

/// A payment with everything that is known of it.
pub(crate) struct FoundPayment {
    /// The entry that made it.
    pub(crate) entry: EntryNo,
    /// As it was recorded.
    pub(crate) recorded: Recorded<Payment>,
    /// What was refunded outside, per invoice.
    external: Vec<(InvoiceNo, Money)>,
    /// Of an electronic one: its order and its method.
    pub(crate) way: Way,
    /// The orders of its electronic refunds.
    refunds: Vec<Order>,
}

/// The order of an electronic document, and its method.
#[derive(Default)]
pub(crate) struct Way {
    pub(crate) order: Option<Order>,
    pub(crate) method: Option<MethodState>,
}

impl Way {
    fn read(row: &Row, column: usize) -> Pg<Self> {
        Ok(Self { order: rows::opt_json(row, column)?, method: rows::opt_json(row, column + 1)? })
    }

    /// Every invoice its money may go to.
    pub(crate) fn invoices(&self) -> impl Iterator<Item = u64> {
        let placed = self.order.iter().flat_map(|order| &order.placed.parts);
        let landed = self.order.iter().flat_map(|order| &order.landed);
        let landed = landed.flat_map(|landed| &landed.parts);
        placed.map(|part| part.invoice.0).chain(landed.map(|part| part.invoice.0))
    }

    /// Takes order and method over.
    pub(crate) fn keep(self, books: &mut Books) {
        if let Some(order) = self.order {
            books.orders.insert(order.placed.document, order);
        }
        if let Some(method) = self.method {
            books.methods.insert(method.method.no, method);
        }
    }
}

impl FoundPayment {
    /// As it stands now.
    pub(crate) fn state(self) -> Pg<(PaymentState, Way)> {
        let Self { recorded, external, way, refunds, .. } = self;
        let state =
            columns::orders::payment_state(recorded, way.order.as_ref(), &external, &refunds);
        Ok((state.map_err(corrupt)?, way))
    }
}

/// Payments with their applications.
pub(crate) fn payments(answers: &mut Answers) -> Pg<Vec<FoundPayment>> {
    let (payments, applications) = (answers.next(), answers.next());
    let mut found = Vec::with_capacity(payments.len());
    let mut places = FxHashMap::default();
    for row in &payments {
        let Made { entry, recorded } = rows::payment(row)?;
        places.insert(recorded.document.no, found.len());
        let refunds: Vec<Option<&str>> = get(row, 16)?;
        let refunds =
            refunds.into_iter().flatten().map(|body| serde_json::from_str(body).map_err(corrupt));
        found.push(FoundPayment {
            entry,
            recorded,
            external: Vec::new(),
            way: Way::read(row, 14)?,
            refunds: refunds.collect::<Pg<Vec<Order>>>()?,
        });
    }
    for row in &applications {
        let place = places.get(&PaymentNo(number(row, 0)?)).copied();
        let Some(payment) = place.and_then(|place| found.get_mut(place)) else { continue };
        let currency = payment.recorded.document.amount.currency();
        let money =
            |column| Ok::<_, crate::error::PgError>(Money::from_minor(get(row, column)?, currency));
        let (invoice, amount) = (InvoiceNo(number(row, 1)?), money(2)?);
        payment.external.push((invoice, money(3)?));
        payment.recorded.document.applications.push(PaymentApplication { invoice, amount });
    }
    Ok(found)
}

/// The statements behind [`refunds`].
pub(crate) fn ask_refunds(numbers: &[u64]) -> [Query; 2] {
    [sql::REFUNDS, sql::REFUND_PARTS].map(|sql| by_numbers(sql, numbers.iter().copied()))
}

/// Refunds with their parts, each with the entry that made it, and the way of an electronic one.
pub(crate) fn refunds(answers: &mut Answers) -> Pg<Vec<(Made<Refund>, Way)>> {
    let mut found = all(&answers.next(), |row| Ok((rows::refund(row)?, Way::read(row, 15)?)))?;
    let mut parts: FxHashMap<RefundNo, Vec<(InvoiceNo, i64)>> = FxHashMap::default();
    for row in &answers.next() {
        let part = (InvoiceNo(number(row, 1)?), get(row, 2)?);
        parts.entry(RefundNo(number(row, 0)?)).or_default().push(part);
    }
    for (made, _) in &mut found {
        let refund = &mut made.recorded.document;
        let currency = refund.amount.currency();
        if let RefundSource::Payment { parts: into, .. } = &mut refund.source {
            let of = parts.remove(&refund.no).unwrap_or_default().into_iter();
            into.extend(of.map(|(invoice, minor)| RefundPart {
                invoice,
                amount: Money::from_minor(minor, currency),
            }));
        }
    }
    Ok(found)
}

/// The statements behind [`drafted`].
pub(crate) fn ask_drafted(numbers: &[u64]) -> [Query; 2] {
    [sql::INVOICE_DRAFTED, sql::INVOICE_ITEMS].map(|sql| by_numbers(sql, numbers.iter().copied()))
}

/// Invoices as drafted, with their items.
pub(crate) fn drafted(answers: &mut Answers) -> Pg<FxHashMap<u64, InvoiceDrafted>> {
    let mut found: FxHashMap<u64, InvoiceDrafted> = FxHashMap::default();
    for row in &answers.next() {
        let drafted = rows::invoice_drafted(row)?;
        found.insert(drafted.no.0, drafted);
    }
    for row in &answers.next() {
        if let Some(drafted) = found.get_mut(&number(row, 0)?) {
            drafted.items.push(rows::invoice_item(row, drafted.amount.currency())?);
        }
    }
    Ok(found)
}

/// A decision whose documents are still to be read.
struct Outline {
    head: EntryHead,
    refs: FactRefs,
    currency: Option<Currency>,
}

fn outline(row: &Row) -> Pg<Outline> {
    let request_id: Option<String> = get(row, 7)?;
    let head = EntryHead {
        no: EntryNo(number(row, 0)?),
        at: rows::instant(row, 1)?,
        account: AccountNo(number(row, 2)?),
        previous: opt_number(row, 3)?.map(EntryNo),
        command: Cow::Owned(get(row, 4)?),
        actor: Arc::from(get::<&str>(row, 5)?),
        door: Cow::Owned(get(row, 6)?),
        request_id: Arc::from(request_id.unwrap_or_default()),
        key_hash: rows::hash(row, 8)?,
        fingerprint: rows::hash(row, 9)?,
        address: rows::opt_parsed(row, 11)?,
        on_behalf_of: rows::opt_parsed(row, 12)?,
        person: rows::opt_parsed(row, 14)?,
    };
    let refs = facts::decode(get(row, 10)?)?;
    let currency: Option<&str> = get(row, 13)?;
    let currency = currency.map(|code| code.parse().map_err(corrupt)).transpose()?;
    Ok(Outline { head, refs, currency })
}

/// Whole decisions from rows with the columns of `entries.sql`, in the same order; one more round trip.
pub(crate) fn entries(link: &mut Link, found: &[Row]) -> Pg<Vec<Entry>> {
    let outlines = all(found, outline)?;
    if outlines.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = Wanted::default();
    for outline in &outlines {
        wanted.add(outline);
    }
    let mut documents = wanted.read(link)?;
    outlines.into_iter().map(|outline| documents.entry(outline)).collect()
}

/// The numbers of all documents of some decisions.
#[derive(Default)]
struct Wanted {
    accounts: Vec<u64>,
    account_changes: Vec<u64>,
    setting_changes: Vec<u64>,
    invoices: Vec<u64>,
    item_adjustments: Vec<u64>,
    payments: Vec<u64>,
    adjustments: Vec<u64>,
    refunds: Vec<u64>,
    canceled: (Vec<i16>, Vec<i64>),
    gateway_facts: Vec<u64>,
    postings: Vec<u64>,
}

impl Wanted {
    fn add(&mut self, outline: &Outline) {
        for fact in &outline.refs.facts {
            match fact {
                FactRef::AccountOpened(no) => self.accounts.push(*no),
                FactRef::AccountChanged(no) => self.account_changes.push(*no),
                FactRef::SettingsChanged(no) => self.setting_changes.push(*no),
                FactRef::InvoiceDrafted(no) => self.invoices.push(*no),
                FactRef::InvoiceStatus(..) => {}
                FactRef::ItemAdjusted(no) => self.item_adjustments.push(*no),
                FactRef::Payment(no) => self.payments.push(*no),
                FactRef::Adjusted(no) => self.adjustments.push(*no),
                FactRef::Refunded(no) => self.refunds.push(*no),
                FactRef::Canceled(of) => {
                    self.canceled.0.push(i16::from(of.kind as u8));
                    self.canceled.1.push(int(of.number));
                }
                FactRef::Gateway(no) => self.gateway_facts.push(*no),
            }
        }
        let first = outline.refs.first_posting;
        self.postings.extend(first..first + outline.refs.posting_count);
    }

    fn read(self, link: &mut Link) -> Pg<Documents> {
        let mut queries = vec![
            by_numbers(sql::ACCOUNT_OPENED, self.accounts),
            by_numbers(sql::ACCOUNT_CHANGES, self.account_changes),
            by_numbers(sql::SETTING_CHANGES, self.setting_changes),
        ];
        queries.extend(ask_drafted(&self.invoices));
        queries.push(by_numbers(sql::ITEM_ADJUSTMENTS, self.item_adjustments));
        queries.extend(ask_payments(&self.payments));
        queries.push(by_numbers(sql::ADJUSTMENTS, self.adjustments));
        queries.extend(ask_refunds(&self.refunds));
        queries.push(Query::new(sql::CANCELLATIONS).with(self.canceled.0).with(self.canceled.1));
        queries.push(by_numbers(sql::GATEWAY_FACTS, self.gateway_facts));
        queries.push(by_numbers(sql::POSTINGS, self.postings));
        let mut answers = Answers::of(link, queries)?;
        let accounts = all(&answers.next(), rows::account_opened)?;
        let account_changes = all(&answers.next(), rows::account_changed)?;
        let setting_changes = all(&answers.next(), |row| {
            let settings: &str = get(row, 1)?;
            Ok((number(row, 0)?, serde_json::from_str(settings).map_err(corrupt)?))
        })?;
        let invoices = drafted(&mut answers)?;
        let item_adjustments = all(&answers.next(), rows::item_adjustment)?;
        let payments = payments(&mut answers)?;
        let adjustments = all(&answers.next(), rows::adjustment)?;
        let refunds = refunds(&mut answers)?;
        let canceled = all(&answers.next(), rows::canceled)?;
        let gateway_facts =
            all(&answers.next(), |row| Ok((number(row, 0)?, rows::json::<Fact>(row, 1)?)))?;
        let postings = all(&answers.next(), rows::posting)?;
        let payments = payments.into_iter().map(|found| found.recorded).collect();
        let refunds = refunds.into_iter().map(|(made, _)| made).collect();
        Ok(Documents {
            accounts: keyed(accounts, |found| found.no.0),
            account_changes: account_changes.into_iter().collect(),
            setting_changes: setting_changes.into_iter().collect(),
            invoices,
            item_adjustments: keyed(documents(item_adjustments), |found| found.document.no.0),
            payments: keyed(payments, |found: &Recorded<Payment>| found.document.no.0),
            adjustments: keyed(documents(adjustments), |found| found.document.no.0),
            refunds: keyed(documents(refunds), |found| found.document.no.0),
            canceled: keyed(canceled, |found| found.document),
            gateway_facts: gateway_facts.into_iter().collect(),
            postings: keyed(postings.into_iter().map(|(_, found)| found).collect(), |found| {
                found.no.0
            }),
        })
    }
}

fn documents<T>(made: Vec<Made<T>>) -> Vec<Recorded<T>> {
    made.into_iter().map(|made| made.recorded).collect()
}

fn keyed<K: Eq + Hash, T>(found: Vec<T>, key: impl Fn(&T) -> K) -> FxHashMap<K, T> {
    found.into_iter().map(|found| (key(&found), found)).collect()
}

/// Documents of some decisions, by number; each is taken once.
struct Documents {
    accounts: FxHashMap<u64, AccountOpened>,
    account_changes: FxHashMap<u64, AccountChanged>,
    setting_changes: FxHashMap<u64, Box<Settings>>,
    invoices: FxHashMap<u64, InvoiceDrafted>,
    item_adjustments: FxHashMap<u64, Recorded<InvoiceItemAdjustment>>,
    payments: FxHashMap<u64, Recorded<Payment>>,
    adjustments: FxHashMap<u64, Recorded<CreditBalanceAdjustment>>,
    refunds: FxHashMap<u64, Recorded<Refund>>,
    canceled: FxHashMap<Document, Canceled>,
    gateway_facts: FxHashMap<u64, Fact>,
    postings: FxHashMap<u64, Posting>,
}

impl Documents {
    fn entry(&mut self, outline: Outline) -> Pg<Entry> {
        let Outline { head, refs, currency } = outline;
        if currency.is_none() && head.account != AccountNo::ORGANISATION {
            return Err(corrupt(format!("the account of {} is missing", head.no)));
        }
        let mut found = Vec::with_capacity(refs.facts.len());
        for fact in refs.facts {
            let missing = || corrupt(format!("a row of {} is missing: {fact:?}", head.no));
            found.push(self.fact(fact).ok_or_else(missing)?);
        }
        let numbers = refs.first_posting..refs.first_posting + refs.posting_count;
        let mut postings = Vec::with_capacity(usize::try_from(refs.posting_count).unwrap_or(0));
        for number in numbers {
            let missing = || corrupt(format!("posting {number} is missing"));
            postings.push(self.postings.remove(&number).ok_or_else(missing)?);
        }
        Ok(Entry { head, facts: found, postings })
    }

    fn fact(&mut self, fact: FactRef) -> Option<Fact> {
        Some(match fact {
            FactRef::AccountOpened(no) => Fact::AccountOpened(self.accounts.remove(&no)?),
            FactRef::AccountChanged(no) => Fact::AccountChanged(self.account_changes.remove(&no)?),
            FactRef::SettingsChanged(no) => {
                Fact::SettingsChanged(self.setting_changes.remove(&no)?)
            }
            FactRef::InvoiceDrafted(no) => Fact::InvoiceDrafted(self.invoices.remove(&no)?),
            FactRef::InvoiceStatus(no, status) => {
                Fact::InvoiceStatusChanged(InvoiceStatusChanged { invoice: InvoiceNo(no), status })
            }
            FactRef::ItemAdjusted(no) => {
                Fact::InvoiceItemAdjusted(self.item_adjustments.remove(&no)?.document)
            }
            FactRef::Payment(no) => Fact::PaymentRecorded(self.payments.remove(&no)?.document),
            FactRef::Adjusted(no) => {
                Fact::CreditBalanceAdjusted(self.adjustments.remove(&no)?.document)
            }
            FactRef::Refunded(no) => Fact::Refunded(self.refunds.remove(&no)?.document),
            FactRef::Canceled(of) => Fact::Canceled(self.canceled.remove(&of)?),
            FactRef::Gateway(no) => self.gateway_facts.remove(&no)?,
        })
    }
}
