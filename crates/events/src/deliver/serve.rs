//! One endpoint: reads what the history gains, sends it, and notes how far it got.

mod keep;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use engine::Reader;
use engine::kept::{self, Stored};
use jiff::Timestamp;
use receivables::{AccountNo, EntryNo};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::lanes::{AT_ONCE, Lanes, Work};
use super::send::{Done, Failed, catch_up, send_all};
use super::waiting::Waiting;
use super::{Parts, Trouble};
use crate::event::Sequence;
use crate::records::{self, Delivery, DeliveryState, Endpoint, Position, WAITING_MAX};

/// Entries read at once.
const PAGE: usize = 64;
/// The position is written at most this often.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// Records of accounts that wait, at most: those that may wait, and a page that was read before that was seen.
const WAITING_READ: usize = 2 * WAITING_MAX;
/// How long what is under way may take once delivery is to stop. What is cut is sent again.
const LAST_WORD: Duration = Duration::from_secs(3);

/// One endpoint that this server delivers to.
pub(super) struct Serving {
    parts: Arc<Parts>,
    id: String,
    holder: String,
    /// How far the history goes; asked for once for all endpoints, because that is not for free.
    head: watch::Receiver<EntryNo>,
    endpoint: Stored<Endpoint>,
    position: Stored<Position>,
    saved: Instant,
    dirty: bool,
    read: EntryNo,
    lanes: Lanes,
    waiting: HashMap<AccountNo, Waiting>,
    running: JoinSet<Result<Done, Trouble>>,
}

/// Whether to go on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    /// Disabled, deleted, or another server's now.
    Leave,
}

impl Serving {
    /// Takes the lease of an endpoint; none if it is disabled or another server has it.
    pub(super) async fn begin(
        parts: Arc<Parts>,
        id: &str,
        holder: String,
        head: watch::Receiver<EntryNo>,
    ) -> Result<Option<Self>, Trouble> {
        let name = id.to_owned();
        let found = parts
            .ask(move |reader| {
                let position = kept::find::<Position>(reader, &name)?;
                Ok((kept::find::<Endpoint>(reader, &name)?, position))
            })
            .await?;
        let (Some(endpoint), position) = found else { return Ok(None) };
        let now = parts.engine.clock().now();
        let position = position.unwrap_or_else(|| Stored {
            id: id.to_owned(),
            version: 0,
            body: Position {
                entry: endpoint.body.start,
                generation: endpoint.body.generation,
                lease: None,
                last_success: None,
                last_failure: None,
                failing_since: None,
            },
        });
        let lease = position.body.lease.as_ref();
        let others = lease.is_some_and(|it| it.holder != holder && it.until > now);
        if endpoint.body.disabled.is_some() || others {
            return Ok(None);
        }
        let read = position.body.entry;
        let mut serving = Self {
            parts,
            id: id.to_owned(),
            holder,
            head,
            endpoint,
            position,
            saved: Instant::now(),
            dirty: false,
            read,
            lanes: Lanes::default(),
            waiting: HashMap::new(),
            running: JoinSet::new(),
        };
        if serving.save(false).await? == Next::Leave {
            return Ok(None);
        }
        // Only whoever has the lease needs these: there may be many, and other servers ask for the lease all the time.
        let waiting = serving.read_waiting().await?.into_iter().map(|stored| {
            // What the stream passed over of it is not known any more, so it catches up with all of it.
            (stored.body.account, Waiting { stored, busy: false, passed: read.0 })
        });
        serving.waiting = waiting.collect();
        Ok(Some(serving))
    }

    /// The accounts that wait, as they are stored.
    async fn read_waiting(&self) -> Result<Vec<Stored<Delivery>>, Trouble> {
        let id = self.id.clone();
        let state = DeliveryState::Waiting;
        let read =
            move |reader: &dyn Reader| records::deliveries(reader, &id, state, None, WAITING_READ);
        self.parts.ask(read).await
    }

    /// Delivers until it is stopped, disabled, or another server took over.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) -> Result<(), Trouble> {
        let poll = self.parts.options.poll;
        let mut looked: Option<Instant> = None;
        let mut more = true;
        while !*stopped.borrow() {
            let again = looked.is_none_or(|at| at.elapsed() >= poll);
            if again {
                looked = Some(Instant::now());
                if self.look().await? == Next::Leave {
                    return Ok(());
                }
            }
            // Once all was read, there is nothing to ask for before the history grew.
            if self.head.has_changed().unwrap_or(false) || again || (more && self.lanes.are_low()) {
                more = self.fill().await?;
            }
            self.start();
            let mut done = tokio::select! {
                done = self.running.join_next(), if !self.running.is_empty() => done,
                Ok(()) = self.head.changed() => None,
                _ = tokio::time::timeout(poll, stopped.changed()) => None,
            };
            while let Some(one) = done {
                if self.settle(one).await? == Next::Leave {
                    return Ok(());
                }
                done = self.running.try_join_next();
            }
            if self.save_in_time().await? == Next::Leave {
                return Ok(());
            }
        }
        self.finish().await
    }

    /// Ends what is under way, and lets go of the lease.
    async fn finish(mut self) -> Result<(), Trouble> {
        let end = Instant::now() + LAST_WORD;
        while let Ok(Some(done)) = tokio::time::timeout_at(end, self.running.join_next()).await {
            if self.settle(done).await? == Next::Leave {
                return Ok(());
            }
        }
        self.save(true).await?;
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.parts.engine.clock().now()
    }

    /// Takes over what others changed: the endpoint, and when accounts that wait are due.
    async fn look(&mut self) -> Result<Next, Trouble> {
        let (id, any) = (self.id.clone(), !self.waiting.is_empty());
        let found = self
            .parts
            .ask(move |reader| {
                let waiting = if any {
                    let state = DeliveryState::Waiting;
                    records::deliveries(reader, &id, state, None, WAITING_READ)?
                } else {
                    Vec::new()
                };
                Ok((kept::find::<Endpoint>(reader, &id)?, waiting))
            })
            .await?;
        let (Some(endpoint), waiting) = found else { return Ok(Next::Leave) };
        self.endpoint = endpoint;
        for stored in waiting {
            if let Some(known) = self.waiting.get_mut(&stored.body.account)
                && !known.busy
            {
                known.stored = stored;
            }
        }
        if self.endpoint.body.disabled.is_some() {
            // What is under way is cut and sent again once it is enabled.
            self.running.abort_all();
            self.save(true).await?;
            return Ok(Next::Leave);
        }
        if self.endpoint.body.generation > self.position.body.generation {
            return self.begin_anew().await;
        }
        Ok(Next::GoOn)
    }

    async fn drain(&mut self) -> Result<(), Trouble> {
        while let Some(done) = self.running.join_next().await {
            self.settle(done).await?;
        }
        Ok(())
    }

    /// Everything up to this entry was delivered, given up, or waits.
    fn reached(&self) -> EntryNo {
        match self.lanes.first_undone() {
            Some(first) => EntryNo(first.saturating_sub(1)),
            None => self.read,
        }
    }

    /// A replay: everything after `start` once more, also for the accounts that wait. A start ahead of what was reached
    /// leaves nothing out.
    async fn begin_anew(&mut self) -> Result<Next, Trouble> {
        self.drain().await?;
        let (start, now) = (self.endpoint.body.start.min(self.reached()), self.now());
        let first = Sequence { entry: EntryNo(start.0 + 1), index: 0 };
        let back: Vec<AccountNo> = self.waiting.keys().copied().collect();
        for account in back {
            let Some(waiting) = self.waiting.get(&account) else { continue };
            if waiting.stored.body.sequence > first
                && self.note(Delivery::going_on(account, first, now), None).await? == Next::Leave
            {
                return Ok(Next::Leave);
            }
        }
        self.lanes = Lanes::default();
        self.read = start;
        let position = &mut self.position.body;
        (position.entry, position.generation) = (start, self.endpoint.body.generation);
        self.save(false).await
    }

    /// Reads what the history gained, as far as there is room. Answers whether there may be more.
    async fn fill(&mut self) -> Result<bool, Trouble> {
        if self.read >= *self.head.borrow_and_update() {
            return Ok(false);
        }
        // Everything that is under way may come to wait.
        while self.lanes.have_room() && self.waiting.len() + self.lanes.undone() < WAITING_MAX {
            let (read, render) = (self.read, Arc::clone(&self.parts.render));
            let filter = self.endpoint.body.filter.clone();
            let found = self
                .parts
                .ask(move |reader| {
                    let entries = reader.entries(read, PAGE)?;
                    if entries.is_empty() {
                        return Ok(Vec::new());
                    }
                    let settings = reader.settings()?;
                    let wanted = entries.into_iter().map(|entry| {
                        let account = entry.head.account;
                        let mut events = Vec::new();
                        if filter.wants_account(account) {
                            events = render(&entry, &settings);
                            events.retain(|event| filter.wants(event.kind));
                        }
                        (account, Work { entry: entry.head.no.0, events })
                    });
                    Ok(wanted.collect::<Vec<_>>())
                })
                .await?;
            let full = found.len() == PAGE;
            for (account, work) in found {
                self.read = EntryNo(work.entry);
                self.dirty = true;
                if work.events.is_empty() {
                    continue;
                }
                match self.waiting.get_mut(&account) {
                    Some(waiting) => waiting.passed = work.entry,
                    None => self.lanes.take(account, work),
                }
            }
            if !full {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Starts to send what may be sent: first what waited long enough, then what is new.
    fn start(&mut self) {
        let now = self.now();
        let until = self.read;
        for (account, waiting) in &mut self.waiting {
            let due = waiting.stored.body.due.is_none_or(|due| due <= now);
            if self.running.len() >= AT_ONCE || waiting.busy || !due {
                continue;
            }
            waiting.busy = true;
            let from = waiting.stored.body.sequence;
            let (parts, endpoint) = (Arc::clone(&self.parts), self.endpoint.body.clone());
            self.running.spawn(catch_up(parts, endpoint, *account, from, until));
        }
        while self.running.len() < AT_ONCE {
            let Some((account, work)) = self.lanes.next() else { break };
            let (parts, endpoint) = (Arc::clone(&self.parts), self.endpoint.body.clone());
            self.running.spawn(async move {
                let entry = EntryNo(work.entry);
                let mut done = Done {
                    account,
                    lane: Some(work.entry),
                    taken: 0,
                    next: Sequence { entry, index: 0 },
                    finished: true,
                    until: entry,
                    failed: None,
                };
                send_all(&parts, &endpoint, work.events, &mut done).await;
                Ok(done)
            });
        }
    }

    /// Takes over what came of sending something.
    async fn settle(
        &mut self,
        done: Result<Result<Done, Trouble>, tokio::task::JoinError>,
    ) -> Result<Next, Trouble> {
        let done = done.map_err(|error| Trouble(error.to_string()))??;
        let now = self.now();
        if done.taken > 0 {
            self.position.body.last_success = Some(now);
            self.position.body.failing_since = None;
            self.dirty = true;
        }
        if let Some(failed) = done.failed {
            let passed = done.lane.map(|entry| self.lanes.drop_account(done.account, entry));
            return self.failed(done.account, done.next, failed, passed).await;
        }
        if let Some(entry) = done.lane {
            self.lanes.done(done.account, entry);
            return Ok(Next::GoOn);
        }
        let passed = self.waiting.get(&done.account).map_or(0, |waiting| waiting.passed);
        if done.finished && passed <= done.until.0 {
            return self.caught_up(done.account).await;
        }
        self.note(Delivery::going_on(done.account, done.next, now), None).await
    }

    /// An account has nothing left behind the stream.
    async fn caught_up(&mut self, account: AccountNo) -> Result<Next, Trouble> {
        let Some(waiting) = self.waiting.get(&account) else { return Ok(Next::GoOn) };
        let erased = kept::erase(&waiting.stored);
        if self.put(vec![erased]).await? {
            self.waiting.remove(&account);
            return Ok(Next::GoOn);
        }
        // Somebody hurried it meanwhile: it is read again, and has nothing to send then.
        self.refresh(account).await
    }

    /// An event was not taken: its account waits, or it is given up and the account goes on.
    async fn failed(
        &mut self,
        account: AccountNo,
        at: Sequence,
        failed: Failed,
        passed: Option<u64>,
    ) -> Result<Next, Trouble> {
        let now = self.now();
        let position = &mut self.position.body;
        position.last_failure = Some(failed.failure.clone());
        // A time in which it was disabled does not count.
        let since = position.failing_since.unwrap_or(now).max(self.endpoint.body.switched_at);
        position.failing_since = Some(since);
        self.dirty = true;
        let before = self.waiting.get(&account).map(|waiting| &waiting.stored.body);
        let attempts = before.filter(|it| it.sequence == at).map_or(0, |it| it.attempts) + 1;
        let random = (self.parts.random)();
        let due = self.parts.options.retries.next(attempts, now, random);
        let gone = failed.failure.status == Some(410);
        let delivery = Delivery {
            state: if due.is_some() { DeliveryState::Waiting } else { DeliveryState::Dead },
            account,
            sequence: at,
            event: Some(failed.event),
            kind: Some(failed.kind.to_owned()),
            attempts,
            due,
            failure: Some(failed.failure),
        };
        let noted = match delivery.state {
            DeliveryState::Waiting => self.note(delivery, passed).await?,
            DeliveryState::Dead => {
                let next = Sequence { entry: at.entry, index: at.index.saturating_add(1) };
                let key = delivery.key(&self.id);
                self.bury(&key, &delivery).await?;
                self.note(Delivery::going_on(account, next, now), passed).await?
            }
        };
        if noted == Next::Leave {
            return Ok(Next::Leave);
        }
        let failing = now.duration_since(since) >= self.parts.options.disable_after;
        if gone {
            return self.disable("the endpoint answered 410: it is gone for good").await;
        }
        if failing {
            return self.disable("nothing was taken for five days").await;
        }
        Ok(Next::GoOn)
    }
}
