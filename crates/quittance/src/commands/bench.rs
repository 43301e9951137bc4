//! placeholder
use crate::cli::Bench;
use crate::output::Done;
pub(crate) fn run(_: &Bench) -> Done {
    Ok(())
}
