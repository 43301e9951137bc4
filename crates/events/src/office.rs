//! Sends one event to one endpoint, once: signs it, carries it, and says what came of it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::address::{AddressError, Target, may_reach};
use crate::records::{Endpoint, Failure};
use crate::signature::{SigningSecret, sign};

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An answer, its body cut off after a KiB.
    Reply {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// Nothing that could be read: why.
    Nothing(String),
}

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Answered> + Send + 'a>>;
/// A check on its way; what is wrong, in words.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// The network. Follows no redirect, reads little, gives up after fifteen seconds, and refuses each time to connect to
/// an address that [`may_reach`](crate::address::may_reach) forbids.
pub trait Carrier: Send + Sync {
    /// Sends a body, once.
    fn post<'a>(
        &'a self,
        target: &'a Target,
        headers: Vec<(String, String)>,
        body: String,
    ) -> Answering<'a>;

    /// Finds the host, and refuses where events may not go. Nothing is connected.
    fn check<'a>(&'a self, target: &'a Target) -> Checking<'a>;
}

/// Keeps secrets: encrypts and decrypts them, each for its owner only.
pub trait Vault: Send + Sync {
    /// Encrypts.
    ///
    /// # Errors
    ///
    /// Says what to do, such as to give a key.
    fn seal(&self, owner: &str, secret: &str) -> Result<Vec<u8>, String>;

    /// Decrypts.
    ///
    /// # Errors
    ///
    /// Says what to do, such as to give another key.
    fn open(&self, owner: &str, sealed: &[u8]) -> Result<String, String>;
}

/// Why nothing can be sent, or an endpoint cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfficeError {
    /// The vault says so.
    #[error("{0}")]
    Vault(String),
    /// Not an address for events.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Events do not go there.
    #[error("{0}")]
    Refused(String),
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub body: String,
    /// Why it does not count as taken; none if it does.
    pub error: Option<String>,
}

impl Tried {
    /// Why the event was not taken.
    pub fn failure(self, at: Timestamp) -> Option<Failure> {
        let (status, body) = (self.status, self.body);
        self.error.map(|error| Failure { at, status, error, body })
    }

    fn failed(error: impl Into<String>) -> Self {
        Self { status: None, body: String::new(), error: Some(error.into()) }
    }
}

/// Sends events. Shared by the deliverer and by whoever wants a single one to be sent.
#[derive(Clone)]
pub struct Office {
    carrier: Arc<dyn Carrier>,
    vault: Arc<dyn Vault>,
    private_allowed: bool,
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Office").finish_non_exhaustive()
    }
}

impl Office {
    /// An office with a network and a vault. With `private_allowed` events go to private addresses, too.
    pub fn new(carrier: Arc<dyn Carrier>, vault: Arc<dyn Vault>, private_allowed: bool) -> Self {
        Self { carrier, vault, private_allowed }
    }

    /// Refuses an address that is none, or that says by itself that events may not go there. Asks nobody.
    ///
    /// # Errors
    ///
    /// [`OfficeError::Address`], [`OfficeError::Refused`].
    pub fn plausible(&self, url: &str) -> Result<Target, OfficeError> {
        let target = Target::parse(url, self.private_allowed)?;
        match target.number() {
            Some(address) if !may_reach(address, target.secure, self.private_allowed) => {
                Err(OfficeError::Refused(format!("{address} may not be reached")))
            }
            _ => Ok(target),
        }
    }

    /// Finds the host, and refuses an address where events may not go.
    ///
    /// # Errors
    ///
    /// [`OfficeError::Address`], [`OfficeError::Refused`].
    pub async fn check(&self, url: &str) -> Result<(), OfficeError> {
        let target = self.plausible(url)?;
        self.carrier.check(&target).await.map_err(OfficeError::Refused)
    }

    /// Encrypts a secret of an endpoint, to be stored.
    ///
    /// # Errors
    ///
    /// [`OfficeError::Vault`].
    pub fn seal(&self, endpoint: &str, secret: &SigningSecret) -> Result<String, OfficeError> {
        let sealed = self.vault.seal(&owner(endpoint), &secret.text());
        sealed.map(|bytes| STANDARD.encode(bytes)).map_err(OfficeError::Vault)
    }

    /// Sends an event to an endpoint, once.
    pub async fn send(&self, endpoint: &Endpoint, id: &str, body: &str, now: Timestamp) -> Tried {
        let target = match Target::parse(&endpoint.url, self.private_allowed) {
            Ok(target) => target,
            Err(error) => return Tried::failed(error.to_string()),
        };
        let secrets = match self.secrets(endpoint, now) {
            Ok(secrets) => secrets,
            Err(error) => return Tried::failed(error),
        };
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", now.as_second().to_string()),
            ("webhook-signature", sign(&secrets, id, now, body)),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        match self.carrier.post(&target, headers, body.to_owned()).await {
            Answered::Reply { status, body } => {
                let error = match status {
                    200..=299 => None,
                    300..=399 => Some(format!("answered {status}; redirects are not followed")),
                    410 => Some("answered 410: gone for good".to_owned()),
                    _ => Some(format!("answered {status}")),
                };
                Tried { status: Some(status), body, error }
            }
            Answered::Nothing(reason) => Tried::failed(reason),
        }
    }

    fn secrets(&self, endpoint: &Endpoint, now: Timestamp) -> Result<Vec<SigningSecret>, String> {
        let unreadable = || "the stored secret cannot be read; roll it".to_owned();
        let open = |sealed: &str| {
            let bytes = STANDARD.decode(sealed).map_err(|_| unreadable())?;
            let text = self.vault.open(&owner(&endpoint.id), &bytes)?;
            SigningSecret::parse(&text).ok_or_else(unreadable)
        };
        endpoint.signing(now).map(|secret| open(&secret.sealed)).collect()
    }
}

/// The name the vault knows an endpoint by; a colon stands in no name of a gateway.
fn owner(endpoint: &str) -> String {
    format!("event-endpoint:{endpoint}")
}
