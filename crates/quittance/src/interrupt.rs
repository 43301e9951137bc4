//! Work that takes long and can be broken off at any moment.

use tokio::runtime::Runtime;

use crate::commands::serve::{Stop, runtime};
use crate::output::{Done, note};

/// While this is held, SIGINT and SIGTERM end the process with a sentence. What it writes is written in
/// whole steps, so nothing has to be put in order.
pub(crate) struct Interrupt {
    _runtime: Runtime,
}

impl Interrupt {
    /// Says `sentence` if interrupted.
    pub(crate) fn says(sentence: &'static str) -> Done<Self> {
        let runtime = runtime()?;
        let mut stop = runtime.block_on(async { Stop::listen() })?;
        runtime.spawn(async move {
            stop.wait().await;
            note(sentence);
            std::process::exit(1);
        });
        Ok(Self { _runtime: runtime })
    }
}
