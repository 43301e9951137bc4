//! Approvals: which refunds a second person has to agree to before they go out, and who did.
//!
//! *Shape.* A [`Policy`] says which electronic refunds wait, and for whom. A refund that meets one is decided and
//! held like any other, but its order begins as `awaiting_approval` and is bound to exactly what was asked for: it
//! cannot be changed, only approved, rejected, withdrawn, or left until it lapses. The last approval runs the rules
//! again on the books as they are then.
//!
//! *Who.* Only people approve, never the one who asked, and nobody twice. Which person a caller is, it says when it
//! asks ([`Requester`]); the rules compare people, not keys.

pub(crate) mod decide;
mod policy;
mod totals;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::permission::{Permissions, RoleName};
use crate::text::{Comment, Text};

pub use policy::{Conditions, HOURS_MAX, LEVELS_MAX, Level, POLICIES_MAX, Policy, PolicyName};
pub use totals::{
    Asker, DAYS_MAX, LOOKED_AT_MAX, LookedAt, Party, PastRefunds, RefundsNeeded, TotalOver, counts,
};

/// The name of a person.
pub type PersonName = Text<60>;

/// Whether two names are the same person's: case and blanks around them make no other person.
pub fn same(one: &PersonName, other: &PersonName) -> bool {
    plain(one.as_str()) == plain(other.as_str())
}

/// A name as it is compared.
fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Who asks, as far as the rules care.
#[derive(Clone, Copy, Debug)]
pub struct Requester<'a> {
    /// The caller's name, as it stands in the history.
    pub name: &'a str,
    /// The person it acts for; none for a program.
    pub person: Option<&'a PersonName>,
    /// The caller's roles.
    pub roles: &'a [RoleName],
    /// What it may do, for rules by which that depends on what a command finds.
    pub permissions: Permissions,
}

impl Requester<'_> {
    /// Somebody the rules know nothing of.
    pub const UNKNOWN: Self =
        Self { name: "", person: None, roles: &[], permissions: Permissions::NONE };
}

/// What an order waits for before it may be sent. Part of what was asked for: it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalNeeded {
    /// The caller who asked.
    pub requested_by: String,
    /// The person behind it, if it is a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonName>,
    /// The policies that ask for it.
    pub policies: Vec<PolicyName>,
    /// Each level wants one person with one of these roles, in this order.
    pub levels: Vec<Level>,
    /// From when on nobody can approve it any more.
    pub expires_at: Timestamp,
    /// The refund was asked for although its payment is disputed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub override_dispute: bool,
}

/// One level was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalGiven {
    /// The person.
    pub person: PersonName,
    /// When.
    pub at: Timestamp,
}

/// How somebody judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One level agrees.
    Approved,
    /// It shall not go out.
    Rejected,
    /// Whoever asked does not want it any more.
    Withdrawn,
    /// Nobody agreed in time.
    Lapsed,
    /// What all agreed to was paid by hand.
    Paid,
    /// What all agreed to was sent back unpaid.
    Returned,
}

/// A judgement, as it stands in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// What was decided.
    pub verdict: Verdict,
    /// By whom: the person, or the caller who withdrew.
    pub by: String,
    /// Why, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Comment>,
}
