//! Connections of the readers: at most a handful, made when first needed.

use std::sync::{Condvar, Mutex, MutexGuard};

use tokio_postgres::Config;

use crate::error::{Pg, PgError};
use crate::link::Link;

/// At most this many connections are open at once; who comes later waits.
const OPEN_MAX: usize = 8;

#[derive(Debug, Default)]
struct State {
    idle: Vec<Link>,
    open: usize,
}

/// The pool.
#[derive(Debug)]
pub(crate) struct Pool {
    config: Config,
    /// Whether the database is of the old schema, and only read.
    old: bool,
    state: Mutex<State>,
    returned: Condvar,
}

impl Pool {
    pub(crate) fn new(config: Config, old: bool) -> Self {
        Self { config, old, state: Mutex::default(), returned: Condvar::new() }
    }

    /// A connection beside the pool, for whoever keeps it long.
    pub(crate) fn own(&self) -> Pg<Link> {
        let link = Link::connect(&self.config, crate::READER_SETTINGS)?;
        Ok(if self.old { link.of_old_schema() } else { link })
    }

    /// Runs `read` on a connection; once more on a fresh one if the connection broke.
    pub(crate) fn with<T>(&self, read: impl Fn(&mut Link) -> Pg<T>) -> Pg<T> {
        let mut link = self.take(false)?;
        let mut done = read(&mut link);
        if done.as_ref().is_err_and(PgError::broke_connection) {
            self.lost(link);
            link = self.take(true)?;
            done = read(&mut link);
        }
        match &done {
            Err(error) if error.broke_connection() => self.lost(link),
            _ => self.put(link),
        }
        done
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn take(&self, fresh: bool) -> Pg<Link> {
        let mut state = self.state();
        if fresh {
            // The others broke with it, most likely.
            state.open -= state.idle.len();
            state.idle.clear();
        }
        loop {
            if let Some(link) = state.idle.pop() {
                if link.is_closed() {
                    state.open -= 1;
                    continue;
                }
                return Ok(link);
            }
            if state.open < OPEN_MAX {
                state.open += 1;
                drop(state);
                let made = self.own();
                if made.is_err() {
                    self.state().open -= 1;
                    self.returned.notify_one();
                }
                return made;
            }
            let waited = self.returned.wait(state);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    fn put(&self, link: Link) {
        self.state().idle.push(link);
        self.returned.notify_one();
    }

    fn lost(&self, link: Link) {
        drop(link);
        self.state().open -= 1;
        self.returned.notify_one();
    }
}
