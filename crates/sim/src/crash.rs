//! Everything dies at a chosen write.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use engine::{
    ApiKey, AuditBlock, Gaps, GatewaySecret, KeyHash, Loaded, SideWrite, Store, StoreError,
    StoreErrorKind,
};
use receivables::context::Numbers;
use receivables::{Books, Entry, EntryNo, Need};
use std::sync::Arc;
use tokio::sync::Notify;

/// When everything dies: counted down at every moment at which something may just have become true,
/// or just not have.
#[derive(Debug, Default)]
pub struct Crash {
    left: AtomicU64,
    dead: AtomicBool,
    died: Notify,
}

impl Crash {
    /// Dies at the `nth` moment from now; zero for never.
    pub fn after(nth: u64) -> Arc<Self> {
        Arc::new(Self { left: AtomicU64::new(nth), ..Self::default() })
    }

    /// A moment passes. True if everything is dead.
    pub(crate) fn moment(&self) -> bool {
        let left = self.left.load(Ordering::SeqCst);
        if left > 0 {
            self.left.store(left - 1, Ordering::SeqCst);
            if left == 1 {
                self.dead.store(true, Ordering::SeqCst);
                self.died.notify_one();
            }
        }
        self.is_dead()
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Waits for the end.
    pub(crate) async fn wait(&self) {
        self.died.notified().await;
    }
}

/// A store that dies before or after a commit.
pub(crate) struct Mortal {
    pub(crate) store: Box<dyn Store>,
    pub(crate) crash: Arc<Crash>,
}

fn dead() -> StoreError {
    StoreError { kind: StoreErrorKind::Other, detail: "dead".to_owned() }
}

impl Store for Mortal {
    fn load(&mut self, needs: &[Need], keys: &[KeyHash]) -> Result<Loaded, StoreError> {
        if self.crash.is_dead() {
            return Err(dead());
        }
        self.store.load(needs, keys)
    }

    fn commit(
        &mut self,
        entries: &[&Entry],
        changed: Books,
        numbers: Numbers,
    ) -> Result<(), StoreError> {
        if self.crash.moment() {
            return Err(dead());
        }
        self.store.commit(entries, changed, numbers)?;
        if self.crash.moment() { Err(dead()) } else { Ok(()) }
    }

    fn release(&mut self) {
        self.store.release();
    }

    fn entries(&mut self, numbers: &[EntryNo]) -> Result<Vec<Entry>, StoreError> {
        self.store.entries(numbers)
    }

    fn adopt_numbers(&mut self, numbers: Numbers, gaps: Gaps) -> Result<(), StoreError> {
        self.store.adopt_numbers(numbers, gaps)
    }

    fn put_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        self.store.put_api_key(key)
    }

    fn put_gateway_secret(&mut self, secret: &GatewaySecret) -> Result<(), StoreError> {
        self.store.put_gateway_secret(secret)
    }

    fn put_side(&mut self, writes: &[SideWrite]) -> Result<bool, StoreError> {
        self.store.put_side(writes)
    }

    fn put_audit_block(&mut self, block: &AuditBlock) -> Result<(), StoreError> {
        self.store.put_audit_block(block)
    }

    fn close(&mut self) {
        // The dead write nothing back.
        if !self.crash.is_dead() {
            self.store.close();
        }
    }
}
