use std::sync::Arc;

use engine::{Reader, Store};

/// Where the books of one case are; gone when it is dropped.
pub trait Place: Sized + Send + Sync {
    /// Whether several stores may write to the same books at once.
    const SEVERAL: bool;

    /// Empty books.
    fn fresh() -> Self;

    /// Opens the books with so many stores; one, if they take no more.
    fn open(&self, stores: usize) -> Opened;

    /// Opens the books to read only, as a program does that is not the server.
    fn open_to_read(&self) -> Arc<dyn Reader>;

    /// The books as they are after the program that has them open died.
    #[must_use]
    fn crash(self, opened: Opened) -> Self;

    /// Proves the books, as `quittance verify` does.
    ///
    /// # Panics
    ///
    /// If they are wrong.
    fn verify(reader: &dyn Reader);
}

/// A place that takes several stores at once.
pub trait Shared: Place {
    /// Waits until so many transactions wait for a lock of another one, or until `done` says that this
    /// will not happen any more.
    fn await_waiting(&self, count: usize, done: &dyn Fn() -> bool);
}

/// Open books.
pub struct Opened {
    /// The writing side.
    pub stores: Vec<Box<dyn Store>>,
    /// The reading side.
    pub reader: Arc<dyn Reader>,
}

impl Opened {
    /// The first store.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn store(&mut self) -> &mut dyn Store {
        self.stores.first_mut().unwrap().as_mut()
    }

    /// Closes every store, as a server does that stops.
    pub fn close(mut self) {
        for store in &mut self.stores {
            store.close();
        }
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("stores", &self.stores.len()).finish_non_exhaustive()
    }
}
