//! Stored payment methods. A token is shown shortened: enough to tell two apart, not to use it.

use jiff::{Timestamp, civil::Date};
use receivables::account::Account;
use receivables::gateway::decide::pay_out;
use receivables::payment::MethodType;
use receivables::payment_method::{
    Expiry, MethodState, MethodStatus, PaymentMethod, PaymentMethodChanged, Token,
};
use receivables::{AccountNo, Settings};
use serde::Serialize;
use utoipa::ToSchema;

use super::adjustments::RuleCheck;
use super::labels::LabelsView;
use super::orders::gateway_name;
use super::{id, text};
use crate::body::Method;

/// How much of each end of a token is shown at most.
const SHOWN: usize = 4;

/// The ends of a token: at most four characters each, and never more than half of it.
fn shortened(token: &Token) -> String {
    let characters: Vec<char> = token.as_str().chars().collect();
    let shown = (characters.len() / 4).min(SHOWN);
    let (first, rest) = characters.split_at(shown);
    let last = rest.iter().skip(rest.len().saturating_sub(shown));
    first.iter().chain(&['…']).chain(last).collect()
}

pub(super) fn month(expiry: Expiry) -> String {
    format!("{:04}-{:02}", expiry.year, expiry.month)
}

/// Whether a method may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MethodStatusName {
    /// May be used.
    Active,
    /// Was closed for ever.
    Closed,
    /// A card whose month is over.
    Expired,
}

/// A stored payment method.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentMethodDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018900000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "PM-00000001")]
    pub(crate) number: String,
    /// What it is.
    #[schema(value_type = Method)]
    pub(crate) method_type: MethodType,
    /// `active`, `closed` or `expired`.
    pub(crate) status: MethodStatusName,
    /// The ends of the gateway's token.
    #[schema(example = "pm_1…5t6z")]
    pub(crate) token: Option<String>,
    /// The ends of the gateway's token of the customer.
    pub(crate) customer: Option<String>,
    /// The gateway that knows the token, if only one does.
    #[schema(example = "cards")]
    pub(crate) gateway: Option<String>,
    /// Brand of the card, or the bank.
    #[schema(example = "Visa")]
    pub(crate) brand: Option<String>,
    /// The last four digits.
    #[schema(example = "4242")]
    pub(crate) last_four: Option<String>,
    /// The month a card expires with.
    #[schema(example = "2029-12")]
    pub(crate) expiry: Option<String>,
}

impl PaymentMethodDocument {
    pub(crate) fn new(
        method: &PaymentMethod,
        at: Timestamp,
        account: AccountNo,
        settings: &Settings,
    ) -> Self {
        let expired = is_past(method, settings.business_date(at));
        let status = if expired { MethodStatusName::Expired } else { MethodStatusName::Active };
        Self {
            id: id(method.no, at, account),
            number: method.no.to_string(),
            method_type: method.method_type,
            status,
            token: method.token.as_ref().map(shortened),
            customer: method.customer.as_ref().map(shortened),
            gateway: method.gateway.and_then(|no| gateway_name(settings, no)),
            brand: text(method.brand.as_ref()),
            last_four: text(method.last_four.as_ref()),
            expiry: method.expiry.map(month),
        }
    }
}

fn is_past(method: &PaymentMethod, today: Date) -> bool {
    method.expiry.is_some_and(|expiry| expiry.is_past(today))
}

/// A stored payment method as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentMethodView {
    /// The method.
    #[serde(flatten)]
    pub(crate) method: PaymentMethodDocument,
    /// Whose it is.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// True for the account's default.
    pub(crate) default: bool,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) added_at: Timestamp,
    /// Whether credit can be paid out to it, which is what an electronic refund of a credit balance does, and a refund of a
    /// payment to another method than its own. That the account has credit is not looked at.
    pub(crate) refund_credit: RuleCheck,
    /// Custom fields and metadata.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
}

impl PaymentMethodView {
    pub(crate) fn new(
        state: &MethodState,
        account: &Account,
        settings: &Settings,
        today: Date,
    ) -> Self {
        let mut method =
            PaymentMethodDocument::new(&state.method, state.at, state.method.account, settings);
        method.status = match state.status {
            MethodStatus::Closed => MethodStatusName::Closed,
            MethodStatus::Active if state.is_expired(today) => MethodStatusName::Expired,
            MethodStatus::Active => MethodStatusName::Active,
        };
        Self {
            default: account.default_method == Some(state.method.no),
            method,
            account: account.no.to_string(),
            added_at: state.at,
            refund_credit: RuleCheck::ruled(pay_out(settings, account, state, None, today)),
            labels: LabelsView::default(),
        }
    }
}

/// A changed payment method; what did not change is absent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentMethodChangeDocument {
    /// Number.
    #[schema(example = "PM-00000001")]
    pub(crate) number: String,
    /// `closed`, if it was.
    pub(crate) status: Option<MethodStatusName>,
    /// New month of expiry.
    #[schema(example = "2031-05")]
    pub(crate) expiry: Option<String>,
}

impl PaymentMethodChangeDocument {
    pub(crate) fn new(changed: &PaymentMethodChanged) -> Self {
        let status = changed.status.map(|status| match status {
            MethodStatus::Active => MethodStatusName::Active,
            MethodStatus::Closed => MethodStatusName::Closed,
        });
        Self { number: changed.no.to_string(), status, expiry: changed.expiry.map(month) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown_by_more_than_half() {
        let short = |token: &str| shortened(&Token::try_new(token).unwrap());
        assert_eq!(short("pm_1Q2w3e4r5t6z7u8i"), "pm_1…7u8i");
        assert_eq!(short("pm_ok"), "p…k");
        assert_eq!(short("abcdefgh"), "ab…gh");
        assert_eq!(short("abc"), "…");
        assert_eq!(short("☃☃☃☃"), "☃…☃");
    }
}
