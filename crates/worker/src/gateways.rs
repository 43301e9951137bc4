//! The configured gateways, ready to be spoken to.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use engine::{GatewaySecret, Reader};
use gateway::{Carried, Connector, Credentials, Exchange, HttpRequest, STEPS_MAX, Settled, Step};
use jiff::Timestamp;
use receivables::gateway::{Gateway, GatewayKind, GatewayName};

use crate::line::Line;
use crate::vault::{Vault, VaultError};

/// Why a gateway cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewaysError {
    /// There is no key, or the wrong one.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// No credentials are stored.
    #[error("gateway {0:?} has no credentials; store them first")]
    NoCredentials(String),
    /// The credentials, or the address, are not what its connector needs.
    #[error("gateway {gateway:?}: {reason}")]
    Unusable {
        /// Which gateway.
        gateway: String,
        /// Why.
        reason: String,
    },
    /// The gateway did not do what was asked.
    #[error("{0}")]
    Refused(String),
    /// The database could not be read.
    #[error("{0}")]
    Read(String),
}

/// What an answer of a transport looks like.
pub type Carrying<'a> = Pin<Box<dyn Future<Output = Carried> + Send + 'a>>;

/// Carries requests to one gateway. The real one owns a network; that of the simulator does not.
pub trait Transport: Send + Sync {
    /// Carries one request, once.
    fn carry(&self, request: HttpRequest) -> Carrying<'_>;
}

/// Makes the connector of a gateway.
pub type MakeConnector =
    dyn Fn(&Gateway, &Credentials) -> Result<Arc<dyn Connector>, String> + Send + Sync;
/// Makes the transport to an address.
pub type MakeTransport = dyn Fn(&str) -> Result<Arc<dyn Transport>, String> + Send + Sync;

/// How connectors and transports are made; the binary knows them all.
#[derive(Clone)]
pub struct Parts {
    /// Makes the connector of a gateway.
    pub connector: Arc<MakeConnector>,
    /// Makes the transport to an address.
    pub transport: Arc<MakeTransport>,
    /// The names of the credentials a kind of gateway needs.
    pub credentials: fn(GatewayKind) -> &'static [&'static str],
}

/// Every gateway that was asked for, with its connector, its transport and its pace.
pub struct Gateways {
    parts: Parts,
    vault: Option<Vault>,
    reader: Arc<dyn Reader>,
    lines: Mutex<HashMap<GatewayName, Known>>,
}

/// A line, and what it was made from: it is made anew when that changes.
struct Known {
    gateway: Gateway,
    sealed: Vec<u8>,
    line: Arc<Line>,
}

impl std::fmt::Debug for Gateways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateways").finish_non_exhaustive()
    }
}

impl Gateways {
    /// Gateways as the books configure them. Without a vault none can be used.
    pub fn new(parts: Parts, vault: Option<Vault>, reader: Arc<dyn Reader>) -> Self {
        Self { parts, vault, reader, lines: Mutex::default() }
    }

    /// The names of the credentials a kind of gateway needs.
    pub fn credential_names(&self, kind: GatewayKind) -> &'static [&'static str] {
        (self.parts.credentials)(kind)
    }

    /// Checks that credentials are complete and seals them.
    ///
    /// # Errors
    ///
    /// [`GatewaysError`].
    pub fn seal(
        &self,
        gateway: &Gateway,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<GatewaySecret, GatewaysError> {
        let vault = self.vault.as_ref().ok_or(VaultError::NoKey)?;
        let names = self.credential_names(gateway.kind);
        if let Some(odd) = credentials.0.keys().find(|name| !names.contains(&name.as_str())) {
            let reason = format!("{odd:?} is none of its credentials ({})", names.join(", "));
            return Err(unusable(gateway, reason));
        }
        (self.parts.connector)(gateway, credentials).map_err(|reason| unusable(gateway, reason))?;
        let sealed = vault.seal(gateway.name.as_str(), credentials)?;
        Ok(GatewaySecret { gateway: gateway.name.to_string(), sealed, stored_at: now })
    }

    /// The connector of a gateway. Blocks.
    ///
    /// # Errors
    ///
    /// [`GatewaysError`].
    pub fn connector(&self, gateway: &Gateway) -> Result<Arc<dyn Connector>, GatewaysError> {
        Ok(Arc::clone(&self.line(gateway)?.connector))
    }

    /// The line to a gateway. Blocks: the sealed credentials are read, so that new ones hold at once.
    pub(crate) fn line(&self, gateway: &Gateway) -> Result<Arc<Line>, GatewaysError> {
        let vault = self.vault.as_ref().ok_or(VaultError::NoKey)?;
        let secrets =
            self.reader.gateway_secrets().map_err(|e| GatewaysError::Read(e.to_string()))?;
        let name = gateway.name.as_str();
        let secret = secrets.into_iter().find(|secret| secret.gateway == name);
        let secret = secret.ok_or_else(|| GatewaysError::NoCredentials(name.to_owned()))?;
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lines.get(&gateway.name)
            && known.gateway == *gateway
            && known.sealed == secret.sealed
        {
            return Ok(Arc::clone(&known.line));
        }
        let credentials = vault.open(name, &secret.sealed)?;
        let why = |reason| unusable(gateway, reason);
        let connector = (self.parts.connector)(gateway, &credentials).map_err(why)?;
        let address = gateway.url.as_ref().map_or(connector.address(), |url| url.as_str());
        let transport = (self.parts.transport)(address).map_err(why)?;
        let line = Arc::new(Line::new(connector, transport, gateway));
        let known = Known { gateway: gateway.clone(), sealed: secret.sealed, line };
        let line = Arc::clone(&known.line);
        lines.insert(gateway.name.clone(), known);
        Ok(line)
    }

    /// Proves that the gateway can be reached with its credentials. Moves nothing.
    ///
    /// # Errors
    ///
    /// [`GatewaysError`].
    pub async fn test(
        self: &Arc<Self>,
        gateway: &Gateway,
        now: Timestamp,
    ) -> Result<(), GatewaysError> {
        let line = self.line_later(gateway).await?;
        let connector = Arc::clone(&line.connector);
        let done = converse(line.transport.as_ref(), |so_far| connector.test(now, so_far)).await;
        done.unwrap_or_else(|| Err("the gateway asks for too many steps".to_owned()))
            .map_err(GatewaysError::Refused)
    }

    /// Everything the gateway did in a window.
    ///
    /// # Errors
    ///
    /// [`GatewaysError`].
    pub async fn list(
        self: &Arc<Self>,
        gateway: &Gateway,
        window: gateway::Window,
        now: Timestamp,
    ) -> Result<Vec<Settled>, GatewaysError> {
        let line = self.line_later(gateway).await?;
        let connector = Arc::clone(&line.connector);
        let ask = |so_far: &[Exchange]| connector.list(window, now, so_far);
        let listed = converse(line.transport.as_ref(), ask).await;
        listed
            .unwrap_or_else(
                || Err("the gateway lists too much; choose a shorter period".to_owned()),
            )
            .map_err(GatewaysError::Refused)
    }

    /// [`Gateways::line`] on a thread that may block.
    pub(crate) async fn line_later(
        self: &Arc<Self>,
        gateway: &Gateway,
    ) -> Result<Arc<Line>, GatewaysError> {
        let (me, gateway) = (Arc::clone(self), gateway.clone());
        let found = tokio::task::spawn_blocking(move || me.line(&gateway)).await;
        found.map_err(|error| GatewaysError::Read(error.to_string()))?
    }
}

fn unusable(gateway: &Gateway, reason: String) -> GatewaysError {
    GatewaysError::Unusable { gateway: gateway.name.to_string(), reason }
}

/// Carries a conversation to its end; nothing if it takes more than [`STEPS_MAX`] steps.
pub(crate) async fn converse<T>(
    transport: &dyn Transport,
    step: impl Fn(&[Exchange]) -> Step<T>,
) -> Option<T> {
    let mut so_far: Vec<Exchange> = Vec::new();
    loop {
        match step(&so_far) {
            Step::Done(result) => return Some(result),
            Step::Ask(_) if so_far.len() >= STEPS_MAX => return None,
            Step::Ask(request) => {
                let carried = transport.carry(request.clone()).await;
                so_far.push(Exchange { request, carried });
            }
        }
    }
}
