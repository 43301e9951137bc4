//! A committer: one thread that owns a store.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use jiff::Timestamp;
use receivables::approval::RefundsNeeded;
use receivables::context::Numbers;
use receivables::decide::if_money_moves;
use receivables::draft::Refusal;
use receivables::evolve::Broken;
use receivables::fact::Fact;
use receivables::order::Order;
use receivables::permission::Permissions;
use receivables::{
    AccountNo, AdjustmentNo, Books, Context, Decision, Document, Entry, EntryHead, EntryNo,
    InvoiceNo, ItemAdjustmentNo, Kind, MethodNo, Need, PaymentNo, RefundNo, Settings, decide,
};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::oneshot;

use crate::KeyHash;
use crate::clock::Clock;
use crate::reader::{ApiKey, AuditBlock, GatewaySecret};
use crate::request::{Ahead, Failure, Outcome, Request, Unavailable};
use crate::side::SideWrite;
use crate::store::{Loaded, Prior, Store, StoreError, StoreErrorKind};
use crate::tap::Tap;
use crate::{BATCH_MAX, Stats};

type Answer = Result<Outcome, Failure>;

/// What may wait in the queue.
pub(crate) enum Job {
    Execute { requests: Vec<Request>, reply: oneshot::Sender<Vec<Answer>> },
    PutApiKey { key: ApiKey, reply: oneshot::Sender<Result<(), StoreError>> },
    PutGatewaySecret { secret: GatewaySecret, reply: oneshot::Sender<Result<(), StoreError>> },
    PutAuditBlock { block: Box<AuditBlock>, reply: oneshot::Sender<Result<(), StoreError>> },
    PutSide { writes: Vec<SideWrite>, reply: oneshot::Sender<Result<bool, StoreError>> },
    Stop,
}

/// Who is told what a committer does.
#[derive(Clone, Copy)]
struct Around<'a> {
    stats: &'a Stats,
    tap: &'a Tap,
}

/// How long nothing must wait before caches are written back.
const IDLE: Duration = Duration::from_millis(500);

pub(crate) fn run(
    mut store: Box<dyn Store>,
    jobs: &Receiver<Job>,
    clock: &Arc<dyn Clock>,
    stats: &Stats,
    tap: &Tap,
) {
    let mut stopping = false;
    while !stopping {
        let first = match jobs.recv_timeout(IDLE) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => {
                store.idle();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut requests = Vec::new();
        let mut replies = Vec::new();
        let mut job = Some(first);
        while let Some(next) = job.take() {
            match next {
                Job::Execute { requests: more, reply } => {
                    replies.push((more.len(), reply));
                    requests.extend(more);
                }
                Job::PutApiKey { key, reply } => {
                    let _ = reply.send(store.put_api_key(&key));
                }
                Job::PutGatewaySecret { secret, reply } => {
                    let _ = reply.send(store.put_gateway_secret(&secret));
                }
                Job::PutAuditBlock { block, reply } => {
                    let _ = reply.send(store.put_audit_block(&block));
                }
                Job::PutSide { writes, reply } => {
                    let _ = reply.send(store.put_side(&writes));
                }
                Job::Stop => {
                    stopping = true;
                    break;
                }
            }
            if requests.len() < BATCH_MAX {
                job = jobs.try_recv().ok();
            }
        }
        let mut answers =
            batch(store.as_mut(), &requests, clock.as_ref(), Around { stats, tap }).into_iter();
        for (count, reply) in replies {
            let _ = reply.send(answers.by_ref().take(count).collect());
        }
    }
    store.close();
}

/// Loads, decides and commits; one answer per request, in order.
///
/// Usually one commit for all. A command that looks back at what an earlier one of the same batch left
/// in the history waits until that is committed; then the rest goes on as a batch of its own, in
/// smaller portions, since more of its kind may follow.
fn batch(
    store: &mut dyn Store,
    requests: &[Request],
    clock: &dyn Clock,
    around: Around<'_>,
) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::with_capacity(requests.len());
    let mut rest = requests;
    let mut portion = rest.len();
    while !rest.is_empty() {
        let (now, _) = rest.split_at(portion.min(rest.len()));
        let done = commit_portion(store, now, clock, around);
        rest = rest.get(done.len()..).unwrap_or_default();
        portion = if done.len() < now.len() { PORTION_AFTER_SPLIT } else { portion * 2 };
        answers.extend(done);
    }
    count(&answers, around.stats);
    answers
}

/// How many commands are loaded at once after a batch had to be split.
const PORTION_AFTER_SPLIT: usize = 16;

/// How often a portion is tried when other writers are in the way or the connection breaks.
const ATTEMPTS_MAX: usize = 12;

/// Decides as many of `requests` as can be decided together (at least one) and commits them.
///
/// Tried again, at the same instant, when another writer was in the way or the connection broke. After
/// a commit of unknown outcome the idempotency keys, looked for first, tell what was written.
fn commit_portion(
    store: &mut dyn Store,
    requests: &[Request],
    clock: &dyn Clock,
    around: Around<'_>,
) -> Vec<Answer> {
    let now = clock.now();
    let mut attempted: FxHashSet<EntryNo> = FxHashSet::default();
    let mut tries = 1;
    loop {
        let error = match try_portion(store, requests, now, &mut attempted, around) {
            Ok(answers) => return answers,
            Err(error) => error,
        };
        match error.kind {
            StoreErrorKind::Conflict | StoreErrorKind::Lost | StoreErrorKind::Unknown
                if tries < ATTEMPTS_MAX =>
            {
                tracing::debug!(detail = %error, tries, "trying again");
                Stats::add(&around.stats.retried, 1);
            }
            _ => {
                let unknown = !attempted.is_empty();
                return fail_all(requests.len(), error, unknown, around.stats);
            }
        }
        tries += 1;
    }
}

/// `attempted` are the entries of commits whose outcome is not known.
fn try_portion(
    store: &mut dyn Store,
    requests: &[Request],
    now: Timestamp,
    attempted: &mut FxHashSet<EntryNo>,
    around: Around<'_>,
) -> Result<Vec<Answer>, StoreError> {
    let mut needs: Vec<Need> = Vec::with_capacity(requests.len());
    for request in requests {
        request.command.needs(&mut |need| needs.push(need));
        let (by, at) = (request.actor.requester(), request.at.unwrap_or(now));
        let past = RefundsNeeded::by(&request.command, by, at);
        needs.extend(past.map(|needed| Need::PastRefunds(Box::new(needed))));
    }
    let keys: Vec<KeyHash> = requests.iter().filter_map(|request| request.key).collect();
    let loaded = store.load(&needs, &keys)?;
    let before = earlier_entries(store, &loaded.prior)?;
    let known = Known { before: &before, attempted };
    let base = loaded.numbers;
    let again = loaded.shared_numbers.then(|| loaded.clone());
    let (mut answers, mut batch) = decide_all(loaded, base, requests, now, &known);
    if batch.entries.is_empty() {
        store.release();
        return Ok(answers);
    }
    let count = batch.numbers.since(base);
    let actual = store.take_numbers(base, count)?;
    if let (true, Some(loaded)) = (actual != base, again) {
        // Others took numbers meanwhile. Decisions are pure: the same again, with other numbers.
        (answers, batch) = decide_all(loaded, actual, requests, now, &known);
        if batch.numbers.since(actual) != count {
            store.release();
            let detail = "the same commands took other numbers when decided again".to_owned();
            return Err(StoreError { kind: StoreErrorKind::Other, detail });
        }
    }
    let due = |order: &Order| order.due.is_some_and(|due| due <= now);
    let orders_due = batch.changed.orders.values().any(due);
    let entries: Vec<&Entry> = batch.entries.iter().map(AsRef::as_ref).collect();
    if let Err(error) = store.commit(&entries, batch.changed, batch.numbers) {
        if error.kind == StoreErrorKind::Unknown {
            attempted.extend(entries.iter().map(|entry| entry.head.no));
        }
        return Err(error);
    }
    Stats::add(&around.stats.commits, 1);
    around.tap.tell(&batch.entries);
    if orders_due {
        around.stats.orders.notify_one();
    }
    Ok(answers)
}

/// What the history knows of the keys of a batch.
struct Known<'a> {
    before: &'a FxHashMap<EntryNo, Arc<Entry>>,
    attempted: &'a FxHashSet<EntryNo>,
}

fn earlier_entries(
    store: &mut dyn Store,
    prior: &FxHashMap<KeyHash, Prior>,
) -> Result<FxHashMap<EntryNo, Arc<Entry>>, StoreError> {
    if prior.is_empty() {
        return Ok(FxHashMap::default());
    }
    let mut numbers: Vec<EntryNo> = prior.values().map(|prior| prior.entry).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let entries = store.entries(&numbers)?;
    Ok(entries.into_iter().map(|entry| (entry.head.no, Arc::new(entry))).collect())
}

/// Decides requests from the front until one has to wait for the commit of those before it.
fn decide_all(
    loaded: Loaded,
    numbers: Numbers,
    requests: &[Request],
    now: Timestamp,
    known: &Known<'_>,
) -> (Vec<Answer>, Batch) {
    let mut batch = Batch::new(loaded, numbers, requests.len() > 1);
    let mut answers: Vec<Answer> = Vec::with_capacity(requests.len());
    for request in requests {
        if batch.must_commit_before(request) {
            break;
        }
        answers.push(batch.answer(request, request.at.unwrap_or(now), known));
    }
    (answers, batch)
}

fn fail_all(count: usize, error: StoreError, unknown: bool, stats: &Stats) -> Vec<Answer> {
    Stats::add(&stats.failed, count as u64);
    let unavailable = if unknown {
        tracing::error!(detail = %error, commands = count, "whether a commit was written is not known");
        Unavailable::outcome_unknown()
    } else {
        tracing::error!(detail = %error, commands = count, "the store failed; nothing was written");
        Unavailable::from(error)
    };
    let failure = Failure::Unavailable(unavailable);
    std::iter::repeat_with(|| Err(failure.clone())).take(count).collect()
}

fn count(answers: &[Answer], stats: &Stats) {
    let (mut accepted, mut rejected, mut replayed, mut previewed) = (0, 0, 0, 0);
    for answer in answers {
        match answer {
            Ok(outcome) if outcome.dry_run => previewed += 1,
            Ok(outcome) if outcome.replayed => replayed += 1,
            Ok(_) => accepted += 1,
            Err(_) => rejected += 1,
        }
    }
    Stats::add(&stats.accepted, accepted);
    Stats::add(&stats.rejected, rejected);
    Stats::add(&stats.replayed, replayed);
    Stats::add(&stats.previewed, previewed);
}

/// The books as left by the commands of the batch decided so far.
struct Batch {
    books: Books,
    changed: Books,
    prior: FxHashMap<KeyHash, Prior>,
    decided: FxHashMap<KeyHash, (KeyHash, Arc<Entry>)>,
    entries: Vec<Arc<Entry>>,
    numbers: Numbers,
    settings: Arc<Settings>,
    several: bool,
    /// Whether a command of the batch changed the settings.
    settings_changed: bool,
}

impl Batch {
    fn new(loaded: Loaded, numbers: Numbers, several: bool) -> Self {
        Self {
            books: loaded.books,
            changed: Books::default(),
            prior: loaded.prior,
            decided: FxHashMap::default(),
            entries: Vec::new(),
            numbers,
            settings: loaded.settings,
            several,
            settings_changed: false,
        }
    }

    /// True if the command looks back at an account that changed in this batch, or at a document that
    /// was not there when the batch was loaded.
    fn must_commit_before(&self, request: &Request) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        // Under other settings other refunds of late may matter than those that were loaded.
        let (by, now) = (request.actor.requester(), Timestamp::MIN);
        if self.settings_changed && RefundsNeeded::by(&request.command, by, now).is_some() {
            return true;
        }
        if !request.command.looks_back() {
            return false;
        }
        let account = request.command.subject().and_then(|subject| self.account_of(subject));
        account.is_none_or(|account| self.changed.accounts.contains_key(&account))
    }

    fn account_of(&self, subject: Document) -> Option<AccountNo> {
        let (books, number) = (&self.books, subject.number);
        match subject.kind {
            Kind::Account => Some(AccountNo(number)),
            Kind::Invoice => books.invoices.get(&InvoiceNo(number)).map(|found| found.account),
            Kind::Payment => {
                books.payments.get(&PaymentNo(number)).map(|found| found.recorded.account)
            }
            Kind::CreditBalanceAdjustment => {
                books.adjustments.get(&AdjustmentNo(number)).map(|found| found.account)
            }
            Kind::Refund => books.refunds.get(&RefundNo(number)).map(|found| found.account),
            Kind::InvoiceItemAdjustment => {
                books.item_adjustments.get(&ItemAdjustmentNo(number)).map(|found| found.account)
            }
            Kind::PaymentMethod => {
                books.methods.get(&MethodNo(number)).map(|found| found.method.account)
            }
            Kind::JournalEntry | Kind::InvoiceItem => None,
        }
    }

    fn answer(&mut self, request: &Request, at: Timestamp, known: &Known<'_>) -> Answer {
        request.actor.check(&request.command)?;
        if let Some(key) = request.key
            && let Some(answer) = self.earlier(key, request.fingerprint, known)
        {
            return answer;
        }
        let settings = Arc::clone(&self.settings);
        let ctx = Context::new(at, &settings).by(request.actor.requester());
        let decision = match decide(&self.books, ctx, self.numbers, &request.command) {
            Ok(decision) => decision,
            Err(Refusal::Rejected(rejection)) => return Err(rejection.into()),
            Err(Refusal::NotPermitted(permission)) => {
                let missing = Permissions::NONE.with(permission);
                let command = request.command.name();
                return Err(Failure::PermissionMissing { command, missing });
            }
            Err(Refusal::Broken(broken)) => return Err(halt(request, &broken)),
        };
        let dry_run = request.key.is_none();
        let ahead = match dry_run && request.look_ahead {
            true => self.ahead(request, ctx, &decision),
            false => None,
        };
        let Decision { account, entry: no, at, facts, postings, changed, numbers } = decision;
        let head = self.head(request, at, account, no);
        let entry = Arc::new(Entry { head, facts, postings });
        if let Some(key) = request.key {
            self.numbers = numbers;
            self.take_over(key, request, changed, &entry);
        }
        Ok(Outcome { entry, settings, replayed: false, dry_run, ahead })
    }

    /// What follows once the money has moved. A preview is no less true without it, so what cannot be looked at is left out.
    fn ahead(&self, request: &Request, ctx: Context<'_>, placed: &Decision) -> Option<Ahead> {
        let moved = if_money_moves(&self.books, ctx, placed).ok().flatten()?;
        let before = self.books.accounts.get(&placed.account)?;
        let after = placed.changed.accounts.get(&placed.account).unwrap_or(before);
        let held = (before.held != after.held).then_some([before.held, after.held]);
        let available = match (before.available(), after.available()) {
            (Ok(before), Ok(after)) if held.is_some() => Some([before, after]),
            _ => None,
        };
        let head = self.head(request, moved.at, moved.account, moved.entry);
        let entry = Entry { head, facts: moved.facts, postings: moved.postings };
        Some(Ahead { entry, held, available })
    }

    /// Idempotency first: the same key in this batch, then in the history.
    fn earlier(&self, key: KeyHash, fingerprint: KeyHash, known: &Known<'_>) -> Option<Answer> {
        let outcome = |entry, replayed| {
            let settings = Arc::clone(&self.settings);
            Ok(Outcome { entry, settings, replayed, dry_run: false, ahead: None })
        };
        if let Some((first, entry)) = self.decided.get(&key) {
            return Some(if *first == fingerprint {
                outcome(Arc::clone(entry), true)
            } else {
                Err(Failure::KeyReused { entry: entry.head.no.to_string() })
            });
        }
        let prior = self.prior.get(&key)?;
        if prior.fingerprint != fingerprint {
            return Some(Err(Failure::KeyReused { entry: prior.entry.to_string() }));
        }
        Some(match known.before.get(&prior.entry) {
            // Written by this very request, on a connection that broke before it could say so.
            Some(entry) => outcome(Arc::clone(entry), !known.attempted.contains(&prior.entry)),
            None => Err(Failure::Broken(format!("{} was not loaded", prior.entry))),
        })
    }

    fn head(&self, request: &Request, at: Timestamp, account: AccountNo, no: EntryNo) -> EntryHead {
        EntryHead {
            no,
            at,
            account,
            previous: self.books.accounts.get(&account).and_then(|found| found.last_entry),
            command: Cow::Borrowed(request.command.name()),
            actor: Arc::clone(request.actor.name()),
            door: Cow::Borrowed(request.door),
            request_id: Arc::clone(&request.request_id),
            key_hash: request.key.unwrap_or(KeyHash([0; 16])),
            fingerprint: request.fingerprint,
            address: request.address,
            on_behalf_of: request.on_behalf_of.clone(),
            person: request.actor.person_to_record().cloned(),
        }
    }

    fn take_over(&mut self, key: KeyHash, request: &Request, changed: Books, entry: &Arc<Entry>) {
        for fact in &entry.facts {
            if let Fact::SettingsChanged(settings) = fact {
                self.settings = Arc::new((**settings).clone());
                self.settings_changed = true;
            }
        }
        if self.several {
            self.changed.accounts.extend(&changed.accounts);
            self.changed.invoices.extend(&changed.invoices);
            self.changed.methods.extend(changed.methods.clone());
            self.changed.orders.extend(changed.orders.clone());
            self.decided.insert(key, (request.fingerprint, Arc::clone(entry)));
            self.books.absorb(changed);
        } else {
            self.changed = changed;
        }
        self.entries.push(Arc::clone(entry));
    }
}

fn halt(request: &Request, broken: &Broken) -> Failure {
    let command = request.command.name();
    tracing::error!(command, detail = %broken, "refused to write: the books are inconsistent");
    Failure::Broken(broken.to_string())
}
