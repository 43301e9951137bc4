//! What was just committed, for whoever wants it without asking the database.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use receivables::Entry;

/// How many batches may wait to be taken.
const WAITING_MAX: usize = 256;

/// The entries of one commit.
pub type Committed = Vec<Arc<Entry>>;

/// Where commits are told. Nobody has to listen, and nobody is waited for: what finds no room is not told, and has to be
/// read from the database.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    listener: Mutex<Option<SyncSender<Committed>>>,
}

impl Tap {
    /// Tells commits from now on to one listener, instead of the one before.
    pub(crate) fn listen(&self) -> Receiver<Committed> {
        let (send, receive) = sync_channel(WAITING_MAX);
        if let Ok(mut listener) = self.listener.lock() {
            *listener = Some(send);
        }
        receive
    }

    pub(crate) fn tell(&self, entries: &[Arc<Entry>]) {
        if let Ok(listener) = self.listener.lock()
            && let Some(listener) = listener.as_ref()
        {
            let _ = listener.try_send(entries.to_vec());
        }
    }

    /// Nobody is told any more.
    pub(crate) fn close(&self) {
        if let Ok(mut listener) = self.listener.lock() {
            *listener = None;
        }
    }
}
