//! Arguments of `quittance events`.

use clap::Args;

use super::Connection;

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Only events after this sequence, such as 412.0; from the beginning if left out
    #[arg(long)]
    pub(crate) after: Option<String>,
    /// Only what concerns this account: number or id
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Only this type, or types that begin so, such as "refund.*"
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// At most so many
    #[arg(long)]
    pub(crate) limit: Option<usize>,
    /// Go on with what happens from now on, until interrupted; then best with --server
    #[arg(long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
}
