//! The reading side: current states from the cache, everything else from pooled connections.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use engine::{
    AccountProfile, ApiKey, AuditBlock, ByWord, DayTotal, GatewaySecret, InvoiceRecord, Located,
    OrderEvent, ReadError, Reader, SideKind, SideRecord, StoredState,
};
use jiff::{Timestamp, civil::Date};
use money::Currency;
use receivables::account::{Account, AccountChanged};
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::gateway::GatewayNo;
use receivables::id::Numbered;
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
use rusqlite::Connection;

use crate::account_words;
use crate::beside;
use crate::cache::Cache;
use crate::codec::{Db, corrupt, int, number};
use crate::custom_fields;
use crate::history;
use crate::keys;
use crate::orders;
use crate::rows::{self, one};
use crate::states;
use crate::stored;

/// At most this many idle connections are kept.
const IDLE_MAX: usize = 4;

/// Reads one SQLite file.
#[derive(Debug)]
pub struct SqliteReader {
    path: PathBuf,
    cache: Arc<RwLock<Cache>>,
    idle: Mutex<Vec<Connection>>,
}

impl SqliteReader {
    pub(crate) fn new(path: PathBuf, cache: Arc<RwLock<Cache>>) -> Self {
        Self { path, cache, idle: Mutex::new(Vec::new()) }
    }

    fn with<T>(&self, read: impl FnOnce(&Connection) -> Db<T>) -> Result<T, ReadError> {
        let fail = |error: crate::codec::DbError| ReadError(error.to_string());
        let pooled = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let conn = match pooled {
            Some(conn) => conn,
            None => crate::connect(&self.path, false).map_err(fail)?,
        };
        let found = read(&conn).map_err(fail)?;
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < IDLE_MAX
        {
            idle.push(conn);
        }
        Ok(found)
    }

    fn cached<T>(&self, look: impl FnOnce(&Cache) -> T) -> Result<T, ReadError> {
        let cache = self.cache.read().map_err(|_| ReadError("the cache is poisoned".to_owned()))?;
        Ok(look(&cache))
    }

    /// Writes a consistent copy of the database to a new file.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the copy cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), ReadError> {
        self.with(|conn| {
            let name = to.to_string_lossy().into_owned();
            conn.execute("VACUUM INTO ?1", [name])?;
            Ok(())
        })
    }

    /// States from the cache, else from the database.
    fn each<N: Copy, T>(
        &self,
        numbers: &[N],
        cached: impl Fn(&Cache, N) -> Option<T>,
        stored: impl Fn(&Connection, N) -> Db<Option<T>>,
    ) -> Result<Vec<T>, ReadError> {
        let mut found = Vec::with_capacity(numbers.len());
        for no in numbers {
            let state = match self.cached(|cache| cached(cache, *no))? {
                Some(state) => Some(state),
                None => self.with(|conn| stored(conn, *no))?,
            };
            found.extend(state);
        }
        Ok(found)
    }

    /// Walks a chain of postings, newest first.
    fn chain(
        &self,
        start: Option<PostingNo>,
        before: Option<PostingNo>,
        limit: usize,
        currency: Currency,
        previous: impl Fn(&receivables::journal::Posting) -> Option<PostingNo>,
    ) -> Result<Vec<Located>, ReadError> {
        self.with(|conn| {
            let mut found = Vec::new();
            let mut next = start;
            if let Some(before) = before {
                let (posting, _) = history::posting(conn, before, currency)?;
                next = previous(&posting);
            }
            while let Some(no) = next {
                if found.len() == limit {
                    break;
                }
                let (posting, entry) = history::posting(conn, no, currency)?;
                next = previous(&posting);
                found.push(Located { entry, at: rows::instant_of(conn, entry)?, posting });
            }
            Ok(found)
        })
    }
}

impl Reader for SqliteReader {
    fn settings(&self) -> Result<Settings, ReadError> {
        self.cached(|cache| (*cache.settings).clone())
    }

    fn head(&self) -> Result<EntryNo, ReadError> {
        self.cached(Cache::head)
    }

    fn gapless(&self) -> bool {
        self.with(|conn| states::meta(conn, "gaps")).is_ok_and(|gaps| gaps == 0)
    }

    /// None: balances have a watermark and entries their order, so reports can leave out what came later.
    fn snapshot(&self) -> Result<Option<Box<dyn Reader>>, ReadError> {
        Ok(None)
    }

    fn page_with_value(
        &self,
        kind: Kind,
        with: (&FieldName, &str),
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, ReadError> {
        let end = before.map_or(i64::MAX as u64, |before| before.saturating_sub(1));
        self.with(|conn| custom_fields::page(conn, kind, with, end, limit))
    }

    fn page(&self, kind: Kind, before: Option<u64>, limit: usize) -> Result<Vec<u64>, ReadError> {
        let of = |cache: &Cache| match kind {
            Kind::Account => cache.numbers.account,
            Kind::Invoice => cache.numbers.invoice,
            Kind::Payment => cache.numbers.payment,
            Kind::CreditBalanceAdjustment => cache.numbers.adjustment,
            Kind::Refund => cache.numbers.refund,
            Kind::InvoiceItemAdjustment => cache.numbers.item_adjustment,
            Kind::JournalEntry => cache.numbers.entry,
            Kind::InvoiceItem => cache.numbers.item,
            Kind::PaymentMethod => cache.numbers.method,
        };
        let last = self.cached(of)?;
        let end = before.map_or(last, |before| last.min(before.saturating_sub(1)));
        if self.gapless() {
            return Ok((1..=end).rev().take(limit).collect());
        }
        self.with(|conn| rows::numbers_below(conn, kind, end, limit))
    }

    fn writable(&self) -> bool {
        self.cached(|cache| cache.writable).unwrap_or(false)
    }

    fn account_documents(
        &self,
        account: AccountNo,
        from: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<(EntryNo, Vec<Document>)>, ReadError> {
        let mut next = match from {
            Some(from) => Some(from),
            None => self.account(account)?.and_then(|account| account.last_entry),
        };
        self.with(|conn| {
            let mut found = Vec::new();
            while let Some(no) = next.filter(|_| found.len() < limit) {
                let Some((documents, previous)) = history::made(conn, account, no)? else { break };
                found.push((no, documents));
                next = previous;
            }
            Ok(found)
        })
    }

    fn accounts(&self, numbers: &[AccountNo]) -> Result<Vec<Account>, ReadError> {
        self.each(numbers, |cache, no| cache.accounts.get(&no).copied(), states::account)
    }

    fn account_profiles(&self, numbers: &[AccountNo]) -> Result<Vec<AccountProfile>, ReadError> {
        self.with(|conn| {
            let mut profiles = Vec::with_capacity(numbers.len());
            for no in numbers {
                profiles.extend(profile(conn, *no)?);
            }
            Ok(profiles)
        })
    }

    fn accounts_by_word(&self, beginnings: &[String]) -> Result<Vec<ByWord>, ReadError> {
        self.with(|conn| beginnings.iter().map(|word| account_words::find(conn, word)).collect())
    }

    fn find_account(&self, id: &ExternalId) -> Result<Option<AccountNo>, ReadError> {
        let sql = "SELECT account_no FROM account WHERE external_id = ?1";
        self.with(|conn| one(conn, sql, [id.as_str()], |row| Ok(AccountNo(number(row, 0)?))))
    }

    fn find_invoice(&self, id: &ExternalId) -> Result<Option<InvoiceNo>, ReadError> {
        let sql = "SELECT invoice_no FROM invoice WHERE external_id = ?1";
        self.with(|conn| one(conn, sql, [id.as_str()], |row| Ok(InvoiceNo(number(row, 0)?))))
    }

    fn invoices(&self, numbers: &[InvoiceNo]) -> Result<Vec<Invoice>, ReadError> {
        self.each(numbers, |cache, no| cache.invoices.get(&no).copied(), states::invoice)
    }

    fn open_invoices(&self, account: AccountNo, limit: usize) -> Result<Vec<Invoice>, ReadError> {
        let look = |cache: &Cache| (cache.touched.get(&account).cloned(), cache.layout);
        let (touched, layout) = self.cached(look)?;
        // Those changed since may be closed by now, so as many more are read.
        let wanted = limit.saturating_add(touched.as_ref().map_or(0, Vec::len));
        let mut numbers = self.with(|conn| states::open_invoices(conn, layout, account, wanted))?;
        numbers.extend(touched.into_iter().flatten());
        numbers.sort_unstable();
        numbers.dedup();
        let mut open = self.invoices(&numbers)?;
        open.retain(|invoice| !invoice.ledger.is_zero());
        open.sort_by_key(|invoice| (invoice.due_date, invoice.invoice_date, invoice.no));
        open.truncate(limit);
        Ok(open)
    }

    fn invoice_record(&self, no: InvoiceNo) -> Result<Option<InvoiceRecord>, ReadError> {
        self.with(|conn| {
            let Some(made) = rows::invoice(conn, no, true)? else { return Ok(None) };
            let items = rows::items(conn, no, made.document.amount.currency())?;
            Ok(Some(InvoiceRecord { drafted: made.document, items }))
        })
    }

    fn invoice_of_item(&self, no: ItemNo) -> Result<Option<InvoiceNo>, ReadError> {
        let sql = "SELECT invoice_no FROM invoice_item WHERE item_no = ?1";
        self.with(|conn| one(conn, sql, [int(no.0)], |row| Ok(InvoiceNo(number(row, 0)?))))
    }

    fn payments(&self, numbers: &[PaymentNo]) -> Result<Vec<PaymentState>, ReadError> {
        self.with(|conn| some(conn, numbers, rows::payment_state))
    }

    fn adjustments(
        &self,
        numbers: &[AdjustmentNo],
    ) -> Result<Vec<Recorded<CreditBalanceAdjustment>>, ReadError> {
        self.with(|conn| some(conn, numbers, |conn, no| recorded(conn, no, rows::adjustment)))
    }

    fn item_adjustments(
        &self,
        numbers: &[ItemAdjustmentNo],
    ) -> Result<Vec<Recorded<InvoiceItemAdjustment>>, ReadError> {
        self.with(|conn| some(conn, numbers, |conn, no| recorded(conn, no, rows::item_adjustment)))
    }

    fn refunds(&self, numbers: &[RefundNo]) -> Result<Vec<Recorded<Refund>>, ReadError> {
        self.with(|conn| some(conn, numbers, |conn, no| recorded(conn, no, rows::refund)))
    }

    fn entry(&self, no: EntryNo) -> Result<Option<Entry>, ReadError> {
        self.with(|conn| history::entry(conn, no))
    }

    fn entries(&self, after: EntryNo, limit: usize) -> Result<Vec<Entry>, ReadError> {
        // The file has an entry a moment before the cache, where an account's last entry is found. Both must agree.
        let head = self.head()?;
        self.with(|conn| history::entries(conn, after, head, limit))
    }

    fn entries_before(
        &self,
        before: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let head = self.head()?.0;
        let end = before.map_or(head, |before| head.min(before.0.saturating_sub(1)));
        self.with(|conn| history::entries_down(conn, EntryNo(end), limit))
    }

    fn account_entries(
        &self,
        account: AccountNo,
        before: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let head = self.account(account)?.and_then(|account| account.last_entry);
        self.with(|conn| {
            let mut next = head;
            if let Some(before) = before {
                let sql = "SELECT previous_no FROM entry WHERE entry_no = ?1 AND account_no = ?2";
                let key = (int(before.0), int(account.0));
                let previous = one(conn, sql, key, |row| crate::codec::opt_number(row, 0))?;
                next = previous.flatten().map(EntryNo);
            }
            let mut found = Vec::new();
            while let Some(no) = next {
                if found.len() == limit {
                    break;
                }
                let entry = history::entry(conn, no)?;
                let entry = entry.ok_or_else(|| corrupt(format!("{no} is missing")))?;
                next = entry.head.previous;
                found.push(entry);
            }
            Ok(found)
        })
    }

    fn credit_postings(
        &self,
        account: AccountNo,
        before: Option<PostingNo>,
        limit: usize,
    ) -> Result<Vec<Located>, ReadError> {
        let Some(account) = self.account(account)? else { return Ok(Vec::new()) };
        self.chain(account.last_credit_posting, before, limit, account.currency, |posting| {
            posting.credit_balance.and_then(|side| side.previous)
        })
    }

    fn invoice_postings(
        &self,
        invoice: InvoiceNo,
        before: Option<PostingNo>,
        limit: usize,
    ) -> Result<Vec<Located>, ReadError> {
        let Some(invoice) = self.invoice(invoice)? else { return Ok(Vec::new()) };
        let currency = invoice.amount.currency();
        self.chain(invoice.last_posting, before, limit, currency, |posting| {
            posting.invoice.and_then(|side| side.previous)
        })
    }

    fn day_totals(&self) -> Result<Vec<DayTotal>, ReadError> {
        // Totals since the last write-back are in memory, the others in the database. A write-back
        // between the two reads shows in the watermark; then both are read again.
        for _ in 0..100 {
            let (recent, folded) = self.cached(|cache| (cache.totals.clone(), cache.folded))?;
            let (stored, watermark) = self.with(|conn| {
                let transaction = conn.unchecked_transaction()?;
                let stored = stored::totals(&transaction)?;
                Ok((stored, states::meta(&transaction, "folded")?))
            })?;
            if watermark == folded {
                return stored::merge(stored, &recent)
                    .map_err(|error| ReadError(error.to_string()));
            }
            std::thread::yield_now();
        }
        Err(ReadError("the books change too fast to be summed; try again".to_owned()))
    }

    fn api_keys(&self) -> Result<Vec<ApiKey>, ReadError> {
        self.with(beside::api_keys)
    }

    fn methods(&self, numbers: &[MethodNo]) -> Result<Vec<MethodState>, ReadError> {
        self.with(|conn| some(conn, numbers, orders::method))
    }

    fn account_methods(&self, account: AccountNo) -> Result<Vec<MethodState>, ReadError> {
        self.with(|conn| orders::account_methods(conn, account))
    }

    fn orders(&self, documents: &[Document]) -> Result<Vec<Order>, ReadError> {
        self.with(|conn| some(conn, documents, orders::order))
    }

    fn payment_orders(&self, payment: PaymentNo) -> Result<Vec<Order>, ReadError> {
        self.with(|conn| orders::refunds_of(conn, payment.0))
    }

    fn due_orders(
        &self,
        gateway: GatewayNo,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError> {
        self.with(|conn| orders::due(conn, gateway, now.as_microsecond(), limit))
    }

    fn orders_on_record(
        &self,
        gateway: GatewayNo,
        span: (Timestamp, Timestamp),
        after: Option<(Timestamp, Document)>,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError> {
        self.with(|conn| orders::on_record(conn, gateway, span, after, limit))
    }

    fn orders_for_people(
        &self,
        list: Waiting,
        after: Option<(Timestamp, Document)>,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError> {
        self.with(|conn| orders::for_people(conn, list, after, limit))
    }

    fn order_history(&self, document: Document) -> Result<Vec<OrderEvent>, ReadError> {
        self.with(|conn| orders::history(conn, document, None))
    }

    fn settings_before(&self, entry: EntryNo) -> Result<Settings, ReadError> {
        self.with(|conn| rows::settings_before(conn, entry))
    }

    fn account_before(
        &self,
        account: AccountNo,
        entry: EntryNo,
    ) -> Result<Option<AccountChanged>, ReadError> {
        self.with(|conn| rows::account_before(conn, account, entry))
    }

    fn labels(
        &self,
        documents: &[Document],
        before: Option<EntryNo>,
    ) -> Result<Vec<(Document, Labels)>, ReadError> {
        let before = before.unwrap_or(EntryNo(u64::MAX));
        self.with(|conn| {
            some(conn, documents, |conn, of| {
                Ok(orders::labels(conn, of, before)?.map(|labels| (of, labels)))
            })
        })
    }

    fn find_order(&self, gateway: GatewayNo, id: &str) -> Result<Option<Document>, ReadError> {
        self.with(|conn| orders::find(conn, gateway.0, id))
    }

    fn accounts_due(
        &self,
        until: Date,
        after: AccountNo,
        limit: usize,
    ) -> Result<Vec<AccountNo>, ReadError> {
        // The cache first: what is written back meanwhile is then found in the database.
        let (mut found, layout) = self.cached(|cache| {
            let due = |no: &InvoiceNo| {
                let invoice = cache.invoices.get(no);
                invoice.is_some_and(|it| it.due_date <= until && !it.ledger.is_zero())
            };
            let touched = cache.touched.iter().filter(|(account, _)| **account > after);
            let due = touched.filter(|(_, invoices)| invoices.iter().any(due));
            (due.map(|(account, _)| *account).collect::<Vec<AccountNo>>(), cache.layout)
        })?;
        found.extend(self.with(|conn| states::accounts_due(conn, layout, until, after, limit))?);
        found.sort_unstable();
        found.dedup();
        found.truncate(limit);
        Ok(found)
    }

    fn gateway_secrets(&self) -> Result<Vec<GatewaySecret>, ReadError> {
        self.with(beside::gateway_secrets)
    }

    fn audit_blocks(&self, after: u64, limit: usize) -> Result<Vec<AuditBlock>, ReadError> {
        self.with(|conn| beside::audit_blocks(conn, after, limit))
    }

    fn side(&self, kind: SideKind, id: &str) -> Result<Option<SideRecord>, ReadError> {
        self.with(|conn| beside::side(conn, kind, id))
    }

    fn sides(
        &self,
        kind: SideKind,
        after: &str,
        limit: usize,
    ) -> Result<Vec<SideRecord>, ReadError> {
        self.with(|conn| beside::sides(conn, kind, after, limit))
    }

    fn last_audit_block(&self) -> Result<Option<AuditBlock>, ReadError> {
        self.with(beside::last_audit_block)
    }

    fn stored_states(&self, visit: &mut dyn FnMut(StoredState)) -> Result<EntryNo, ReadError> {
        self.with(|conn| stored::each_state(conn, visit))
    }

    fn check_keys(&self) -> Result<(u64, EntryNo), ReadError> {
        self.with(|conn| {
            let transaction = conn.unchecked_transaction()?;
            keys::check(&transaction)
        })
    }
}

type Find<N, T> = fn(&Connection, N, Currency) -> Db<Option<rows::Made<T>>>;

fn recorded<N: Numbered, T>(conn: &Connection, no: N, find: Find<N, T>) -> Db<Option<Recorded<T>>> {
    let of = no.document();
    let Some(account) = rows::account_of(conn, of)? else { return Ok(None) };
    let currency = rows::currency_of(conn, account)?;
    match find(conn, no, currency)? {
        Some(made) => Ok(Some(rows::recorded(conn, made, of)?)),
        None => Ok(None),
    }
}

fn some<N: Copy, T>(
    conn: &Connection,
    numbers: &[N],
    find: impl Fn(&Connection, N) -> Db<Option<T>>,
) -> Db<Vec<T>> {
    let mut found = Vec::with_capacity(numbers.len());
    for no in numbers {
        found.extend(find(conn, *no)?);
    }
    Ok(found)
}

fn profile(conn: &Connection, no: AccountNo) -> Db<Option<AccountProfile>> {
    let Some(made) = rows::account_opened(conn, no)? else { return Ok(None) };
    let sql = "SELECT name FROM account_change WHERE account_no = ?1 AND name IS NOT NULL \
               ORDER BY change_id DESC LIMIT 1";
    let renamed = one(conn, sql, [int(no.0)], |row| Ok(row.get::<_, String>(0)?))?;
    Ok(Some(AccountProfile {
        account: no,
        name: renamed.unwrap_or_else(|| made.document.name.to_string()),
        external_id: made.document.external_id.map(|id| id.to_string()),
    }))
}
