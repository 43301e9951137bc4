use serde::{Deserialize, Serialize};

use crate::core::transaction::Kind;

/// Which wire a transaction came over. Each dialect is a processor of its own: nothing made over one
/// is seen over another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Dialect {
    Plain,
    Stripe,
    Cybersource,
    Authorizenet,
}

/// All of them.
pub(crate) const ALL: [Dialect; 4] =
    [Dialect::Plain, Dialect::Stripe, Dialect::Cybersource, Dialect::Authorizenet];

impl Dialect {
    /// Its name in paths and control calls.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Stripe => "stripe",
            Self::Cybersource => "cybersource",
            Self::Authorizenet => "authorizenet",
        }
    }

    /// The one of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// The id its wire shows for a transaction: `ch_...`, or digits only.
    pub(crate) fn id(self, seed: u32, kind: Kind, number: u64) -> String {
        match self {
            Self::Plain | Self::Stripe => format!("{}_{}", kind.prefix(), tail(seed, number)),
            Self::Cybersource => format!("{seed:010}{number:012}"),
            Self::Authorizenet => format!("1{seed:010}{number:08}"),
        }
    }

    /// The number in an id of this dialect; `None` if it is not one of this sandbox.
    pub(crate) fn number(self, seed: u32, id: &str) -> Option<u64> {
        let digits = match self {
            Self::Plain | Self::Stripe => id.split_once('_')?.1.strip_prefix(&tail_seed(seed))?,
            Self::Cybersource => id.strip_prefix(&format!("{seed:010}"))?,
            Self::Authorizenet => id.strip_prefix(&format!("1{seed:010}"))?,
        };
        digits.parse().ok()
    }
}

fn tail_seed(seed: u32) -> String {
    format!("{seed:08x}")
}

/// What stands behind the prefix of ids that have one.
pub(crate) fn tail(seed: u32, number: u64) -> String {
    format!("{}{number:010}", tail_seed(seed))
}
