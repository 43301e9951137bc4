//! The committer: one thread that owns the store.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use receivables::context::Numbers;
use receivables::draft::Refusal;
use receivables::evolve::Broken;
use receivables::fact::Fact;
use receivables::{
    AccountNo, AdjustmentNo, Books, Context, Decision, Document, Entry, EntryHead, EntryNo,
    InvoiceNo, ItemAdjustmentNo, Kind, Need, PaymentNo, RefundNo, Settings, decide,
};
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::KeyHash;
use crate::clock::Clock;
use crate::reader::ApiKey;
use crate::request::{Failure, Outcome, Request, Unavailable};
use crate::store::{Loaded, Store, StoreError};
use crate::{BATCH_MAX, Stats};

type Answer = Result<Outcome, Failure>;

/// What may wait in the queue.
pub(crate) enum Job {
    Execute { requests: Vec<Request>, reply: oneshot::Sender<Vec<Answer>> },
    PutApiKey { key: ApiKey, reply: oneshot::Sender<Result<(), StoreError>> },
    Stop,
}

/// How long nothing must wait before caches are written back.
const IDLE: Duration = Duration::from_millis(500);

pub(crate) fn run(
    mut store: Box<dyn Store>,
    jobs: &Receiver<Job>,
    clock: &Arc<dyn Clock>,
    stats: &Stats,
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
                Job::Stop => {
                    stopping = true;
                    break;
                }
            }
            if requests.len() < BATCH_MAX {
                job = jobs.try_recv().ok();
            }
        }
        let mut answers = batch(store.as_mut(), &requests, clock.as_ref(), stats).into_iter();
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
    stats: &Stats,
) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::with_capacity(requests.len());
    let mut rest = requests;
    let mut portion = rest.len();
    while !rest.is_empty() {
        let (now, _) = rest.split_at(portion.min(rest.len()));
        let done = commit_portion(store, now, clock, stats);
        rest = rest.get(done.len()..).unwrap_or_default();
        portion = if done.len() < now.len() { PORTION_AFTER_SPLIT } else { portion * 2 };
        answers.extend(done);
    }
    count(&answers, stats);
    answers
}

/// How many commands are loaded at once after a batch had to be split.
const PORTION_AFTER_SPLIT: usize = 16;

/// Decides as many of `requests` as can be decided together (at least one) and commits them.
fn commit_portion(
    store: &mut dyn Store,
    requests: &[Request],
    clock: &dyn Clock,
    stats: &Stats,
) -> Vec<Answer> {
    let mut needs: Vec<Need> = Vec::with_capacity(requests.len());
    for request in requests {
        request.command.needs(&mut |need| needs.push(need));
    }
    let keys: Vec<KeyHash> = requests.iter().filter_map(|request| request.key).collect();
    let loaded = match store.load(&needs, &keys) {
        Ok(loaded) => loaded,
        Err(error) => return fail_all(requests.len(), error, stats),
    };
    let mut batch = Batch::new(store, loaded, requests.len() > 1);
    let now = clock.now();
    let mut answers: Vec<Answer> = Vec::with_capacity(requests.len());
    for request in requests {
        if batch.must_commit_before(request) {
            break;
        }
        answers.push(batch.answer(store, request, request.at.unwrap_or(now)));
    }
    let entries: Vec<&Entry> = batch.entries.iter().map(AsRef::as_ref).collect();
    if !entries.is_empty() {
        if let Err(error) = store.commit(&entries, batch.changed, batch.numbers) {
            return fail_all(answers.len(), error, stats);
        }
        Stats::add(&stats.commits, 1);
    }
    answers
}

fn fail_all(count: usize, error: StoreError, stats: &Stats) -> Vec<Answer> {
    tracing::error!(detail = %error, commands = count, "the store failed; nothing was written");
    Stats::add(&stats.failed, count as u64);
    let failure = Failure::Unavailable(Unavailable::from(error));
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
    prior: FxHashMap<KeyHash, crate::store::Prior>,
    decided: FxHashMap<KeyHash, (KeyHash, Arc<Entry>)>,
    entries: Vec<Arc<Entry>>,
    numbers: Numbers,
    settings: Settings,
    several: bool,
}

impl Batch {
    fn new(store: &dyn Store, loaded: Loaded, several: bool) -> Self {
        Self {
            books: loaded.books,
            changed: Books::default(),
            prior: loaded.prior,
            decided: FxHashMap::default(),
            entries: Vec::new(),
            numbers: store.numbers(),
            settings: store.settings(),
            several,
        }
    }

    /// True if the command looks back at an account that changed in this batch, or at a document that
    /// was not there when the batch was loaded.
    fn must_commit_before(&self, request: &Request) -> bool {
        if self.entries.is_empty() || !request.command.looks_back() {
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
            Kind::JournalEntry | Kind::InvoiceItem => None,
        }
    }

    fn answer(&mut self, store: &mut dyn Store, request: &Request, at: jiff::Timestamp) -> Answer {
        if let Some(key) = request.key
            && let Some(answer) = self.earlier(store, key, request.fingerprint)
        {
            return answer;
        }
        let ctx = Context::new(at, &self.settings);
        let decision = match decide(&self.books, ctx, self.numbers, &request.command) {
            Ok(decision) => decision,
            Err(Refusal::Rejected(rejection)) => return Err(rejection.into()),
            Err(Refusal::Broken(broken)) => return Err(halt(request, &broken)),
        };
        let Decision { account, entry: no, at, facts, postings, changed, numbers } = decision;
        let head = self.head(request, at, account, no);
        let entry = Arc::new(Entry { head, facts, postings });
        let dry_run = request.key.is_none();
        if let Some(key) = request.key {
            self.numbers = numbers;
            self.take_over(key, request, changed, &entry);
        }
        Ok(Outcome { entry, replayed: false, dry_run })
    }

    /// Idempotency first: the same key in this batch, then in the history.
    fn earlier(&self, store: &mut dyn Store, key: KeyHash, fingerprint: KeyHash) -> Option<Answer> {
        let replay = |entry| Outcome { entry, replayed: true, dry_run: false };
        if let Some((known, entry)) = self.decided.get(&key) {
            return Some(if *known == fingerprint {
                Ok(replay(Arc::clone(entry)))
            } else {
                Err(Failure::KeyReused { entry: entry.head.no.to_string() })
            });
        }
        let prior = self.prior.get(&key)?;
        if prior.fingerprint != fingerprint {
            return Some(Err(Failure::KeyReused { entry: prior.entry.to_string() }));
        }
        Some(match store.entry(prior.entry) {
            Ok(entry) => Ok(replay(Arc::new(entry))),
            Err(error) => Err(Failure::Unavailable(error.into())),
        })
    }

    fn head(
        &self,
        request: &Request,
        at: jiff::Timestamp,
        account: AccountNo,
        no: EntryNo,
    ) -> EntryHead {
        EntryHead {
            no,
            at,
            account,
            previous: self.books.accounts.get(&account).and_then(|found| found.last_entry),
            command: Cow::Borrowed(request.command.name()),
            actor: Arc::clone(&request.actor),
            door: Cow::Borrowed(request.door),
            request_id: Arc::clone(&request.request_id),
            key_hash: request.key.unwrap_or(KeyHash([0; 16])),
            fingerprint: request.fingerprint,
        }
    }

    fn take_over(&mut self, key: KeyHash, request: &Request, changed: Books, entry: &Arc<Entry>) {
        for fact in &entry.facts {
            if let Fact::SettingsChanged(settings) = fact {
                self.settings = (**settings).clone();
            }
        }
        if self.several {
            self.changed.accounts.extend(&changed.accounts);
            self.changed.invoices.extend(&changed.invoices);
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
