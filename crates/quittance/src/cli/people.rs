//! People who log in, programs that get tokens, and how often anybody may ask.

use clap::{Args, Subcommand};

use super::Connection;

/// Who is let in, and how often.
#[derive(Debug, Args)]
pub(crate) struct Door {
    /// A proxy stands before the server: believe its X-Forwarded-For, -Proto and -Host. Without one anybody could write
    /// them
    #[arg(long, env = "QUITTANCE_BEHIND_PROXY")]
    pub(crate) behind_proxy: bool,
    /// Requests a second of one caller; 0 limits nobody
    #[arg(long, env = "QUITTANCE_RATE_LIMIT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(crate) rate_limit: u32,
    /// Refused credentials a second of one address, five times as many at once; 0 limits nobody
    #[arg(long, env = "QUITTANCE_FAILURE_LIMIT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) failure_limit: u32,
    /// Minutes after which a session that is not used ends
    #[arg(long, env = "QUITTANCE_SESSION_IDLE_MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..=1_440))]
    pub(crate) session_idle_minutes: u32,
    /// Hours after which a session ends in any case
    #[arg(long, env = "QUITTANCE_SESSION_HOURS", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=168))]
    pub(crate) session_hours: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Users {
    /// Make a user; the password is shown once, and the first login has to change it
    Add {
        /// What the person logs in with: ASCII letters, digits and . _ @ + -
        name: String,
        /// A role; may be given several times. Built in: Administrator, Payments Standard User, Viewer
        #[arg(long = "role", default_value = "Payments Standard User")]
        roles: Vec<String>,
        /// Where the person is written to
        #[arg(long)]
        email: Option<String>,
        /// Whom approvals take the person for: as with the person's own API keys; the name if left out
        #[arg(long)]
        person: Option<String>,
        /// Read the password for the first login from the first line of standard input, instead of making one up
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// List users
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Give a user other roles, or another address
    Change {
        /// Name of the user
        name: String,
        /// A role the user has from now on; may be given several times
        #[arg(long = "role")]
        roles: Vec<String>,
        /// Where the person is written to
        #[arg(long)]
        email: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Keep a user from logging in; every session ends
    Disable {
        /// Name of the user
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Let a user log in again
    Enable {
        /// Name of the user
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give a user another password, shown once; every session ends, and the next login has to change it
    ResetPassword {
        /// Name of the user
        name: String,
        /// Read the password from the first line of standard input, instead of making one up
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take away a user's second factor, after the device was lost
    ResetSecondFactor {
        /// Name of the user
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Clients {
    /// Make an API client and show its secret once
    Create {
        /// Its name and client id: ASCII letters, digits and . _ @ + -
        name: String,
        /// A role; may be given several times. Built in: Administrator, Payments Standard User, Viewer
        #[arg(long = "role", default_value = "Payments Standard User")]
        roles: Vec<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// List API clients
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Give an API client other roles
    Change {
        /// Its name
        name: String,
        /// A role it has from now on; may be given several times
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give an API client another secret, shown once; the old one and every token end
    RollSecret {
        /// Its name
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Revoke an API client, for ever; every token ends
    Revoke {
        /// Its name
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
}
