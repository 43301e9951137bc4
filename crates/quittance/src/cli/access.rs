//! Who may do what, and the record of what was done.

use clap::Subcommand;

use super::{At, Connection};
use crate::gateways::Key;

#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeys {
    /// Make a key and show it once
    Create {
        /// Its name; stands in the history as the actor
        name: String,
        /// A role; may be given several times. Built in: Administrator, Payments Standard User, Viewer
        #[arg(long = "role", default_value = "Payments Standard User")]
        roles: Vec<String>,
        /// The person it belongs to; a program's if left out. Only people approve refunds
        #[arg(long)]
        person: Option<String>,
        /// From when on it is not taken any more, such as 2027-01-01T00:00:00Z
        #[arg(long)]
        expires_at: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give a key other roles, or another end
    Change {
        /// Its name
        name: String,
        /// A role it has from now on; may be given several times
        #[arg(long = "role")]
        roles: Vec<String>,
        /// From when on it is not taken any more
        #[arg(long)]
        expires_at: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// List keys
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Revoke a key, for ever
    Revoke {
        /// Its name
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Seal what is not sealed yet, on a database that no server serves
    Seal {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        key: Key,
    },
    /// Print the head of the record as JSON, to be kept where nobody who can write the database can reach it
    Head {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        key: Key,
    },
    /// Print the key that verifies signatures; no secret
    PublicKey {
        #[command(flatten)]
        key: Key,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CustomFields {
    /// List custom fields
    List {
        /// Only those of this object, such as refund
        #[arg(long)]
        object: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Define a custom field
    Create {
        /// What it belongs to: account, invoice, invoice_item, payment, payment_method, refund,
        /// credit_balance_adjustment or invoice_item_adjustment
        object: String,
        /// Its API name, ending in __c
        name: String,
        /// What it is called on screens; the API name if left out
        #[arg(long)]
        label: Option<String>,
        /// What values it takes: text, number, boolean, date or picklist
        #[arg(long = "type", default_value = "text")]
        value_type: String,
        /// For a text, how many characters it may have
        #[arg(long)]
        max_length: Option<u16>,
        /// For a picklist, a value; may be given several times
        #[arg(long = "value")]
        values: Vec<String>,
        /// How it is defined: legacy or advanced
        #[arg(long, default_value = "legacy")]
        generation: String,
        /// A new document must have a value
        #[arg(long)]
        required: bool,
        /// It is meant for looking documents up
        #[arg(long)]
        filterable: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Change the definition of a custom field
    Change {
        /// What it belongs to
        object: String,
        /// Its API name
        name: String,
        /// What it is called on screens
        #[arg(long)]
        label: Option<String>,
        /// For a picklist, a value from now on, instead of those before; may be given several times
        #[arg(long = "value")]
        values: Vec<String>,
        /// A new document must have a value
        #[arg(long, conflicts_with = "optional")]
        required: bool,
        /// A new document needs no value
        #[arg(long)]
        optional: bool,
        /// Lists are filtered by it
        #[arg(long, conflicts_with = "not_filterable")]
        filterable: bool,
        /// Lists are not filtered by it
        #[arg(long)]
        not_filterable: bool,
        /// Switch it off: it takes no values
        #[arg(long, conflicts_with = "on")]
        off: bool,
        /// Switch it on again
        #[arg(long)]
        on: bool,
        #[command(flatten)]
        connection: Connection,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Roles {
    /// List roles with their permissions
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a role
    Create {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// Code of a permission, as in docs/permissions.md; may be given several times
        #[arg(long = "permission")]
        permissions: Vec<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Change a role that was made
    Change {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// Code of a permission it grants from now on, instead of those before; may be given several times
        #[arg(long = "permission")]
        permissions: Vec<String>,
        /// Switch it off: it grants nothing
        #[arg(long, conflicts_with = "on")]
        off: bool,
        /// Switch it on again
        #[arg(long)]
        on: bool,
        #[command(flatten)]
        connection: Connection,
    },
}
