//! The writing side: one committer's transaction at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use columns::{date_int, int};
use engine::{
    ApiKey, AuditBlock, Gaps, GatewaySecret, KeyHash, Loaded, SideWrite, Store, StoreError,
    StoreErrorKind,
};
use receivables::context::Numbers;
use receivables::fact::Fact;
use receivables::order::Order;
use receivables::period::{Period, UNFINISHED_MAX, Unfinished};
use receivables::{Books, Entry, EntryNo, InvoiceNo, Need, Settings};
use rustc_hash::FxHashSet;
use tokio_postgres::Config;

use crate::append::{Origins, Rows};
use crate::error::{Pg, PgError, Phase, corrupt};
use crate::fetch::{self, Answers, all, by_numbers};
use crate::link::{Link, Query};
use crate::load::{Loader, Wanted};
use crate::past_refunds;
use crate::rows::{self, number};
use crate::sql;

/// So many origins are remembered as written.
const ORIGINS_MAX: usize = 100_000;
/// Day totals are spread over so many rows, so that committers seldom wait for each other.
const SLOTS: i64 = 16;
/// The first pause before connecting again; it doubles with every failure.
const PAUSE_FIRST: Duration = Duration::from_millis(25);
/// The longest pause before connecting again.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Rows of committers older than this are forgotten, in microseconds: thirty days.
const REGISTERED_MAX_US: i64 = 30 * 24 * 3_600 * 1_000_000;

/// One committer's way to a database that several may write to.
#[derive(Debug)]
pub struct PostgresStore {
    config: Config,
    /// The transaction runs here.
    link: Option<Link>,
    /// Numbers are taken here, each time committed at once.
    counters: Option<Link>,
    /// Our row of `committer`; 0 while not registered.
    committer: i64,
    settings_id: i64,
    settings: Arc<Settings>,
    /// The last numbers anyone in this process has seen.
    seen: Arc<Mutex<Numbers>>,
    /// Origins that are written already.
    origins: FxHashSet<i64>,
    /// Goes into the numbers of origins.
    salt: String,
    adopted: Option<Numbers>,
    pause: Duration,
    /// True between `load` and the end of its transaction.
    open: bool,
}

impl PostgresStore {
    pub(crate) fn new(config: Config, seen: Arc<Mutex<Numbers>>) -> Self {
        Self {
            config,
            link: None,
            counters: None,
            committer: 0,
            settings_id: 0,
            settings: Arc::default(),
            seen,
            origins: FxHashSet::default(),
            salt: String::new(),
            adopted: None,
            pause: Duration::ZERO,
            open: false,
        }
    }

    /// Connects if there is no connection, and registers if that was not done. After a failure it waits
    /// a little first, so that a database that starts again is not stormed.
    fn connect(&mut self) -> Pg<()> {
        if self.link.as_ref().is_some_and(|link| !link.is_closed())
            && self.counters.as_ref().is_some_and(|link| !link.is_closed())
            && self.committer != 0
        {
            return Ok(());
        }
        std::thread::sleep(self.pause);
        self.pause = (self.pause * 2).clamp(PAUSE_FIRST, PAUSE_MAX);
        let link = Link::connect(&self.config, crate::COMMITTER_SETTINGS)?;
        let mut counters = Link::connect(&self.config, crate::COUNTER_SETTINGS)?;
        if self.committer == 0 {
            self.committer = register(&mut counters)?;
        }
        if self.salt.is_empty() {
            let found = counters.one(Query::new(sql::ORIGIN_SALT))?;
            let row = found.first().ok_or_else(|| corrupt("origin_salt is empty"))?;
            self.salt = rows::get(row, 0)?;
        }
        (self.link, self.counters) = (Some(link), Some(counters));
        Ok(())
    }

    fn link(&mut self) -> Pg<&mut Link> {
        self.link.as_mut().ok_or_else(|| PgError::Unreachable("no connection".to_owned()))
    }

    fn counters(&mut self) -> Pg<&mut Link> {
        self.counters.as_mut().ok_or_else(|| PgError::Unreachable("no connection".to_owned()))
    }

    fn seen(&self) -> Numbers {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_seen(&self, numbers: Numbers) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.entry >= seen.entry {
            *seen = numbers;
        }
    }

    /// Ends the transaction after an error, and lets go of a connection that cannot be used any more.
    fn fail(&mut self, error: PgError, phase: Phase) -> StoreError {
        self.open = false;
        self.adopted = None;
        // What was seen may come from numbers that were to be adopted and were not.
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Numbers::default();
        if matches!(error, PgError::NotRegistered) {
            self.committer = 0;
        }
        let rolled_back = match &mut self.link {
            Some(link) if !error.broke_connection() => {
                link.run(vec![Query::text("ROLLBACK")]).is_ok()
            }
            _ => false,
        };
        if !rolled_back {
            (self.link, self.counters) = (None, None);
        }
        error.into_store_error(phase)
    }

    fn begin(&mut self, needs: &[Need], keys: &[KeyHash]) -> Pg<Loaded> {
        self.connect()?;
        let (committer, settings_id) = (self.committer, self.settings_id);
        self.open = true;
        let mut loader =
            Loader { link: self.link()?, wanted: Wanted::of(needs), loaded: Loaded::default() };
        let begun = loader.begin(committer, settings_id, keys)?;
        let closing = std::mem::take(&mut loader.wanted.unfinished);
        let past = std::mem::take(&mut loader.wanted.past_refunds);
        let mut loaded = loader.loaded;
        if let Some((id, text)) = begun.settings {
            if let Some(text) = text {
                self.settings = Arc::new(serde_json::from_str(&text).map_err(corrupt)?);
            }
            self.settings_id = id;
        }
        loaded.settings = Arc::clone(&self.settings);
        for name in closing {
            if let Some(period) = self.settings.period(&name).cloned() {
                loaded.books.unfinished.insert(name, self.unfinished(&period)?);
            }
        }
        let settings = Arc::clone(&self.settings);
        past_refunds::load(self.link()?, &past, &settings, &mut loaded.books)?;
        loaded.numbers = self.numbers_after(&loaded.books)?;
        loaded.shared_numbers = true;
        self.pause = Duration::ZERO;
        Ok(loaded)
    }

    /// What is unfinished until the end of a period.
    fn unfinished(&mut self, period: &Period) -> Pg<Unfinished> {
        let end = self.settings.beginning_of(period.last_day.tomorrow().map_err(corrupt)?);
        let last = i32::try_from(date_int(period.last_day)).map_err(corrupt)?;
        let queries = vec![
            Query::new(sql::UNFINISHED_DRAFTS).with(last).with(int(UNFINISHED_MAX as u64)),
            Query::new(sql::UNFINISHED_ORDERS),
        ];
        let mut answers = Answers::of(self.link()?, queries)?;
        let drafts = all(&answers.next(), |row| Ok(InvoiceNo(number(row, 0)?)))?;
        let orders = all(&answers.next(), |row| rows::json::<Order>(row, 0))?;
        let under_way = orders.iter().filter(|order| order.keeps_open(end));
        let orders = under_way.map(|order| order.placed.document).take(UNFINISHED_MAX).collect();
        Ok(Unfinished { drafts, orders })
    }

    /// The last numbers given out: as last seen in this process, unless an account was written by
    /// someone else since. All kinds are numbered together, so the entry's number tells.
    fn numbers_after(&mut self, books: &Books) -> Pg<Numbers> {
        let seen = self.seen();
        let last = books.accounts.values().filter_map(|account| account.last_entry).max();
        if seen.entry > 0 && last.is_none_or(|last| last.0 <= seen.entry) {
            return Ok(seen);
        }
        let found = self.counters()?.one(Query::new(sql::NUMBERS))?;
        let row = found.first().ok_or_else(|| corrupt("numbering is empty"))?;
        let numbers = rows::numbers(row)?;
        self.note_seen(numbers);
        Ok(numbers)
    }

    fn take(&mut self, count: Numbers) -> Pg<Numbers> {
        let found = self.counters()?.one(counted(sql::TAKE_NUMBERS, count))?;
        let row = found.first().ok_or_else(|| corrupt("numbering is empty"))?;
        let after = rows::numbers(row)?;
        self.note_seen(after);
        Ok(after.before(count))
    }

    /// Sends every row and the commit in one go.
    fn write(&mut self, entries: &[&Entry], changed: &Books) -> Pg<Vec<i64>> {
        let slot = i16::try_from(self.committer % SLOTS).unwrap_or(0);
        let mut rows =
            Rows::of(entries, changed, Origins { known: &self.origins, salt: &self.salt }, slot)?;
        let origins = std::mem::take(&mut rows.new_origins);
        let mut queries: Vec<Query> = rows.inserts().collect();
        if let Some(numbers) = self.adopted.take() {
            queries.push(counted(sql::ADOPT_NUMBERS, numbers));
        }
        if entries.iter().flat_map(|entry| &entry.facts).any(engine::ends_schema_1) {
            queries.push(Query::new(sql::END_SCHEMA_1));
        }
        queries.push(Query::text("COMMIT"));
        self.link()?.run(queries)?;
        Ok(origins)
    }

    /// Writes something beside the history; once more if the connection was gone.
    fn put(&mut self, queries: impl Fn() -> Vec<Query>) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let put = self.connect().and_then(|()| {
                let mut all = vec![Query::text("BEGIN")];
                all.extend(queries());
                all.push(Query::text("COMMIT"));
                self.link()?.run(all)
            });
            match put {
                Ok(_) => return Ok(()),
                Err(error) => {
                    let error = self.fail(error, Phase::Before);
                    if error.kind != StoreErrorKind::Lost || tries > 0 {
                        return Err(error);
                    }
                    tries += 1;
                }
            }
        }
    }
}

/// A statement that takes a number of each kind.
fn counted(sql: &'static str, numbers: Numbers) -> Query {
    let Numbers {
        account,
        invoice,
        item,
        payment,
        adjustment,
        refund,
        item_adjustment,
        entry,
        posting,
        method,
    } = numbers;
    let kinds = [
        account,
        invoice,
        item,
        payment,
        adjustment,
        refund,
        item_adjustment,
        entry,
        posting,
        method,
    ];
    kinds.into_iter().fold(Query::new(sql), |query, number| query.with(int(number)))
}

/// Takes a number for this committer and writes its row. Rows of programs long gone are removed.
fn register(link: &mut Link) -> Pg<i64> {
    let now = link.one(Query::new("SELECT (extract(epoch FROM now()) * 1000000)::bigint"))?;
    let now: i64 = now.first().map_or(Ok(0), |row| rows::get(row, 0))?;
    let made = link.one(Query::new(sql::NUMBER_COMMITTER))?;
    let committer: i64 = match made.first() {
        Some(row) => rows::get(row, 0)?,
        None => return Err(corrupt("numbering is empty")),
    };
    link.run(vec![
        Query::new(sql::REGISTER_COMMITTER).with(committer).with(now),
        Query::new(sql::FORGET_COMMITTERS).with(now - REGISTERED_MAX_US),
    ])?;
    Ok(committer)
}

fn put_key(key: &ApiKey) -> Vec<Query> {
    let record = Query::new(sql::PUT_API_KEY)
        .with(key.name.clone())
        .with(key.hash.to_vec())
        .with(i16::from(key.old_role()))
        .with(key.created_at.as_microsecond())
        .with(key.revoked_at.map(jiff::Timestamp::as_microsecond));
    let access = Query::new(sql::PUT_API_KEY_ACCESS)
        .with(key.name.clone())
        .with(serde_json::to_string(&key.roles).unwrap_or_default())
        .with(key.expires_at.map(jiff::Timestamp::as_microsecond))
        .with(key.person.as_ref().map(ToString::to_string));
    vec![record, access]
}

/// Two round trips: every change, and what became of them.
fn write_side(link: &mut Link, writes: &[SideWrite]) -> Pg<bool> {
    let mut all = vec![Query::text("BEGIN")];
    for SideWrite { kind, id, expected, body } in writes {
        let sql = match (expected, body) {
            (None, _) => sql::INSERT_SIDE,
            (Some(_), Some(_)) => sql::UPDATE_SIDE,
            (Some(_), None) => sql::DELETE_SIDE,
        };
        let named = Query::new(sql).with(kind.number()).with(id.clone().into_bytes());
        let versioned = match expected {
            Some(version) => named.with(int(*version)),
            None => named,
        };
        all.push(match body {
            Some(body) => versioned.with(body.clone()),
            None => versioned,
        });
    }
    let done = link.run(all)?;
    let every = done.iter().skip(1).all(|rows| !rows.is_empty());
    link.run(vec![Query::text(if every { "COMMIT" } else { "ROLLBACK" })])?;
    Ok(every)
}

impl Store for PostgresStore {
    fn load(&mut self, needs: &[Need], keys: &[KeyHash]) -> Result<Loaded, StoreError> {
        self.begin(needs, keys).map_err(|error| self.fail(error, Phase::Before))
    }

    fn take_numbers(&mut self, _: Numbers, count: Numbers) -> Result<Numbers, StoreError> {
        self.take(count).map_err(|error| self.fail(error, Phase::Before))
    }

    fn commit(&mut self, entries: &[&Entry], changed: Books, _: Numbers) -> Result<(), StoreError> {
        let origins = self.write(entries, &changed).map_err(|e| self.fail(e, Phase::Commit))?;
        self.open = false;
        if self.origins.len() > ORIGINS_MAX {
            // They are written again, which changes nothing.
            self.origins.clear();
        }
        self.origins.extend(origins);
        for entry in entries {
            for fact in &entry.facts {
                if let Fact::SettingsChanged(settings) = fact {
                    self.settings = Arc::new((**settings).clone());
                    self.settings_id = int(entry.head.no.0);
                }
            }
        }
        Ok(())
    }

    fn release(&mut self) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let ended = self.link().and_then(|link| link.run(vec![Query::text("ROLLBACK")]));
        if ended.is_err() {
            (self.link, self.counters) = (None, None);
        }
    }

    fn entries(&mut self, numbers: &[EntryNo]) -> Result<Vec<Entry>, StoreError> {
        let read = |link: &mut Link| -> Pg<Vec<Entry>> {
            let found = link.one(by_numbers(sql::ENTRIES, numbers.iter().map(|no| no.0)))?;
            fetch::entries(link, &found)
        };
        let found = self.link().and_then(read).map_err(|e| self.fail(e, Phase::Before))?;
        let mut found: rustc_hash::FxHashMap<EntryNo, Entry> =
            found.into_iter().map(|entry| (entry.head.no, entry)).collect();
        let ordered = numbers
            .iter()
            .map(|no| found.remove(no).ok_or_else(|| corrupt(format!("entry {no} is missing"))));
        let ordered: Pg<Vec<Entry>> = ordered.collect();
        ordered.map_err(|error| self.fail(error, Phase::Before))
    }

    fn adopt_numbers(&mut self, numbers: Numbers, _: Gaps) -> Result<(), StoreError> {
        self.adopted = Some(numbers);
        self.note_seen(numbers);
        Ok(())
    }

    fn put_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        self.put(|| put_key(key))
    }

    fn put_audit_block(&mut self, block: &AuditBlock) -> Result<(), StoreError> {
        self.put(|| {
            let put = Query::new(sql::PUT_AUDIT_BLOCK)
                .with(int(block.no))
                .with(int(block.first.0))
                .with(int(block.last.0))
                .with(block.made_at.as_microsecond())
                .with(block.previous.to_vec())
                .with(block.root.to_vec())
                .with(block.hash.to_vec())
                .with(block.signature.clone())
                .with(block.leaves.clone());
            vec![put]
        })
    }

    fn put_side(&mut self, writes: &[SideWrite]) -> Result<bool, StoreError> {
        self.connect()
            .and_then(|()| write_side(self.link()?, writes))
            .map_err(|error| self.fail(error, Phase::Before))
    }

    fn put_gateway_secret(&mut self, secret: &GatewaySecret) -> Result<(), StoreError> {
        self.put(|| {
            let put = Query::new(sql::PUT_GATEWAY_SECRET)
                .with(secret.gateway.clone())
                .with(secret.sealed.clone())
                .with(secret.stored_at.as_microsecond());
            vec![put]
        })
    }

    fn close(&mut self) {
        self.release();
        let committer = self.committer;
        if let Ok(link) = self.counters() {
            let _ = link.one(Query::new(sql::FORGET_COMMITTER).with(committer));
        }
        (self.link, self.counters) = (None, None);
        self.committer = 0;
    }
}
