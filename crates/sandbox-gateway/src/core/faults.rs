use serde::{Deserialize, Serialize};

use crate::call::Call;

/// What goes wrong with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// Closed before anything is done.
    DropBeforeRead,
    /// Done, then closed without an answer.
    DropAfterCommit,
    /// Done, and answered late.
    Slow,
    /// Done, and half of the answer sent.
    Truncate,
    /// Done, and answered with a server error.
    #[serde(rename = "status_500_done")]
    ErrorDone,
    /// Not done, and answered with a server error.
    #[serde(rename = "status_500_lost")]
    ErrorLost,
    /// Not taken: 429.
    RateLimit,
}

/// A fault for the next calls that fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// How many calls it hits; one if left out.
    #[serde(default = "once")]
    pub(crate) count: u32,
    /// How long a slow answer takes, in milliseconds; 2000 if left out.
    #[serde(default = "two_seconds")]
    pub(crate) millis: u64,
    #[serde(default, rename = "match")]
    pub(crate) fits: Fits,
}

/// Which calls; all if nothing is said.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fits {
    /// Part of the path.
    pub(crate) path: Option<String>,
    /// Part of the body, or of the query.
    pub(crate) reference: Option<String>,
    /// `GET` or `POST`.
    pub(crate) method: Option<String>,
}

const fn once() -> u32 {
    1
}

const fn two_seconds() -> u64 {
    2_000
}

/// The faults still to come. They are not kept over a restart.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    /// Uses up the first fault that fits.
    pub(crate) fn strike(&mut self, call: &Call) -> Option<Fault> {
        let at = self.0.iter().position(|fault| fault.count > 0 && fault.fits.hit(call))?;
        let fault = self.0.get_mut(at)?;
        fault.count -= 1;
        let struck = fault.clone();
        self.0.retain(|fault| fault.count > 0);
        Some(struck)
    }
}

impl Fits {
    fn hit(&self, call: &Call) -> bool {
        let path = self.path.as_ref().is_none_or(|path| call.full_path.contains(path));
        let method = self.method.as_ref().is_none_or(|method| call.method == *method);
        let said = |part: &String| call.text().contains(part) || call.query.contains(part.as_str());
        path && method && self.reference.as_ref().is_none_or(said)
    }
}
