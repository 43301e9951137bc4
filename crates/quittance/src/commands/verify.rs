//! `quittance verify`

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use reports::verify::{VerifyError, verify};

use crate::cli::{Output, Verify};
use crate::output::{Done, line, sentence};

/// A bar on stderr, only if that is a terminal.
pub(crate) fn bar(total: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {elapsed}/{duration}");
    let bar = ProgressBar::new(total).with_message(what.to_owned());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

pub(crate) fn run(arguments: &Verify) -> Done<ExitCode> {
    let reader = arguments.at.database.read()?;
    let bar = bar(reader.head()?.0, "verifying");
    let result = verify(reader.as_ref(), &mut |done| bar.set_position(done));
    bar.finish_and_clear();
    match result {
        Ok(done) => {
            if arguments.output == Output::Json {
                line(serde_json::to_string(&done)?);
                return Ok(ExitCode::SUCCESS);
            }
            let entries = if reader.gapless() {
                "entries folded again, without gaps, each naming the one before it"
            } else {
                "entries folded again, in order, each naming the one before it on its account"
            };
            let rows = [
                (done.entries, entries),
                (done.postings, "postings balanced, with the running balances they claim"),
                (done.accounts, "accounts: credit balance = increases - decreases >= 0"),
                (done.invoices, "invoices: balance = amount + adjustments, within bounds"),
                (done.adjustments, "credit balance adjustments"),
                (done.payments, "payments"),
                (done.refunds, "refunds"),
                (done.totals, "day totals equal the fold"),
                (done.keys, "idempotency keys indexed, each with one effect"),
                (done.currencies, "currencies: control accounts = subledgers"),
            ];
            for (count, what) in rows {
                line(format!("{count:>12}  {what}"));
            }
            line("the books are right");
            Ok(ExitCode::SUCCESS)
        }
        Err(VerifyError::Broken { invariant, detail }) => {
            if arguments.output == Output::Json {
                let broken = serde_json::json!({"broken": invariant, "detail": detail});
                line(broken);
            } else {
                line(format!("BROKEN  {invariant}\n        {detail}"));
            }
            Ok(ExitCode::from(1))
        }
        Err(VerifyError::Report(error)) => Err(sentence(error.to_string())),
    }
}
