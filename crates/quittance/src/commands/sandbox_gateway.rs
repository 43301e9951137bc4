//! `quittance sandbox-gateway`: a test processor, as a server of its own.

use std::time::Duration;

use jiff::SignedDuration;
use sandbox_gateway::Options;

use super::serve::{Stop, listen, logging, runtime};
use crate::cli::SandboxGateway;
use crate::output::{Done, line, sentence};

pub(crate) fn run(arguments: &SandboxGateway) -> Done {
    logging(&arguments.log, false)?;
    if !arguments.listen.ip().is_loopback() {
        let why = "the sandbox gateway takes orders from anyone who reaches it; it listens on a loopback \
                   address only";
        return Err(sentence(why));
    }
    let options = Options {
        data: arguments.data.clone(),
        clock: arguments.clock,
        manual_clock: arguments.manual_clock,
        hang: Duration::from_secs(u64::from(arguments.hang)),
        settle_after: SignedDuration::from_hours(i64::from(arguments.settle_after_hours)),
        authorizenet_ecc: !arguments.no_credits,
        ..Options::default()
    };
    runtime()?.block_on(async {
        let mut stop = Stop::listen()?;
        let listener = listen(arguments.listen).await?;
        line(format!("sandbox gateway on http://{}", listener.local_addr()?));
        let stopped = async move { stop.wait().await };
        sandbox_gateway::serve(listener, options, stopped).await?;
        Ok(())
    })
}
