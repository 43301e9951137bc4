//! Every connector this binary knows, the network, the key of their credentials, and the desk at which
//! the API asks for all of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use api::SecretBox;
use api::desk::{
    Answer, DeskError, Difference, GatewayDesk, Reconcile, Reconciled, ReconciledTotal, Taken,
};
use audit::Signer;
use clap::Args;
use engine::{Engine, GatewaySecret, Reader};
use gateway::{Carried, Connector, Credentials, HttpRequest, Secret, Window};
use gateway_http::{Limits, Wire};
use jiff::Timestamp;
use receivables::gateway::{Gateway, GatewayKind};
use worker::notices::{self, NoticeError};
use worker::reconcile::{self, Listing, ReconcileError};
use worker::{Carrying, Gateways, GatewaysError, Parts, Transport, Vault, VaultError};

use crate::output::{Done, sentence};

/// The most differences that an answer lists.
const DIFFERENCES_MAX: usize = 1_000;

/// The key for the credentials of gateways.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Key {
    /// File with the key for the credentials of gateways and the audit log, 64 hexadecimal digits; make one with
    /// `openssl rand -hex 32`. Or give the key itself in QUITTANCE_KEY
    #[arg(long, env = "QUITTANCE_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

impl Key {
    /// The key as it is written, if one was given.
    fn text(&self) -> Done<Option<String>> {
        Ok(match &self.key_file {
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|error| sentence(format!("--key-file {}: {error}", path.display())))?,
            ),
            None => std::env::var("QUITTANCE_KEY").ok(),
        })
    }

    /// The vault, if a key was given.
    pub(crate) fn vault(&self) -> Done<Option<Vault>> {
        let vault = self.text()?.map(|text| Vault::new(&text));
        vault.transpose().map_err(sentence)
    }

    /// Who signs the audit log, if a key was given.
    pub(crate) fn signer(&self) -> Done<Option<Signer>> {
        let bad = || sentence(VaultError::BadKey);
        self.text()?.map(|text| Signer::derived(&text).ok_or_else(bad)).transpose()
    }
}

/// The gateways of these books.
pub(crate) fn gateways(vault: Option<Vault>, reader: &Arc<dyn Reader>) -> Arc<Gateways> {
    let (connector, transport) = (Arc::new(connector), Arc::new(transport));
    let parts = Parts { connector, transport, credentials };
    Arc::new(Gateways::new(parts, vault, Arc::clone(reader)))
}

/// Keeps the secrets of second factors with the key of the gateways' credentials.
pub(crate) struct Secrets(pub(crate) Vault);

impl SecretBox for Secrets {
    fn seal(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, String> {
        self.0.seal_bytes(name, secret.to_vec()).map_err(|error| error.to_string())
    }

    fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, String> {
        self.0.open_bytes(name, sealed).ok_or_else(|| {
            "the second factor was sealed with another key; start the server with that one, or have \
             an administrator reset the second factor"
                .to_owned()
        })
    }
}

fn connector(gateway: &Gateway, secrets: &Credentials) -> Result<Arc<dyn Connector>, String> {
    let url = gateway.url.as_ref().map(|url| url.as_str());
    Ok(match gateway.kind {
        GatewayKind::Sandbox => Arc::new(gateway_sandbox::connector(secrets, url)?),
        GatewayKind::Stripe => Arc::new(gateway_stripe::connector(secrets, url)?),
        GatewayKind::CyberSource => Arc::new(gateway_cybersource::connector(secrets, url)?),
        GatewayKind::AuthorizeNet => Arc::new(gateway_authorizenet::connector(secrets, url)?),
    })
}

const fn credentials(kind: GatewayKind) -> &'static [&'static str] {
    match kind {
        GatewayKind::Sandbox => &["api_key", "webhook_secret"],
        GatewayKind::Stripe => &["secret_key", "webhook_secret"],
        GatewayKind::CyberSource => &["merchant_id", "key_id", "shared_secret", "webhook_key"],
        GatewayKind::AuthorizeNet => &["login", "transaction_key", "signature_key", "currency"],
    }
}

fn transport(address: &str) -> Result<Arc<dyn Transport>, String> {
    Ok(Arc::new(Network(Wire::new(address, Limits::default())?)))
}

/// The real network.
struct Network(Wire);

impl Transport for Network {
    fn carry(&self, request: HttpRequest) -> Carrying<'_> {
        Box::pin(async move {
            let carried: Carried = self.0.carry(&request).await;
            carried
        })
    }
}

/// The desk of one server.
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) reader: Arc<dyn Reader>,
    pub(crate) gateways: Arc<Gateways>,
}

impl GatewayDesk for Desk {
    fn seal(
        &self,
        gateway: &Gateway,
        credentials: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<GatewaySecret, DeskError> {
        let secrets = credentials.into_iter().map(|(name, text)| (name, Secret::new(text)));
        let secrets = Credentials(secrets.collect());
        self.gateways.seal(gateway, &secrets, now).map_err(desk_error)
    }

    fn test(&self, gateway: Gateway, now: Timestamp) -> Answer<()> {
        let gateways = Arc::clone(&self.gateways);
        Box::pin(async move { gateways.test(&gateway, now).await.map_err(desk_error) })
    }

    fn notice(
        &self,
        gateway: Gateway,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Answer<Taken> {
        let (engine, reader) = (self.engine.clone(), Arc::clone(&self.reader));
        let gateways = Arc::clone(&self.gateways);
        Box::pin(async move {
            let taken = notices::take(&engine, &reader, &gateways, &gateway, &headers, &body).await;
            taken.map(view_of_taken).map_err(notice_error)
        })
    }

    fn reconcile(
        &self,
        gateway: Gateway,
        what: Reconcile,
        apply: bool,
        actor: Arc<str>,
    ) -> Answer<Reconciled> {
        let (engine, reader) = (self.engine.clone(), Arc::clone(&self.reader));
        let gateways = Arc::clone(&self.gateways);
        Box::pin(async move {
            let listing = match what {
                Reconcile::File { bytes, span } => {
                    let rows = reconcile::read_settlement_file(&bytes).map_err(reconcile_error)?;
                    Listing { rows, span: span.map(|(from, to)| Window { from, to }) }
                }
                Reconcile::Window { from, to } => {
                    let now = engine.clock().now();
                    let span = Window { from, to };
                    let rows = gateways.list(&gateway, span, now).await.map_err(desk_error)?;
                    Listing { rows, span: Some(span) }
                }
            };
            let done =
                reconcile::reconcile(&engine, &reader, &gateway, listing, apply, &actor).await;
            done.map(|done| view_of_reconciled(done, !apply)).map_err(reconcile_error)
        })
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn view_of_taken(taken: notices::Taken) -> Taken {
    Taken {
        notices: count(taken.notices),
        repeated: count(taken.nothing_new),
        unmatched: count(taken.not_ours),
        applied: count(taken.applied),
        looked_up: count(taken.looked_up),
    }
}

fn view_of_reconciled(done: reconcile::Reconciled, preview: bool) -> Reconciled {
    let differences = done.differences.iter().take(DIFFERENCES_MAX).map(|it| Difference {
        kind: it.code.to_owned(),
        document: it.document.map(|document| document.to_string()),
        reference: it.reference.clone(),
        gateway_id: it.gateway_id.clone(),
        currency: it.amount.or(it.ours).map(|amount| amount.currency().code().to_owned()),
        our_amount: it.ours.map(|amount| amount.to_decimal()),
        gateway_amount: it.amount.map(|amount| amount.to_decimal()),
        our_state: it.our_state.map(|state| state.name().to_owned()),
        gateway_state: it.gateway_state.map(str::to_owned),
        explanation: it.explanation.clone(),
    });
    Reconciled {
        transactions: done.rows as u64,
        matched: done.agreed as u64,
        applied: done.applied as u64,
        preview,
        differences: differences.collect(),
        difference_count: done.differences.len() as u64,
        totals: done.totals.iter().map(view_of_total).collect(),
    }
}

fn view_of_total(total: &reconcile::Total) -> ReconciledTotal {
    let kind = match total.kind {
        gateway::SettledKind::Charge => "charge",
        gateway::SettledKind::Refund => "refund",
    };
    ReconciledTotal {
        kind: kind.to_owned(),
        currency: total.currency.code().to_owned(),
        transactions: total.rows.count as u64,
        amount: total.rows.amount.map(|amount| amount.to_decimal()),
        applied: total.news.count as u64,
        applied_amount: total.news.amount.map(|amount| amount.to_decimal()),
    }
}

fn desk_error(error: GatewaysError) -> DeskError {
    let said = error.to_string();
    match error {
        GatewaysError::Vault(_) | GatewaysError::Read(_) => DeskError::unavailable(said),
        GatewaysError::NoCredentials(_) => DeskError::no_credentials(said),
        GatewaysError::Unusable { .. } => DeskError::invalid(said),
        GatewaysError::Refused(_) => DeskError::gateway(said),
    }
}

fn notice_error(error: NoticeError) -> DeskError {
    let said = error.to_string();
    match error {
        NoticeError::Webhook(gateway::WebhookError::Unverified(_)) => DeskError::unverified(said),
        NoticeError::Webhook(gateway::WebhookError::Malformed(_)) => {
            DeskError::malformed_webhook(said)
        }
        NoticeError::Gateways(error) => desk_error(error),
        NoticeError::Unavailable(_) => DeskError::unavailable(said),
    }
}

fn reconcile_error(error: ReconcileError) -> DeskError {
    let said = error.to_string();
    match error {
        ReconcileError::File { .. } | ReconcileError::TooMany => DeskError::malformed_file(said),
        ReconcileError::Unavailable(_) => DeskError::unavailable(said),
    }
}
