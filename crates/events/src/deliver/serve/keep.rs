//! What is kept of an endpoint: its position with the lease, the accounts that wait, its dead letters.

use engine::SideWrite;
use engine::kept::{self, Stored};
use jiff::Timestamp;
use receivables::{AccountNo, EntryNo};
use tokio::time::Instant;

use super::{Next, SAVE_EVERY, Serving};
use crate::deliver::Trouble;
use crate::deliver::waiting::Waiting;
use crate::event::Sequence;
use crate::records::{Delivery, Endpoint, Lease};

impl Serving {
    /// Notes a dead letter. It may be there from before a replay; then it is renewed.
    pub(super) async fn bury(&self, key: &str, delivery: &Delivery) -> Result<(), Trouble> {
        let name = key.to_owned();
        let known = self.parts.ask(move |reader| kept::find::<Delivery>(reader, &name)).await?;
        let version = known.map(|stored| stored.version);
        let write = kept::put(key, version, delivery);
        self.put(vec![write]).await?;
        Ok(())
    }

    /// Notes where an account that waits goes on. `passed`: the last entry of it that the stream passed over.
    pub(super) async fn note(
        &mut self,
        delivery: Delivery,
        passed: Option<u64>,
    ) -> Result<Next, Trouble> {
        let account = delivery.account;
        let key = delivery.key(&self.id);
        for _ in 0..5 {
            let version = self.waiting.get(&account).map(|waiting| waiting.stored.version);
            let write = kept::put(&key, version, &delivery);
            if self.put(vec![write]).await? {
                let known = self.waiting.get(&account).map(|waiting| waiting.passed);
                let passed = passed.or(known).unwrap_or_default();
                let version = version.unwrap_or(0) + 1;
                let stored = Stored { id: key, version, body: delivery };
                self.waiting.insert(account, Waiting { stored, busy: false, passed });
                return Ok(Next::GoOn);
            }
            if self.refresh(account).await? == Next::Leave {
                return Ok(Next::Leave);
            }
        }
        Err(Trouble(format!("the record {key} is changed by somebody all the time")))
    }

    /// Reads again what somebody else changed of an account that waits.
    pub(super) async fn refresh(&mut self, account: AccountNo) -> Result<Next, Trouble> {
        let id = self.id.clone();
        let none = Sequence { entry: EntryNo(0), index: 0 };
        let key = Delivery::going_on(account, none, self.now()).key(&id);
        let found = self
            .parts
            .ask(move |reader| {
                Ok((kept::find::<Endpoint>(reader, &id)?, kept::find::<Delivery>(reader, &key)?))
            })
            .await?;
        let (Some(_), stored) = found else { return Ok(Next::Leave) };
        let passed = self.waiting.get(&account).map_or(0, |waiting| waiting.passed);
        match stored {
            Some(stored) => {
                self.waiting.insert(account, Waiting { stored, busy: false, passed });
            }
            None => {
                self.waiting.remove(&account);
            }
        }
        Ok(Next::GoOn)
    }

    /// Sends nothing more until somebody enables it again.
    pub(super) async fn disable(&mut self, why: &str) -> Result<Next, Trouble> {
        let (id, now) = (self.id.clone(), self.now());
        for _ in 0..5 {
            let mut endpoint = self.endpoint.clone();
            endpoint.body.disabled = Some(why.to_owned());
            endpoint.body.switched_at = now;
            if self.put(vec![kept::change(&endpoint)]).await? {
                tracing::warn!(endpoint = id, why, "endpoint disabled");
                self.running.abort_all();
                self.save(true).await?;
                return Ok(Next::Leave);
            }
            let name = id.clone();
            let found = self.parts.ask(move |reader| kept::find::<Endpoint>(reader, &name)).await?;
            let Some(found) = found else { return Ok(Next::Leave) };
            self.endpoint = found;
        }
        Err(Trouble("the endpoint is changed by somebody all the time".to_owned()))
    }

    pub(super) async fn put(&self, writes: Vec<SideWrite>) -> Result<bool, Trouble> {
        self.parts.engine.put_side(writes).await.map_err(|error| Trouble(error.to_string()))
    }

    /// Keeps the position if it moved, at most once a second; and the lease, well before it ends.
    pub(super) async fn save_in_time(&mut self) -> Result<Next, Trouble> {
        let half = self.parts.options.lease / 2;
        let lease = self.position.body.lease.as_ref();
        let soon = self.now().checked_add(half).unwrap_or(Timestamp::MAX);
        let ends = lease.is_none_or(|lease| lease.until <= soon);
        if ends || (self.dirty && self.saved.elapsed() >= SAVE_EVERY) {
            return self.save(false).await;
        }
        Ok(Next::GoOn)
    }

    /// Writes the position with the lease, or without it when leaving.
    pub(super) async fn save(&mut self, leaving: bool) -> Result<Next, Trouble> {
        let now = self.now();
        let mut position = self.position.body.clone();
        position.entry = self.reached();
        let until = now.checked_add(self.parts.options.lease).unwrap_or(now);
        position.lease = (!leaving).then(|| Lease { holder: self.holder.clone(), until });
        let version = self.position.version;
        let expected = (version > 0).then_some(version);
        let write = kept::put(&self.id, expected, &position);
        if !self.put(vec![write]).await? {
            return Ok(Next::Leave);
        }
        self.position = Stored { id: self.id.clone(), version: version + 1, body: position };
        (self.saved, self.dirty) = (Instant::now(), false);
        Ok(Next::GoOn)
    }
}
