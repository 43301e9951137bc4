//! The writing side.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use engine::{
    ApiKey, AuditBlock, Gaps, GatewaySecret, Loaded, SideKind, SideWrite, Store, StoreError,
    StoreErrorKind, fold_needs,
};
use receivables::context::Numbers;
use receivables::evolve::{self, Place};
use receivables::fact::{Fact, KeyHash};
use receivables::id::Numbered;
use receivables::{Books, Entry, EntryNo, Need, Settings};
use rusqlite::{Connection, ErrorCode};

use crate::append::Appender;
use crate::beside;
use crate::cache::Cache;
use crate::codec::{Db, DbError, corrupt, int};
use crate::history;
use crate::keys::Keys;
use crate::load::Loader;
use crate::migrate::{self, Layout};
use crate::orders;
use crate::rows::{self, last};
use crate::states::{meta, put_meta, write_back};

/// Write back after this many entries: bounds the tail that is folded at start.
const ENTRIES_MAX: u64 = 40_000;
/// Write back after this many changed states: bounds the memory and the stall.
const DIRTY_MAX: usize = 60_000;
/// How many entries of the tail are folded at a time.
const TAIL_CHUNK: usize = 2_000;
/// A log longer than this is cut back when nothing waits, in bytes.
const LOG_IDLE_MAX: u64 = 4 * 1024 * 1024;

/// The writer of one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    conn: Connection,
    /// Held until the end, so that no second server writes to the file.
    _lock: Option<File>,
    path: PathBuf,
    cache: Arc<RwLock<Cache>>,
    keys: Keys,
    appender: Appender,
    folded: u64,
    /// Set if the next commit brings numbers that are missing.
    gaps: bool,
    /// Set while the write-ahead log may hold what was erased for good.
    erased: bool,
    /// True while memory may differ from what the database holds; nothing is decided then.
    stale: bool,
}

impl SqliteStore {
    pub(crate) fn open(
        conn: Connection,
        lock: Option<File>,
        path: PathBuf,
        cache: Arc<RwLock<Cache>>,
        writable: bool,
    ) -> Db<Self> {
        let keys = if writable { Keys::open(&conn)? } else { Keys::default() };
        let appender = Appender::open(&conn)?;
        let mut store = Self {
            conn,
            _lock: lock,
            path,
            cache,
            keys,
            appender,
            folded: 0,
            gaps: false,
            // Whoever wrote before may have died before the log was cut back.
            erased: writable,
            stale: true,
        };
        store.rebuild(writable)?;
        Ok(store)
    }

    /// Fills the cache from the database: settings, numbers, and the fold of the tail.
    fn rebuild(&mut self, writable: bool) -> Db<()> {
        self.stale = true;
        let conn = &self.conn;
        self.folded = meta(conn, "folded")?;
        let fresh = Cache {
            settings: Arc::new(rows::settings(conn)?),
            numbers: numbers(conn)?,
            writable,
            folded: self.folded,
            layout: Layout::of(conn)?,
            ..Cache::default()
        };
        *self.cache.write().map_err(corrupt)? = fresh;
        let mut after = EntryNo(self.folded);
        // Business days are those of the settings that were in force.
        let mut settings = rows::settings_at(conn, after)?;
        loop {
            let tail = history::entries(conn, after, history::END, TAIL_CHUNK)?;
            let Some(end) = tail.last() else {
                self.stale = false;
                return Ok(());
            };
            after = end.head.no;
            self.fold(&tail, &mut settings)?;
        }
    }

    /// Folds a stretch of the history into the cache.
    fn fold(&self, tail: &[Entry], settings: &mut Settings) -> Db<()> {
        // Balances are those before this stretch, so orders must be, too; their rows are ahead.
        let before = tail.first().map_or(0, |entry| entry.head.no.0.saturating_sub(1));
        let mut loader = Loader::new(&self.conn, &self.cache);
        loader.before = Some(EntryNo(before));
        for entry in tail {
            for need in fold_needs(entry) {
                loader.need(&need)?;
            }
        }
        let mut books = loader.books;
        for entry in tail {
            let place =
                Place { account: entry.head.account, entry: entry.head.no, at: entry.head.at };
            for fact in &entry.facts {
                if let Fact::SettingsChanged(changed) = fact {
                    settings.clone_from(changed);
                }
                evolve::fact(&mut books, place, fact).map_err(corrupt)?;
            }
            for posting in &entry.postings {
                evolve::posting(&mut books, place, posting).map_err(corrupt)?;
            }
            let today = settings.business_date(entry.head.at);
            evolve::close(&mut books, place, today, &entry.postings).map_err(corrupt)?;
        }
        let mut cache = self.cache.write().map_err(corrupt)?;
        for posting in tail.iter().flat_map(|entry| &entry.postings) {
            cache.add(posting);
        }
        cache.publish(books);
        Ok(())
    }

    fn write(&mut self, entries: &[&Entry], changed: &Books) -> Db<()> {
        let gaps = std::mem::take(&mut self.gaps);
        let transaction = self.conn.unchecked_transaction()?;
        if gaps {
            put_meta(&transaction, "gaps", 1)?;
        }
        for entry in entries {
            self.appender.append(&transaction, entry)?;
        }
        orders::write(&transaction, entries, changed)?;
        if entries.iter().flat_map(|entry| &entry.facts).any(engine::ends_schema_1) {
            migrate::end_old_schema(&transaction)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn publish(&mut self, entries: &[&Entry], changed: Books, numbers: Numbers) -> Db<()> {
        let mut cache = self.cache.write().map_err(corrupt)?;
        for entry in entries {
            self.keys.add(entry.head.key_hash, entry.head.no);
            for posting in &entry.postings {
                cache.add(posting);
            }
            for fact in &entry.facts {
                if let Fact::SettingsChanged(settings) = fact {
                    cache.settings = Arc::new((**settings).clone());
                }
            }
        }
        cache.publish(changed);
        cache.numbers = numbers;
        Ok(())
    }

    fn write_back(&mut self, everything: bool) -> Db<()> {
        if self.stale {
            return Ok(());
        }
        let (slice, layout) = {
            let cache = self.cache.read().map_err(corrupt)?;
            let mut layout = cache.layout;
            if cache.numbers.entry == self.folded && !everything && layout != Layout::Filling {
                return Ok(());
            }
            let transaction = self.conn.unchecked_transaction()?;
            write_back(&transaction, &cache)?;
            if layout == Layout::Filling && migrate::fill(&transaction)? {
                layout = Layout::Filled;
            }
            let slice = self.keys.write_slice(&transaction, cache.numbers.entry, everything)?;
            transaction.commit()?;
            (slice, layout)
        };
        self.keys.written(slice);
        let mut cache = self.cache.write().map_err(corrupt)?;
        self.folded = cache.numbers.entry;
        cache.layout = layout;
        cache.clean();
        Ok(())
    }

    fn layout(&self) -> Db<Layout> {
        Ok(self.cache.read().map_err(corrupt)?.layout)
    }

    /// Fills what the schema of this program needs, to the end.
    pub(crate) fn fill_up(&mut self) -> Db<()> {
        while self.layout()? == Layout::Filling {
            self.write_back(true)?;
        }
        Ok(())
    }

    /// Removes what only the older schema needs.
    pub(crate) fn contract(&mut self) -> Db<()> {
        if self.layout()? == Layout::Filled {
            migrate::contract(&self.conn)?;
            self.cache.write().map_err(corrupt)?.layout = Layout::New;
        }
        Ok(())
    }

    fn write_back_if_due(&mut self) {
        let due = self.cache.read().is_ok_and(|cache| {
            cache.numbers.entry - self.folded >= ENTRIES_MAX || cache.dirty() >= DIRTY_MAX
        });
        if due && let Err(error) = self.write_back(false) {
            tracing::warn!(detail = %error, "balances could not be written back; they stay in memory");
        }
    }

    /// Cuts the write-ahead log back, unless a reader holds it. What was erased for good is gone then; else it is tried
    /// again when nothing waits.
    fn cut_log(&mut self) {
        match cut_log(&self.conn) {
            Ok(true) => self.erased = false,
            Ok(false) => {
                tracing::debug!("a reader holds the write-ahead log; it is cut back later");
            }
            Err(error) => {
                tracing::warn!(detail = %error, "the write-ahead log could not be cut back");
            }
        }
    }

    /// Goes back to what the database holds, after a failed commit.
    fn recover(&mut self) {
        self.stale = true;
        let reopened = || -> Db<(Connection, Keys, Appender)> {
            let conn = crate::connect(&self.path, true)?;
            let (keys, appender) = (Keys::open(&conn)?, Appender::open(&conn)?);
            Ok((conn, keys, appender))
        };
        match reopened() {
            Ok((conn, keys, appender)) => {
                (self.conn, self.keys, self.appender) = (conn, keys, appender);
                if let Err(error) = self.rebuild(true) {
                    tracing::error!(detail = %error, "the cache could not be rebuilt");
                }
            }
            Err(error) => {
                tracing::error!(detail = %error, "the database could not be opened again");
            }
        }
    }
}

fn numbers(conn: &Connection) -> Db<Numbers> {
    Ok(Numbers {
        account: last(conn, "account", "account_no")?,
        invoice: last(conn, "invoice", "invoice_no")?,
        item: last(conn, "invoice_item", "item_no")?,
        payment: last(conn, "payment", "payment_no")?,
        adjustment: last(conn, "credit_balance_adjustment", "adjustment_no")?,
        refund: last(conn, "refund", "refund_no")?,
        item_adjustment: last(conn, "invoice_item_adjustment", "item_adjustment_no")?,
        entry: last(conn, "entry", "entry_no")?,
        posting: last(conn, "posting", "posting_no")?,
        method: last(conn, "payment_method_state", "method_no")?,
    })
}

/// Changes records so that nothing stays of what they held in the file: pages are overwritten while they are changed.
/// The write-ahead log still has the old ones until it is cut back.
fn put_side_for_good(conn: &Connection, writes: &[SideWrite]) -> Db<bool> {
    conn.pragma_update(None, "secure_delete", true)?;
    let done = beside::put_side(conn, writes);
    conn.pragma_update(None, "secure_delete", false)?;
    done
}

/// Cuts the write-ahead log back to nothing; false if a reader still needs it. Never waits for one: a backup may read
/// for minutes, and every command would wait with it.
fn cut_log(conn: &Connection) -> Db<bool> {
    conn.busy_timeout(Duration::ZERO)?;
    let held = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    conn.busy_timeout(crate::BUSY)?;
    match held {
        Err(rusqlite::Error::SqliteFailure(code, _))
            if matches!(code.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) =>
        {
            Ok(false)
        }
        held => Ok(!held?),
    }
}

impl Store for SqliteStore {
    fn load(&mut self, needs: &[Need], keys: &[KeyHash]) -> Result<Loaded, StoreError> {
        if self.stale {
            self.recover();
        }
        if self.stale {
            return Err(store_error(corrupt(
                "the database could not be read again after a failure",
            )));
        }
        let mut loaded = Loaded::default();
        // One read transaction for the whole batch: each statement of its own would take and drop the
        // file locks.
        let transaction = self.conn.unchecked_transaction().map_err(|e| store_error(e.into()))?;
        let mut loader = Loader::new(&self.conn, &self.cache);
        for need in needs {
            loader.need(need).map_err(store_error)?;
        }
        loaded.books = loader.books;
        for key in keys {
            if let Some(prior) = self.keys.find(&self.conn, *key).map_err(store_error)? {
                loaded.prior.insert(*key, prior);
            }
        }
        transaction.commit().map_err(|error| store_error(error.into()))?;
        let cache = self.cache.read().map_err(|error| store_error(corrupt(error)))?;
        loaded.settings = Arc::clone(&cache.settings);
        loaded.numbers = cache.numbers;
        Ok(loaded)
    }

    fn commit(
        &mut self,
        entries: &[&Entry],
        changed: Books,
        numbers: Numbers,
    ) -> Result<(), StoreError> {
        let result = self.write(entries, &changed);
        let writable = result.is_ok();
        if let Ok(mut cache) = self.cache.write() {
            cache.writable = writable;
        }
        if let Err(error) = result {
            self.recover();
            if let Ok(mut cache) = self.cache.write() {
                cache.writable = false;
            }
            return Err(store_error(error));
        }
        if let Err(error) = self.publish(entries, changed, numbers) {
            // Committed, but not known here: memory is made anew before anything else is decided.
            self.stale = true;
            return Err(store_error(error));
        }
        self.write_back_if_due();
        Ok(())
    }

    fn entries(&mut self, numbers: &[EntryNo]) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::with_capacity(numbers.len());
        for no in numbers {
            let found = history::entry(&self.conn, *no).map_err(store_error)?;
            let missing = || store_error(corrupt(format!("{} is missing", no.document())));
            entries.push(found.ok_or_else(missing)?);
        }
        Ok(entries)
    }

    fn adopt_numbers(&mut self, _: Numbers, gaps: Gaps) -> Result<(), StoreError> {
        self.gaps = gaps == Gaps::Accepted;
        Ok(())
    }

    fn put_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        beside::put_api_key(&self.conn, key).map_err(store_error)
    }

    fn put_audit_block(&mut self, block: &AuditBlock) -> Result<(), StoreError> {
        let sql = "INSERT INTO audit_block (block_no, first_no, last_no, made_us, previous, root, \
                   hash, signature, leaves) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                   ON CONFLICT (block_no) DO NOTHING";
        let row = (
            int(block.no),
            int(block.first.0),
            int(block.last.0),
            block.made_at.as_microsecond(),
            block.previous,
            block.root,
            block.hash,
            &block.signature,
            &block.leaves,
        );
        self.conn.execute(sql, row).map(drop).map_err(|error| store_error(error.into()))
    }

    fn put_side(&mut self, writes: &[SideWrite]) -> Result<bool, StoreError> {
        let personal = writes.iter().any(|write| write.kind == SideKind::PersonalData);
        let put = if personal { put_side_for_good } else { beside::put_side };
        let done = put(&self.conn, writes).map_err(store_error)?;
        if done && personal && writes.iter().any(|write| write.expected.is_some()) {
            self.erased = true;
            self.cut_log();
        }
        Ok(done)
    }

    fn put_gateway_secret(&mut self, secret: &GatewaySecret) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO gateway_secret (name, sealed, stored_us) \
                   VALUES (?1, ?2, ?3)";
        let row = (&secret.gateway, &secret.sealed, secret.stored_at.as_microsecond());
        self.conn.execute(sql, row).map(drop).map_err(|error| store_error(error.into()))
    }

    fn idle(&mut self) {
        if let Err(error) = self.write_back(false) {
            tracing::warn!(detail = %error, "balances could not be written back; they stay in memory");
            return;
        }
        // Caches of a busy hour need not stay.
        let _ = self.conn.execute_batch("PRAGMA shrink_memory");
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        let length = std::fs::metadata(log).map_or(0, |meta| meta.len());
        if self.erased || length > LOG_IDLE_MAX {
            self.cut_log();
        }
    }

    fn close(&mut self) {
        if let Err(error) = self.write_back(true) {
            tracing::warn!(detail = %error, "balances could not be written back; they are rebuilt at the next start");
        }
        if self.erased {
            self.cut_log();
        }
    }
}

pub(crate) fn store_error(error: DbError) -> StoreError {
    let kind = match &error {
        DbError::Sqlite(rusqlite::Error::SqliteFailure(code, _)) => match code.code {
            ErrorCode::DiskFull => StoreErrorKind::Full,
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                StoreErrorKind::ReadOnly
            }
            _ => StoreErrorKind::Other,
        },
        _ => StoreErrorKind::Other,
    };
    StoreError { kind, detail: error.to_string() }
}
