//! The reading side: every question goes to the database, which is always current.

use std::sync::{Arc, Mutex, PoisonError};

use columns::{date_int, int};
use engine::{
    AccountProfile, ApiKey, AuditBlock, ByWord, DayTotal, GatewaySecret, InvoiceRecord, Located,
    OrderEvent, ReadError, Reader, SideKind, SideRecord, StoredState,
};
use jiff::{Timestamp, civil::Date};
use receivables::account::{Account, AccountChanged};
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::gateway::GatewayNo;
use receivables::invoice::Invoice;
use receivables::labels::{FieldName, Labels};
use receivables::order::{Order, Waiting};
use receivables::payment_method::MethodState;
use receivables::refund::Refund;
use receivables::text::ExternalId;
use receivables::{
    AccountNo, AdjustmentNo, Document, Entry, EntryNo, InvoiceNo, ItemAdjustmentNo, ItemNo, Kind,
    MethodNo, PaymentNo, PostingNo, RefundNo, Settings,
};
use rustc_hash::FxHashMap;
use tokio_postgres::Row;

use crate::error::{Pg, PgError, corrupt};
use crate::fetch::{self, Answers, all, by_numbers};
use crate::head::{head, settled};
use crate::link::{Link, Query};
use crate::pool::Pool;
use crate::rows::{self, get, number};
use crate::sql;
use crate::states::each_state;
use crate::words;

/// Larger than any number.
const BEYOND: i64 = i64::MAX;

/// Reads a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresReader {
    source: Source,
    /// The settings last read, with their number.
    settings: Mutex<(i64, Arc<Settings>)>,
}

#[derive(Debug)]
enum Source {
    /// Each question sees what is committed by then.
    Live(Arc<Pool>),
    /// Every question sees the same moment: one transaction.
    Frozen(Box<Mutex<Link>>),
}

impl PostgresReader {
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self { source: Source::Live(pool), settings: Mutex::default() }
    }

    fn with<T>(&self, read: impl Fn(&mut Link) -> Pg<T>) -> Result<T, ReadError> {
        let done = match &self.source {
            Source::Live(pool) => pool.with(read),
            Source::Frozen(link) => read(&mut link.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        Ok(done?)
    }

    fn list<T>(
        &self,
        query: impl Fn() -> Query,
        read: fn(&Row) -> Pg<T>,
    ) -> Result<Vec<T>, ReadError> {
        self.with(|link| all(&link.one(query())?, read))
    }

    fn optional(&self, query: impl Fn() -> Query) -> Result<Option<u64>, ReadError> {
        self.with(|link| link.one(query())?.first().map(|row| number(row, 0)).transpose())
    }

    fn chain(
        &self,
        sql: &'static str,
        start: Option<PostingNo>,
        limit: usize,
    ) -> Result<Vec<Located>, ReadError> {
        let Some(start) = start else { return Ok(Vec::new()) };
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.list(
            || Query::new(sql).with(int(start.0)).with(i32::try_from(limit).unwrap_or(i32::MAX)),
            |row| {
                let (entry, posting) = rows::posting(row)?;
                Ok(Located { entry, at: rows::instant(row, 16)?, posting })
            },
        )
    }

    /// The posting a page begins with: the one before `before`, or the last.
    fn start(
        &self,
        last: Option<PostingNo>,
        before: Option<PostingNo>,
        previous: fn(&receivables::journal::Posting) -> Option<PostingNo>,
    ) -> Result<Option<PostingNo>, ReadError> {
        let Some(before) = before else { return Ok(last) };
        let found = self.list(|| by_numbers(sql::POSTINGS, [before.0]), rows::posting)?;
        Ok(found.first().and_then(|(_, posting)| previous(posting)))
    }
}

/// Values in the order their numbers were asked for.
fn in_order<K: Eq + std::hash::Hash, T>(
    numbers: &[K],
    found: Vec<T>,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let mut found: FxHashMap<K, T> = found.into_iter().map(|found| (key(&found), found)).collect();
    numbers.iter().filter_map(|no| found.remove(no)).collect()
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

const fn page_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Account => sql::PAGE_ACCOUNTS,
        Kind::Invoice => sql::PAGE_INVOICES,
        Kind::Payment => sql::PAGE_PAYMENTS,
        Kind::CreditBalanceAdjustment => sql::PAGE_ADJUSTMENTS,
        Kind::Refund => sql::PAGE_REFUNDS,
        Kind::InvoiceItemAdjustment => sql::PAGE_ITEM_ADJUSTMENTS,
        Kind::JournalEntry => sql::PAGE_ENTRIES,
        Kind::InvoiceItem => sql::PAGE_ITEMS,
        Kind::PaymentMethod => sql::PAGE_METHODS,
    }
}

impl Reader for PostgresReader {
    fn settings(&self) -> Result<Settings, ReadError> {
        let (id, known) = self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let found = self.with(|link| {
            let found = link.one(Query::new(sql::SETTINGS).with(id))?;
            let Some(row) = found.first() else { return Ok(None) };
            let text: Option<&str> = get(row, 1)?;
            let Some(text) = text else { return Ok(None) };
            let settings: Settings = serde_json::from_str(text).map_err(corrupt)?;
            Ok(Some((get::<i64>(row, 0)?, Arc::new(settings))))
        })?;
        let Some(fresh) = found else { return Ok((*known).clone()) };
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        Ok((*fresh.1).clone())
    }

    fn head(&self) -> Result<EntryNo, ReadError> {
        let frozen = matches!(self.source, Source::Frozen(_));
        self.with(|link| head(link, frozen))
    }

    fn writable(&self) -> bool {
        let found = self.with(|link| {
            let found = link.one(Query::new(sql::READ_ONLY))?;
            found.first().map_or(Ok(false), |row| Ok(get::<&str>(row, 0)? == "off"))
        });
        found.unwrap_or(false)
    }

    fn gapless(&self) -> bool {
        false
    }

    fn snapshot(&self) -> Result<Option<Box<dyn Reader>>, ReadError> {
        let Source::Live(pool) = &self.source else { return Ok(None) };
        // Connected first: committers wait while they are held.
        let frozen = Mutex::new(pool.own()?);
        pool.with(|link| {
            settled(link, |_| {
                let mut frozen = frozen.lock().unwrap_or_else(PoisonError::into_inner);
                frozen.run(vec![
                    Query::text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                    Query::new(sql::LAST_ENTRY),
                ])
            })
        })?;
        let source = Source::Frozen(Box::new(frozen));
        Ok(Some(Box::new(Self { source, settings: Mutex::default() })))
    }

    fn page(&self, kind: Kind, before: Option<u64>, limit: usize) -> Result<Vec<u64>, ReadError> {
        let below = before.map_or(BEYOND, int);
        self.list(
            || Query::new(page_of(kind)).with(below).with(limit_of(limit)),
            |row| number(row, 0),
        )
    }

    fn page_with_value(
        &self,
        kind: Kind,
        (field, value): (&FieldName, &str),
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, ReadError> {
        let below = before.map_or(BEYOND, int);
        let ask = || {
            let query = Query::new(sql::PAGE_WITH_VALUE).with(i16::from(kind as u8));
            let query = query.with(field.as_str().to_owned()).with(value.to_owned());
            query.with(below).with(limit_of(limit))
        };
        self.list(ask, |row| number(row, 0))
    }

    fn account_documents(
        &self,
        account: AccountNo,
        from: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<(EntryNo, Vec<Document>)>, ReadError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let from = from.map(|from| int(from.0));
        let ask = || {
            let query = Query::new(sql::ACCOUNT_DOCUMENTS).with(int(account.0)).with(from);
            query.with(i32::try_from(limit).unwrap_or(i32::MAX))
        };
        self.list(ask, |row| {
            let refs = columns::facts::decode(get(row, 1)?)?;
            Ok((EntryNo(number(row, 0)?), refs.made()))
        })
    }

    fn accounts(&self, numbers: &[AccountNo]) -> Result<Vec<Account>, ReadError> {
        let ask = || by_numbers(sql::ACCOUNTS, numbers.iter().map(|no| no.0));
        Ok(in_order(numbers, self.list(ask, rows::account)?, |found| found.no))
    }

    fn account_profiles(&self, numbers: &[AccountNo]) -> Result<Vec<AccountProfile>, ReadError> {
        let ask = || by_numbers(sql::ACCOUNT_PROFILES, numbers.iter().map(|no| no.0));
        let found = self.list(ask, |row| {
            let renamed: Option<String> = get(row, 3)?;
            Ok(AccountProfile {
                account: AccountNo(number(row, 0)?),
                external_id: get(row, 1)?,
                name: match renamed {
                    Some(name) => name,
                    None => get(row, 2)?,
                },
            })
        })?;
        Ok(in_order(numbers, found, |found| found.account))
    }

    fn accounts_by_word(&self, beginnings: &[String]) -> Result<Vec<ByWord>, ReadError> {
        self.with(|link| {
            let asked = beginnings.iter().map(|word| words::ask(word)).collect();
            link.run(asked)?.iter().map(|rows| words::found(rows)).collect()
        })
    }

    fn find_account(&self, id: &ExternalId) -> Result<Option<AccountNo>, ReadError> {
        let ask = || Query::new(sql::ACCOUNT_IDS).with(vec![id.to_string()]);
        let found = self.list(ask, |row| Ok(AccountNo(number(row, 1)?)))?;
        Ok(found.first().copied())
    }

    fn find_invoice(&self, id: &ExternalId) -> Result<Option<InvoiceNo>, ReadError> {
        let ask = || Query::new(sql::INVOICE_IDS).with(vec![id.to_string()]);
        let found = self.list(ask, |row| Ok(InvoiceNo(number(row, 1)?)))?;
        Ok(found.first().copied())
    }

    fn invoices(&self, numbers: &[InvoiceNo]) -> Result<Vec<Invoice>, ReadError> {
        let ask = || by_numbers(sql::INVOICES, numbers.iter().map(|no| no.0));
        Ok(in_order(numbers, self.list(ask, rows::invoice)?, |found| found.no))
    }

    fn open_invoices(&self, account: AccountNo, limit: usize) -> Result<Vec<Invoice>, ReadError> {
        let ask = || Query::new(sql::OLDEST_DUE).with(int(account.0)).with(limit_of(limit));
        self.list(ask, rows::invoice)
    }

    fn invoice_record(&self, no: InvoiceNo) -> Result<Option<InvoiceRecord>, ReadError> {
        self.with(|link| {
            let mut queries: Vec<Query> = fetch::ask_drafted(&[no.0]).into();
            queries.push(by_numbers(sql::ITEMS_ADJUSTED, [no.0]));
            let mut answers = Answers::of(link, queries)?;
            let drafted = fetch::drafted(&mut answers)?.remove(&no.0);
            let items = all(&answers.next(), |row| Ok(rows::item(row)?.1))?;
            Ok(drafted.map(|drafted| InvoiceRecord { drafted, items }))
        })
    }

    fn invoice_of_item(&self, no: ItemNo) -> Result<Option<InvoiceNo>, ReadError> {
        let found = self.optional(|| Query::new(sql::INVOICE_OF_ITEM).with(int(no.0)))?;
        Ok(found.map(InvoiceNo))
    }

    fn payments(&self, numbers: &[PaymentNo]) -> Result<Vec<PaymentState>, ReadError> {
        let raw: Vec<u64> = numbers.iter().map(|no| no.0).collect();
        let found = self.with(|link| {
            let mut answers = Answers::of(link, fetch::ask_payments(&raw).into())?;
            let found = fetch::payments(&mut answers)?.into_iter();
            found.map(|found| Ok(found.state()?.0)).collect::<Pg<Vec<_>>>()
        })?;
        Ok(in_order(numbers, found, |found: &PaymentState| found.recorded.document.no))
    }

    fn adjustments(
        &self,
        numbers: &[AdjustmentNo],
    ) -> Result<Vec<Recorded<CreditBalanceAdjustment>>, ReadError> {
        let ask = || by_numbers(sql::ADJUSTMENTS, numbers.iter().map(|no| no.0));
        let found = self.list(ask, |row| Ok(rows::adjustment(row)?.recorded))?;
        Ok(in_order(numbers, found, |found| found.document.no))
    }

    fn item_adjustments(
        &self,
        numbers: &[ItemAdjustmentNo],
    ) -> Result<Vec<Recorded<InvoiceItemAdjustment>>, ReadError> {
        let ask = || by_numbers(sql::ITEM_ADJUSTMENTS, numbers.iter().map(|no| no.0));
        let found = self.list(ask, |row| Ok(rows::item_adjustment(row)?.recorded))?;
        Ok(in_order(numbers, found, |found| found.document.no))
    }

    fn refunds(&self, numbers: &[RefundNo]) -> Result<Vec<Recorded<Refund>>, ReadError> {
        let raw: Vec<u64> = numbers.iter().map(|no| no.0).collect();
        let found = self.with(|link| {
            let mut answers = Answers::of(link, fetch::ask_refunds(&raw).into())?;
            fetch::refunds(&mut answers)
        })?;
        let found = found.into_iter().map(|(made, _)| made.recorded).collect();
        Ok(in_order(numbers, found, |found: &Recorded<Refund>| found.document.no))
    }

    fn entry(&self, no: EntryNo) -> Result<Option<Entry>, ReadError> {
        self.with(|link| {
            let found = link.one(by_numbers(sql::ENTRIES, [no.0]))?;
            Ok(fetch::entries(link, &found)?.pop())
        })
    }

    fn entries(&self, after: EntryNo, limit: usize) -> Result<Vec<Entry>, ReadError> {
        let frozen = matches!(self.source, Source::Frozen(_));
        self.with(|link| {
            let end = head(link, frozen)?;
            let query = Query::new(sql::ENTRIES_AFTER).with(int(after.0)).with(int(end.0));
            let found = link.one(query.with(limit_of(limit)))?;
            fetch::entries(link, &found)
        })
    }

    fn entries_before(
        &self,
        before: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let below = before.map_or(BEYOND, |before| int(before.0));
        self.with(|link| {
            let query = Query::new(sql::ENTRIES_BEFORE).with(below).with(limit_of(limit));
            let found = link.one(query)?;
            fetch::entries(link, &found)
        })
    }

    fn account_entries(
        &self,
        account: AccountNo,
        before: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let before = before.map(|before| int(before.0));
        self.with(|link| {
            let query = Query::new(sql::ACCOUNT_ENTRIES).with(int(account.0)).with(before);
            let found = link.one(query.with(i32::try_from(limit).unwrap_or(i32::MAX)))?;
            fetch::entries(link, &found)
        })
    }

    fn credit_postings(
        &self,
        account: AccountNo,
        before: Option<PostingNo>,
        limit: usize,
    ) -> Result<Vec<Located>, ReadError> {
        let last = self.account(account)?.and_then(|account| account.last_credit_posting);
        let start = self.start(last, before, |posting| posting.credit_balance?.previous)?;
        self.chain(sql::CREDIT_CHAIN, start, limit)
    }

    fn invoice_postings(
        &self,
        invoice: InvoiceNo,
        before: Option<PostingNo>,
        limit: usize,
    ) -> Result<Vec<Located>, ReadError> {
        let last = self.invoice(invoice)?.and_then(|invoice| invoice.last_posting);
        let start = self.start(last, before, |posting| posting.invoice?.previous)?;
        self.chain(sql::INVOICE_CHAIN, start, limit)
    }

    fn day_totals(&self) -> Result<Vec<DayTotal>, ReadError> {
        let mut totals = self.list(|| Query::new(sql::DAY_TOTALS), rows::day_total)?;
        totals.sort_by_key(|total| (total.currency.code(), total.date, total.account));
        Ok(totals)
    }

    fn api_keys(&self) -> Result<Vec<ApiKey>, ReadError> {
        self.list(|| Query::new(sql::API_KEYS), rows::api_key)
    }

    fn methods(&self, numbers: &[MethodNo]) -> Result<Vec<MethodState>, ReadError> {
        let ask = || by_numbers(sql::METHODS, numbers.iter().map(|no| no.0));
        let found = self.list(ask, |row| rows::json::<MethodState>(row, 0))?;
        Ok(in_order(numbers, found, |found| found.method.no))
    }

    fn account_methods(&self, account: AccountNo) -> Result<Vec<MethodState>, ReadError> {
        let ask = || Query::new(sql::ACCOUNT_METHODS).with(int(account.0));
        self.list(ask, |row| rows::json(row, 0))
    }

    fn orders(&self, documents: &[Document]) -> Result<Vec<Order>, ReadError> {
        let kinds: Vec<i16> = documents.iter().map(|of| i16::from(of.kind as u8)).collect();
        let numbers: Vec<i64> = documents.iter().map(|of| int(of.number)).collect();
        let ask = || Query::new(sql::ORDERS).with(kinds.clone()).with(numbers.clone());
        let found = self.list(ask, |row| rows::json::<Order>(row, 0))?;
        Ok(in_order(documents, found, |found| found.placed.document))
    }

    fn payment_orders(&self, payment: PaymentNo) -> Result<Vec<Order>, ReadError> {
        let ask = || Query::new(sql::PAYMENT_ORDERS).with(int(payment.0));
        self.list(ask, |row| rows::json(row, 0))
    }

    fn due_orders(
        &self,
        gateway: GatewayNo,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError> {
        let ask = || {
            let due = Query::new(sql::DUE_ORDERS).with(i32::from(gateway.0));
            due.with(now.as_microsecond()).with(limit_of(limit))
        };
        self.list(ask, |row| rows::json(row, 0))
    }

    fn orders_on_record(
        &self,
        gateway: GatewayNo,
        (from, to): (Timestamp, Timestamp),
        after: Option<(Timestamp, Document)>,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError> {
        let (at, kind, no) = columns::orders::place(from, after);
        let ask = || {
            let query = Query::new(sql::ORDERS_ON_RECORD).with(i32::from(gateway.0));
            query.with(to.as_microsecond()).with(at).with(kind).with(no).with(limit_of(limit))
        };
        self.list(ask, |row| rows::json(row, 0))
    }

    fn orders_for_people(
        &self,
        list: Waiting,
        after: Option<(Timestamp, Document)>,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError> {
        let ((at, kind, no), before) = columns::orders::waiting(list, after);
        let ask = || {
            let query = Query::new(sql::ORDERS_FOR_PEOPLE).with(before).with(at).with(kind);
            query.with(no).with(limit_of(limit))
        };
        self.list(ask, |row| rows::json(row, 0))
    }

    fn order_history(&self, document: Document) -> Result<Vec<OrderEvent>, ReadError> {
        let kind = i16::from(document.kind as u8);
        let ask = || Query::new(sql::ORDER_HISTORY).with(kind).with(int(document.number));
        self.list(ask, rows::order_event)
    }

    fn settings_before(&self, entry: EntryNo) -> Result<Settings, ReadError> {
        let ask = || Query::new(sql::SETTINGS_BEFORE).with(int(entry.0));
        Ok(self.list(ask, |row| rows::json(row, 0))?.pop().unwrap_or_default())
    }

    fn account_before(
        &self,
        account: AccountNo,
        entry: EntryNo,
    ) -> Result<Option<AccountChanged>, ReadError> {
        let ask = || Query::new(sql::ACCOUNT_BEFORE).with(int(account.0)).with(int(entry.0));
        Ok(self.list(ask, rows::account_changed)?.pop().map(|(_, account)| account))
    }

    fn labels(
        &self,
        documents: &[Document],
        before: Option<EntryNo>,
    ) -> Result<Vec<(Document, Labels)>, ReadError> {
        let before = before.unwrap_or(EntryNo(u64::MAX));
        self.list(|| fetch::ask_labels(documents, before), fetch::labels)
    }

    fn find_order(&self, gateway: GatewayNo, id: &str) -> Result<Option<Document>, ReadError> {
        let ask = || Query::new(sql::FIND_ORDER).with(i32::from(gateway.0)).with(id.to_owned());
        Ok(self.list(ask, rows::found_order)?.pop())
    }

    fn accounts_due(
        &self,
        until: Date,
        after: AccountNo,
        limit: usize,
    ) -> Result<Vec<AccountNo>, ReadError> {
        let until = i32::try_from(date_int(until)).unwrap_or(i32::MAX);
        let ask =
            || Query::new(sql::ACCOUNTS_DUE).with(int(after.0)).with(until).with(limit_of(limit));
        self.list(ask, |row| Ok(AccountNo(number(row, 0)?)))
    }

    fn audit_blocks(&self, after: u64, limit: usize) -> Result<Vec<AuditBlock>, ReadError> {
        let ask = || Query::new(sql::AUDIT_BLOCKS).with(int(after)).with(limit_of(limit));
        self.list(ask, rows::audit_block)
    }

    fn side(&self, kind: SideKind, id: &str) -> Result<Option<SideRecord>, ReadError> {
        let ask = || Query::new(sql::SIDE).with(kind.number()).with(id.as_bytes().to_vec());
        Ok(self.list(ask, rows::side_record)?.pop())
    }

    fn sides(
        &self,
        kind: SideKind,
        after: &str,
        limit: usize,
    ) -> Result<Vec<SideRecord>, ReadError> {
        let limit = int(limit as u64);
        let ask = || {
            Query::new(sql::SIDES).with(kind.number()).with(after.as_bytes().to_vec()).with(limit)
        };
        self.list(ask, rows::side_record)
    }

    fn last_audit_block(&self) -> Result<Option<AuditBlock>, ReadError> {
        Ok(self.list(|| Query::new(sql::LAST_AUDIT_BLOCK), rows::audit_block)?.pop())
    }

    fn gateway_secrets(&self) -> Result<Vec<GatewaySecret>, ReadError> {
        self.list(|| Query::new(sql::GATEWAY_SECRETS), rows::gateway_secret)
    }

    fn stored_states(&self, visit: &mut dyn FnMut(StoredState)) -> Result<EntryNo, ReadError> {
        let Source::Frozen(link) = &self.source else {
            let Some(frozen) = self.snapshot()? else {
                return Err(ReadError("no snapshot could be made".to_owned()));
            };
            return frozen.stored_states(visit);
        };
        let mut link = link.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(each_state(&mut link, visit)?)
    }

    fn check_keys(&self) -> Result<(u64, EntryNo), ReadError> {
        let count = self.optional(|| Query::new(sql::CHECK_KEYS))?.unwrap_or(0);
        Ok((count, self.head()?))
    }
}

impl Drop for PostgresReader {
    fn drop(&mut self) {
        if let Source::Frozen(link) = &mut self.source {
            let link = link.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _: Result<_, PgError> = link.run(vec![Query::text("ROLLBACK")]);
        }
    }
}
