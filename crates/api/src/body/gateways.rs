//! Gateways and their credentials.

use std::collections::BTreeMap;
use std::fmt;

use receivables::gateway::{GatewayKind, GatewayName, GatewayUrl, ReferencePrefix};
use receivables::payment_method::card_number::looks_like_card_number;
use receivables::{Command, Rejection, command as c};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::ApiError;

/// The most credentials of one gateway, and the longest of them in bytes.
const CREDENTIALS_MAX: usize = 32;
const CREDENTIAL_MAX: usize = 8 * 1024;

/// Which processor a gateway speaks to.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Processor {
    /// The test processor that comes with the program.
    Sandbox,
    /// Stripe.
    Stripe,
    /// CyberSource (Visa Acceptance).
    CyberSource,
    /// Authorize.Net.
    AuthorizeNet,
}

/// The secrets of a gateway by name, as its connector documents them. Never shown again, never logged.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = json!({"secret_key": "sk_test_…", "webhook_secret": "whsec_…"}))]
pub(crate) struct GatewayCredentials(BTreeMap<String, String>);

impl fmt::Debug for GatewayCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl GatewayCredentials {
    /// The secrets, within bounds.
    pub(crate) fn checked(self) -> Result<BTreeMap<String, String>, ApiError> {
        let refused = |detail: &str| {
            let error = ApiError::bad_request("body_invalid", detail);
            Err(error.with("field", "credentials"))
        };
        if self.0.is_empty() {
            return refused("credentials: give at least one, by its name");
        }
        let short = |text: &str, max: usize| !text.is_empty() && text.len() <= max;
        let fits =
            |(name, value): (&String, &String)| short(name, 60) && short(value, CREDENTIAL_MAX);
        if self.0.len() > CREDENTIALS_MAX || !self.0.iter().all(fits) {
            return refused(
                "credentials: at most 32, each a text of 1 to 8192 bytes under its name",
            );
        }
        if self.0.values().any(|value| looks_like_card_number(value)) {
            return Err(Rejection::CardNumberRefused { field: "credentials" }.into());
        }
        Ok(self.0)
    }
}

/// Configures a gateway.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "payouts", "kind": "sandbox", "unreferenced_credits": true, "default": true}))]
pub(crate) struct AddGateway {
    /// Its name; unique, and for ever the same.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    pub(crate) name: GatewayName,
    /// Which processor.
    #[schema(value_type = Processor)]
    pub(crate) kind: GatewayKind,
    /// Whether the merchant account may pay out credits without a payment.
    #[serde(default)]
    pub(crate) unreferenced_credits: bool,
    /// Where it listens, if not at the processor's own address.
    #[schema(value_type = Option<String>, max_length = 255)]
    pub(crate) url: Option<GatewayUrl>,
    /// Stands in front of every merchant reference, so that two organisations can share an account.
    #[schema(value_type = Option<String>, max_length = 8)]
    pub(crate) reference_prefix: Option<ReferencePrefix>,
    /// Calls under way at once; 64 if left out.
    #[schema(minimum = 1)]
    pub(crate) concurrency: Option<u16>,
    /// Calls per second at most; no limit if left out or zero.
    pub(crate) per_second: Option<u16>,
    /// Make it the default. The first one becomes it by itself.
    #[serde(default)]
    pub(crate) default: bool,
    /// Its secrets. They are stored encrypted, apart from the history.
    pub(crate) credentials: Option<GatewayCredentials>,
}

/// Changes a gateway; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
pub(crate) struct ChangeGateway {
    /// Whether it may be used. One that may not sends nothing more; what it was told is still followed.
    active: Option<bool>,
    /// Whether the merchant account may pay out credits without a payment.
    unreferenced_credits: Option<bool>,
    /// Where it listens.
    #[schema(value_type = Option<String>, max_length = 255)]
    url: Option<GatewayUrl>,
    /// Calls under way at once.
    #[schema(minimum = 1)]
    concurrency: Option<u16>,
    /// Calls per second at most; zero for no limit.
    per_second: Option<u16>,
    /// Make it the default, or take that away.
    default: Option<bool>,
}

/// Asks a gateway what it did in a span of time, and holds that against the books.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z", "apply": false}))]
pub(crate) struct ReconcileWindow {
    /// From this instant.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) from: jiff::Timestamp,
    /// Up to this instant, which does not belong to it.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) to: jiff::Timestamp,
    /// True: also take over what the gateway knows and the books do not.
    #[serde(default)]
    pub(crate) apply: bool,
}

impl AddGateway {
    pub(crate) fn command(self) -> Command {
        Command::AddGateway(c::AddGateway {
            name: self.name,
            kind: self.kind,
            unreferenced_credits: self.unreferenced_credits,
            url: self.url,
            reference_prefix: self.reference_prefix,
            concurrency: self.concurrency,
            per_second: self.per_second,
            default: self.default,
        })
    }
}

impl ChangeGateway {
    pub(crate) fn command(self, gateway: GatewayName) -> Command {
        Command::ChangeGateway(c::ChangeGateway {
            gateway,
            active: self.active,
            unreferenced_credits: self.unreferenced_credits,
            url: self.url,
            concurrency: self.concurrency,
            per_second: self.per_second,
            default: self.default,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn credentials_are_bounded_and_never_printed() {
        let given = |text: &str| parse::<GatewayCredentials>(text.as_bytes()).unwrap();
        let one = given("{\"secret_key\": \"sk_very_secret\"}");
        assert!(!format!("{one:?}").contains("very_secret"));
        assert_eq!(one.checked().unwrap()["secret_key"], "sk_very_secret");
        for wrong in ["{}", "{\"key\": \"\"}", "{\"\": \"x\"}"] {
            assert_eq!(given(wrong).checked().unwrap_err().code(), "body_invalid", "{wrong}");
        }
        let card = given("{\"key\": \"4242 4242 4242 4242\"}");
        assert_eq!(card.checked().unwrap_err().code(), "card_number_refused");
    }
}
