use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How a sandbox behaves. [`Options::default`] is a sandbox in memory that follows the machine's clock.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data file; made if it is not there. `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// Where the simulated clock of a new data file starts; the machine's time if left out.
    pub clock: Option<Timestamp>,
    /// The clock stands still until `POST /_sim/advance`; otherwise it runs along with real time.
    pub manual_clock: bool,
    /// How long one step of asynchronous outcomes is.
    pub step: SignedDuration,
    /// How long after it succeeds a transaction is settled.
    pub settle_after: SignedDuration,
    /// How long a connection hangs before it is closed without an answer. Zero closes it at once.
    pub hang: Duration,
    /// How long look-ups and lists miss a transaction made under `search_lag`.
    pub search_lag: SignedDuration,
    /// How long CyberSource's search misses any transaction (gateways 2.5).
    pub index_lag: SignedDuration,
    /// For how many days a charge can be refunded (gateways 1.1, Authorize.Net).
    pub refund_days: u32,
    /// The only API key that the plain and the Stripe dialect accept; any but the empty one if left out.
    pub api_key: Option<String>,
    /// CyberSource's merchant id.
    pub cybersource_merchant: String,
    /// CyberSource's key id.
    pub cybersource_key_id: String,
    /// CyberSource's shared secret, in base64.
    pub cybersource_secret: String,
    /// Within which span CyberSource refuses the same again as `DUPLICATE_REQUEST`; zero: never.
    pub cybersource_duplicate_window: SignedDuration,
    /// The only login (name, transaction key) that Authorize.Net accepts; any if left out.
    pub authorizenet_login: Option<(String, String)>,
    /// Whether Authorize.Net takes credits without a payment (ECC, gateways 2.4).
    pub authorizenet_ecc: bool,
    /// Whether the plain dialect refuses to refund a charge that is not settled.
    pub plain_needs_settlement: bool,
    /// Goes into every id, so that two sandboxes never make the same one; random if left out.
    pub seed: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: None,
            clock: None,
            manual_clock: false,
            step: SignedDuration::from_hours(1),
            settle_after: SignedDuration::from_hours(24),
            hang: Duration::from_secs(30),
            search_lag: SignedDuration::from_mins(5),
            index_lag: SignedDuration::from_mins(2),
            refund_days: 180,
            api_key: None,
            cybersource_merchant: "sandbox_merchant".to_owned(),
            cybersource_key_id: "5b7c4a1e-0000-4000-8000-5a4db0c5a4d0".to_owned(),
            // base64 of "the shared secret of the sandbox"
            cybersource_secret: "dGhlIHNoYXJlZCBzZWNyZXQgb2YgdGhlIHNhbmRib3g=".to_owned(),
            cybersource_duplicate_window: SignedDuration::ZERO,
            authorizenet_login: None,
            authorizenet_ecc: true,
            plain_needs_settlement: false,
            seed: None,
        }
    }
}

/// Why a sandbox cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The data file cannot be read or written.
    #[error("the sandbox's data file {path} failed: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another sandbox has the data file open.
    #[error("the sandbox's data file {0} is in use by another process")]
    InUse(String),
    /// The data file has a line in its middle that cannot be read.
    #[error("line {line} of the sandbox's data file {path} cannot be read: {reason}")]
    Damaged {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The system gives no random bytes.
    #[error("no random bytes: {0}")]
    Random(String),
}
