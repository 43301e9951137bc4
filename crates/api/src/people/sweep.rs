//! Erases what does not hold any more.

use std::time::Duration;

use engine::SideWrite;
use engine::kept::{self, Kept};
use identity::{AccessToken, Attempts, Session};
use tokio::time::MissedTickBehavior;

use crate::App;
use crate::problem::ApiError;

/// How often.
const EVERY: Duration = Duration::from_secs(60);
/// So many records of a kind are read at once.
const PAGE: usize = 1_000;
/// So many are erased by one write, so that commands do not wait long behind it.
const AT_ONCE: usize = 50;

impl App {
    /// Erases sessions and tokens that have ended, and failures to log in that are forgotten, now and then until it
    /// is dropped. Of several servers on a database each does so; whoever comes second finds nothing left.
    pub async fn sweep(self) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = self.sweep_once().await {
                tracing::warn!(detail = error.cause(), "what has ended could not be erased");
            }
        }
    }

    async fn sweep_once(&self) -> Result<(), ApiError> {
        let now = self.engine.clock().now();
        let options = self.people.options;
        let ended = move |session: &Session| {
            session.ends_at(options.session_idle_s, options.session_max_s) <= now
        };
        self.erase_all(ended).await?;
        self.erase_all(move |token: &AccessToken| token.expires_at <= now).await?;
        self.erase_all(move |attempts: &Attempts| attempts.is_forgotten(now)).await
    }

    /// Walks once over the records of a kind.
    async fn erase_all<T: Kept + Send + 'static>(
        &self,
        ended: impl Fn(&T) -> bool + Copy + Send + 'static,
    ) -> Result<(), ApiError> {
        let mut after = Some(String::new());
        while let Some(from) = after {
            let (writes, last) = self
                .read(move |reader| {
                    let page = kept::page::<T>(reader, &from, PAGE)?;
                    let last = page.last().filter(|_| page.len() == PAGE);
                    let old = page.iter().filter(|record| ended(&record.body));
                    let writes: Vec<SideWrite> = old.map(kept::erase).collect();
                    Ok((writes, last.map(|record| record.id.clone())))
                })
                .await?;
            for writes in writes.chunks(AT_ONCE) {
                // Somebody used or erased one of them meanwhile; the others have their turn next time.
                self.engine.put_side(writes.to_vec()).await?;
            }
            after = last;
        }
        Ok(())
    }
}
