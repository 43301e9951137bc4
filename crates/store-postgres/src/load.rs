//! Loading what a batch needs: at most three round trips, whatever its size.
//!
//! First everything that commands name, with the locks; then what those documents lead to; then what
//! that leads to. A batch of commands that only name accounts and invoices needs one.

use columns::{facts, int, opt_int};
use engine::{KeyHash, Loaded, Prior};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use money::Money;
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::approval::RefundsNeeded;
use receivables::books::{MOVEMENTS_MAX, Movement};
use receivables::credit_balance::{CreditBalanceAdjustment, Source};
use receivables::id::Numbered;
use receivables::payment_method::MethodState;
use receivables::period::PeriodName;
use receivables::refund::{Refund, RefundSource};
use receivables::text::ExternalId;
use receivables::{AccountNo, Books, Document, EntryNo, InvoiceNo, Kind, Need, PaymentNo};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio_postgres::Row;

use crate::error::{Pg, corrupt};
use crate::fetch::{self, Answers, FoundPayment, all, by_numbers};
use crate::link::{Link, Query};
use crate::rows::{self, Made, get, number};
use crate::sql;

/// What a batch needs, sorted by what it is.
#[derive(Default)]
pub(crate) struct Wanted {
    organisation: bool,
    /// The periods to be closed.
    pub(crate) unfinished: Vec<PeriodName>,
    accounts: FxHashSet<u64>,
    account_ids: Vec<String>,
    invoices: FxHashSet<u64>,
    invoice_ids: Vec<String>,
    items: FxHashSet<u64>,
    open: FxHashSet<u64>,
    posted: FxHashSet<u64>,
    payments: FxHashMap<u64, (bool, bool)>,
    adjustments: FxHashMap<u64, bool>,
    item_adjustments: FxHashSet<u64>,
    refunds: FxHashSet<u64>,
    movements: Vec<(AccountNo, Date)>,
    methods: FxHashSet<u64>,
    /// Accounts whose default method is wanted.
    defaults: FxHashSet<u64>,
    labels: Vec<Document>,
    /// Refunds of late, if a policy looks at them.
    pub(crate) past_refunds: Vec<RefundsNeeded>,
}

impl Wanted {
    pub(crate) fn of(needs: &[Need]) -> Self {
        let mut wanted = Self::default();
        for need in needs {
            wanted.add(need);
        }
        wanted
    }

    fn add(&mut self, need: &Need) {
        match need {
            Need::Organisation => self.organisation = true,
            Need::Unfinished(period) => {
                self.organisation = true;
                self.unfinished.push(period.clone());
            }
            Need::Account(no) => drop(self.accounts.insert(no.0)),
            Need::AccountId(id) => self.account_ids.push(id.to_string()),
            Need::Invoice(no) => drop(self.invoices.insert(no.0)),
            Need::InvoiceId(id) => self.invoice_ids.push(id.to_string()),
            Need::Items(no) => {
                self.invoices.insert(no.0);
                self.items.insert(no.0);
            }
            Need::OpenInvoices(no) => {
                self.accounts.insert(no.0);
                self.open.insert(no.0);
            }
            Need::Payment { no, items, cancel } => {
                let flags = self.payments.entry(no.0).or_default();
                *flags = (flags.0 | items, flags.1 | cancel);
            }
            Need::Adjustment { no, items } => *self.adjustments.entry(no.0).or_default() |= items,
            Need::ItemAdjustment(no) => drop(self.item_adjustments.insert(no.0)),
            Need::Refund(no) => drop(self.refunds.insert(no.0)),
            Need::InvoicePostings(no) => {
                self.invoices.insert(no.0);
                self.posted.insert(no.0);
            }
            Need::Movements(no, date) => {
                self.accounts.insert(no.0);
                self.movements.push((*no, *date));
            }
            Need::Method(no) => drop(self.methods.insert(no.0)),
            Need::DefaultMethod(no) => {
                self.accounts.insert(no.0);
                self.defaults.insert(no.0);
            }
            Need::Labels(of) => self.labels.push(*of),
            Need::PastRefunds(needed) => {
                match needed.of.kind {
                    Kind::Account => drop(self.accounts.insert(needed.of.number)),
                    _ => drop(self.payments.entry(needed.of.number).or_default()),
                }
                self.past_refunds.push((**needed).clone());
            }
            Need::Order(of) => match of.kind {
                Kind::Payment => drop(self.payments.entry(of.number).or_default()),
                Kind::Refund => drop(self.refunds.insert(of.number)),
                _ => {}
            },
        }
    }

    fn names_documents(&self) -> bool {
        !(self.payments.is_empty()
            && self.adjustments.is_empty()
            && self.item_adjustments.is_empty()
            && self.refunds.is_empty())
    }

    fn lock_accounts(&self) -> Query {
        let list = |numbers: &mut dyn Iterator<Item = u64>| numbers.map(int).collect::<Vec<i64>>();
        let accounts = list(&mut self.accounts.iter().copied());
        if !self.names_documents() && self.invoices.is_empty() && self.methods.is_empty() {
            return Query::new(sql::LOCK_KNOWN_ACCOUNTS).with(accounts);
        }
        Query::new(sql::LOCK_ACCOUNTS)
            .with(accounts)
            .with(list(&mut self.invoices.iter().copied()))
            .with(list(&mut self.payments.keys().copied()))
            .with(list(&mut self.adjustments.keys().copied()))
            .with(list(&mut self.item_adjustments.iter().copied()))
            .with(list(&mut self.refunds.iter().copied()))
            .with(list(&mut self.methods.iter().copied()))
    }
}

/// What the first round trip brought for the store itself.
pub(crate) struct Begun {
    /// The number of the settings in force, and the settings if they are not the ones known.
    pub(crate) settings: Option<(i64, Option<String>)>,
}

/// Documents of the first round trip, to be followed in the second.
#[derive(Default)]
struct Named {
    adjustments: Vec<Made<CreditBalanceAdjustment>>,
    item_adjustments: Vec<Made<InvoiceItemAdjustment>>,
    refunds: Vec<Made<Refund>>,
    /// Invoices that orders name.
    of_orders: Vec<u64>,
    /// Documents whose postings are needed, by the entry that made them.
    postings: Vec<(EntryNo, Document)>,
    /// Adjustments made by payments that may be canceled.
    of_payments: Vec<u64>,
}

/// Begins the transaction, locks, and loads.
pub(crate) struct Loader<'a> {
    pub(crate) link: &'a mut Link,
    pub(crate) wanted: Wanted,
    pub(crate) loaded: Loaded,
}

impl Loader<'_> {
    /// The first round trip. The committer's own row comes first: while it is locked, numbers may be
    /// in the making. The accounts come before everything that is read of them.
    pub(crate) fn begin(&mut self, committer: i64, settings: i64, keys: &[KeyHash]) -> Pg<Begun> {
        let wanted = &self.wanted;
        let organisation =
            if wanted.organisation { sql::LOCK_ORGANISATION_ALONE } else { sql::LOCK_ORGANISATION };
        let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.0.to_vec()).collect();
        let mut queries = vec![
            Query::text("BEGIN"),
            Query::new(sql::LOCK_COMMITTER).with(committer),
            Query::new(organisation),
            wanted.lock_accounts(),
            Query::new(sql::SETTINGS).with(settings),
            Query::new(sql::KEYS).with(keys),
        ];
        let (invoices, ids, open, documents, methods) = (
            !wanted.invoices.is_empty(),
            !(wanted.account_ids.is_empty() && wanted.invoice_ids.is_empty()),
            !wanted.open.is_empty(),
            wanted.names_documents(),
            !(wanted.methods.is_empty() && wanted.defaults.is_empty()),
        );
        if invoices {
            queries.push(by_numbers(sql::INVOICES, wanted.invoices.iter().copied()));
        }
        if ids {
            queries.push(Query::new(sql::ACCOUNT_IDS).with(wanted.account_ids.clone()));
            queries.push(Query::new(sql::INVOICE_IDS).with(wanted.invoice_ids.clone()));
        }
        if open {
            queries.push(by_numbers(sql::OPEN_INVOICES, wanted.open.iter().copied()));
        }
        if documents {
            let payments: Vec<u64> = wanted.payments.keys().copied().collect();
            queries.extend(fetch::ask_payments(&payments));
            queries.push(by_numbers(sql::ADJUSTMENTS, wanted.adjustments.keys().copied()));
            let numbers = wanted.item_adjustments.iter().copied();
            queries.push(by_numbers(sql::ITEM_ADJUSTMENTS, numbers));
            let refunds: Vec<u64> = wanted.refunds.iter().copied().collect();
            queries.extend(fetch::ask_refunds(&refunds));
        }
        if methods {
            let query = by_numbers(sql::NEEDED_METHODS, wanted.methods.iter().copied());
            queries.push(query.with(wanted.defaults.iter().copied().map(int).collect::<Vec<_>>()));
        }
        if !wanted.labels.is_empty() {
            queries.push(fetch::ask_labels(&wanted.labels, EntryNo(u64::MAX)));
        }
        let mut answers = Answers::of(self.link, queries)?;
        drop(answers.next());
        if answers.next().is_empty() {
            return Err(crate::error::PgError::NotRegistered);
        }
        drop(answers.next());
        self.take_accounts(&answers.next())?;
        let settings = answers.next();
        let settings = match settings.first() {
            Some(row) => Some((get(row, 0)?, get(row, 1)?)),
            None => None,
        };
        for row in &answers.next() {
            let prior = Prior { entry: EntryNo(number(row, 1)?), fingerprint: rows::hash(row, 2)? };
            self.loaded.prior.insert(rows::hash(row, 0)?, prior);
        }
        if invoices {
            self.take_invoices(&answers.next())?;
        }
        if ids {
            self.take_ids(&mut answers)?;
        }
        if open {
            self.take_open(&answers.next())?;
        }
        let named = if documents { self.take_named(&mut answers)? } else { Named::default() };
        if methods {
            for state in all(&answers.next(), |row| rows::json::<MethodState>(row, 0))? {
                self.loaded.books.methods.insert(state.method.no, state);
            }
        }
        if !self.wanted.labels.is_empty() {
            self.loaded.books.labels.extend(all(&answers.next(), fetch::labels)?);
        }
        self.follow(named)?;
        self.require_locked_accounts()?;
        Ok(Begun { settings })
    }

    /// A document made while the locks were waited for may be on an account that nobody locked: the
    /// statement that locks did not see it, those after it do.
    fn require_locked_accounts(&self) -> Pg<()> {
        let books = &self.loaded.books;
        let mut accounts = books
            .invoices
            .values()
            .map(|found| found.account)
            .chain(books.payments.values().map(|found| found.recorded.account))
            .chain(books.adjustments.values().map(|found| found.account))
            .chain(books.item_adjustments.values().map(|found| found.account))
            .chain(books.refunds.values().map(|found| found.account))
            .chain(books.methods.values().map(|found| found.method.account))
            .chain(books.orders.values().map(|found| found.account));
        if accounts.all(|account| books.accounts.contains_key(&account)) {
            return Ok(());
        }
        Err(crate::error::PgError::Moved)
    }

    fn take_accounts(&mut self, found: &[Row]) -> Pg<()> {
        for account in all(found, rows::account)? {
            // The zone is not known yet, so the earliest day it can have been. That may load some for nothing.
            let day = |at: Timestamp| {
                let earliest = at.saturating_sub(SignedDuration::from_hours(26)).unwrap_or(at);
                earliest.to_zoned(TimeZone::UTC).date()
            };
            if let Some(from) = account.looks_ahead_from(day) {
                self.wanted.movements.push((account.no, from));
            }
            self.loaded.books.accounts.insert(account.no, account);
        }
        Ok(())
    }

    fn take_invoices(&mut self, found: &[Row]) -> Pg<()> {
        for invoice in all(found, rows::invoice)? {
            self.loaded.books.invoices.insert(invoice.no, invoice);
        }
        Ok(())
    }

    fn take_ids(&mut self, answers: &mut Answers) -> Pg<()> {
        let id = |row: &Row| ExternalId::try_new(get(row, 0)?).map_err(corrupt);
        for row in &answers.next() {
            let no = AccountNo(number(row, 1)?);
            self.loaded.books.account_ids.insert(id(row)?, no);
        }
        for row in &answers.next() {
            let no = InvoiceNo(number(row, 1)?);
            self.loaded.books.invoice_ids.insert(id(row)?, no);
        }
        Ok(())
    }

    fn take_open(&mut self, found: &[Row]) -> Pg<()> {
        let books = &mut self.loaded.books;
        for account in self.wanted.open.iter().copied().map(AccountNo) {
            if books.accounts.contains_key(&account) {
                books.open_invoices.insert(account, Vec::new());
            }
        }
        for invoice in all(found, rows::invoice)? {
            books.open_invoices.entry(invoice.account).or_default().push(invoice.no);
            books.invoices.insert(invoice.no, invoice);
        }
        Ok(())
    }

    fn take_named(&mut self, answers: &mut Answers) -> Pg<Named> {
        let mut named = Named::default();
        for found in fetch::payments(answers)? {
            let entry = found.entry;
            named.of_orders.extend(found.way.invoices());
            let (state, way) = found.state()?;
            way.keep(&mut self.loaded.books);
            let no = state.recorded.document.no;
            if self.wanted.payments.get(&no.0).is_some_and(|(_, cancel)| *cancel) {
                named.postings.push((entry, no.document()));
                // An electronic one is never canceled but voided; its credit came with another entry.
                let payment = &state.recorded.document;
                let external = payment.method.is_none();
                if let Some(adjustment) = payment.credit_balance_adjustment.filter(|_| external) {
                    named.of_payments.push(adjustment.0);
                    named.postings.push((entry, adjustment.document()));
                    let since = (state.recorded.account, state.recorded.document.date);
                    self.wanted.movements.push(since);
                }
            }
            self.loaded.books.payments.insert(no, state);
        }
        named.adjustments = all(&answers.next(), rows::adjustment)?;
        named.item_adjustments = all(&answers.next(), rows::item_adjustment)?;
        for (made, way) in fetch::refunds(answers)? {
            named.of_orders.extend(way.invoices());
            way.keep(&mut self.loaded.books);
            named.refunds.push(made);
        }
        let of_adjustments = named.adjustments.iter();
        let of_adjustments =
            of_adjustments.map(|made| (made.entry, made.recorded.document.no.document()));
        let of_items = named.item_adjustments.iter();
        let of_items = of_items.map(|made| (made.entry, made.recorded.document.no.document()));
        let of_refunds = named.refunds.iter();
        let of_refunds = of_refunds.map(|made| (made.entry, made.recorded.document.no.document()));
        let all: Vec<_> = of_adjustments.chain(of_items).chain(of_refunds).collect();
        named.postings.extend(all);
        Ok(named)
    }

    /// What the documents lead to: their invoices, items, payments, postings.
    fn follow(&mut self, mut named: Named) -> Pg<()> {
        for no in self.wanted.posted.iter().copied().map(InvoiceNo) {
            let posted = self.loaded.books.invoices.get(&no).and_then(|found| found.posted_entry);
            named.postings.extend(posted.map(|entry| (entry, no.document())));
        }
        let mut invoices: FxHashSet<u64> = named.of_orders.iter().copied().collect();
        let mut items: FxHashSet<u64> = self.wanted.items.iter().copied().collect();
        let mut payments: Vec<u64> = Vec::new();
        self.dependants(&named, &mut invoices, &mut items, &mut payments);
        let movements = self.ask_movements();
        let entries: FxHashSet<u64> = named.postings.iter().map(|(entry, _)| entry.0).collect();
        if invoices.is_empty() && items.is_empty() && entries.is_empty() && movements.is_none() {
            return Ok(());
        }
        let mut queries = vec![
            by_numbers(sql::INVOICES, invoices.iter().copied()),
            by_numbers(sql::ITEMS_ADJUSTED, items.iter().copied()),
            by_numbers(sql::ENTRIES, entries),
            by_numbers(sql::ADJUSTMENTS, named.of_payments.iter().copied()),
        ];
        queries.extend(fetch::ask_payments(&payments));
        let moves = movements.is_some();
        queries.extend(movements);
        let mut answers = Answers::of(self.link, queries)?;
        self.take_invoices(&answers.next())?;
        self.take_items(&items, &answers.next())?;
        let facts = answers.next();
        named.adjustments.extend(all(&answers.next(), rows::adjustment)?);
        let payments = fetch::payments(&mut answers)?;
        if moves {
            self.take_movements(&answers.next())?;
        }
        self.follow_on(&named, &facts, payments)?;
        let books = &mut self.loaded.books;
        for made in named.adjustments {
            books.adjustments.insert(made.recorded.document.no, made.recorded);
        }
        for made in named.item_adjustments {
            books.item_adjustments.insert(made.recorded.document.no, made.recorded);
        }
        for made in named.refunds {
            books.refunds.insert(made.recorded.document.no, made.recorded);
        }
        Ok(())
    }

    /// Invoices, items and payments that the documents of the first round trip name.
    fn dependants(
        &self,
        named: &Named,
        invoices: &mut FxHashSet<u64>,
        items: &mut FxHashSet<u64>,
        payments: &mut Vec<u64>,
    ) {
        for (no, state) in &self.loaded.books.payments {
            let with_items = self.wanted.payments.get(&no.0).is_some_and(|(items, _)| *items);
            for part in &state.recorded.document.applications {
                invoices.insert(part.invoice.0);
                if with_items {
                    items.insert(part.invoice.0);
                }
            }
        }
        for made in &named.adjustments {
            let adjustment = &made.recorded.document;
            if let Source::Invoice(invoice) = adjustment.source {
                invoices.insert(invoice.0);
                if self.wanted.adjustments.get(&adjustment.no.0).is_some_and(|items| *items) {
                    items.insert(invoice.0);
                }
            }
        }
        for made in &named.item_adjustments {
            invoices.insert(made.recorded.document.invoice.0);
            items.insert(made.recorded.document.invoice.0);
        }
        for made in &named.refunds {
            if let RefundSource::Payment { payment, parts } = &made.recorded.document.source {
                invoices.extend(parts.iter().map(|part| part.invoice.0));
                if !self.loaded.books.payments.contains_key(payment) {
                    payments.push(payment.0);
                }
            }
        }
    }

    fn take_items(&mut self, asked: &FxHashSet<u64>, found: &[Row]) -> Pg<()> {
        let books = &mut self.loaded.books;
        for no in asked.iter().copied().map(InvoiceNo) {
            if books.invoices.contains_key(&no) {
                books.items.insert(no, Vec::new());
            }
        }
        for row in found {
            let (invoice, item) = rows::item(row)?;
            books.items.entry(invoice).or_default().push(item);
        }
        Ok(())
    }

    /// The statement for movements of credit balances since some date, if any are wanted.
    fn ask_movements(&self) -> Option<Query> {
        let mut since: FxHashMap<AccountNo, Date> = FxHashMap::default();
        for (account, date) in &self.wanted.movements {
            let earliest = since.entry(*account).or_insert(*date);
            *earliest = (*earliest).min(*date);
        }
        let (mut accounts, mut starts, mut floors) = (Vec::new(), Vec::new(), Vec::new());
        for (account, date) in since {
            let Some(found) = self.loaded.books.accounts.get(&account) else { continue };
            // Nothing that was dated ahead, and may be later than the date, is left out.
            let date = found.ahead_from.map_or(date, |from| from.min(date));
            let start = found.last_credit_posting;
            if let Some(start) = opt_int(start.map(|no| no.0)) {
                accounts.push(int(account.0));
                starts.push(start);
                floors.push(floor_of(date));
            }
        }
        let most = i32::try_from(MOVEMENTS_MAX + 1).unwrap_or(i32::MAX);
        (!accounts.is_empty()).then(|| {
            let query = Query::new(sql::MOVEMENTS).with(accounts).with(starts);
            query.with(floors).with(most)
        })
    }

    fn take_movements(&mut self, found: &[Row]) -> Pg<()> {
        let books = &mut self.loaded.books;
        for row in found {
            let account = AccountNo(number(row, 0)?);
            let Some(state) = books.accounts.get(&account) else { continue };
            let amount = Money::from_minor(get(row, 2)?, state.currency);
            let raises: bool = get(row, 3)?;
            let change = if raises { amount } else { amount.negated() };
            let date = columns::date_of(i64::from(get::<i32>(row, 1)?))?;
            books.movements.entry(account).or_default().push(Movement { date, change });
        }
        Ok(())
    }

    /// The third round trip: postings to mirror, and the invoices of payments that were refunded.
    fn follow_on(&mut self, named: &Named, entries: &[Row], payments: Vec<FoundPayment>) -> Pg<()> {
        let mut numbers: Vec<u64> = Vec::new();
        for row in entries {
            let refs = facts::decode(get(row, 10)?)?;
            numbers.extend(refs.first_posting..refs.first_posting + refs.posting_count);
        }
        let mut invoices: FxHashSet<u64> = FxHashSet::default();
        for found in payments {
            let (state, way) = found.state()?;
            let applications = state.recorded.document.applications.iter();
            invoices.extend(applications.map(|part| part.invoice.0).chain(way.invoices()));
            way.keep(&mut self.loaded.books);
            let no: PaymentNo = state.recorded.document.no;
            self.loaded.books.payments.insert(no, state);
        }
        let mut postings = Vec::new();
        if !(numbers.is_empty() && invoices.is_empty()) {
            let numbers = by_numbers(sql::POSTINGS, numbers);
            let mut answers =
                Answers::of(self.link, vec![numbers, by_numbers(sql::INVOICES, invoices)])?;
            postings = all(&answers.next(), rows::posting)?;
            self.take_invoices(&answers.next())?;
        }
        let books: &mut Books = &mut self.loaded.books;
        for (entry, of) in &named.postings {
            let found = postings
                .iter()
                .filter(|(made_by, posting)| made_by == entry && posting.document == *of);
            books.postings.insert(*of, found.map(|(_, posting)| posting.clone()).collect());
        }
        Ok(())
    }
}

/// An instant before which nothing was decided on `date` in any time zone, with two days to spare: the
/// organisation's zone may have moved since.
fn floor_of(date: Date) -> i64 {
    let begin = date.to_zoned(TimeZone::UTC).map(|begin| begin.timestamp());
    let floor = begin.and_then(|begin| begin.checked_sub(SignedDuration::from_hours(72)));
    floor.map_or(i64::MIN, jiff::Timestamp::as_microsecond)
}
