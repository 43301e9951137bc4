//! `quittance verify`

use std::path::Path;
use std::process::ExitCode;

use audit::{AuditError, Checked, Head, check};
use engine::Reader;
use indicatif::{ProgressBar, ProgressStyle};
use reports::verify::{Verified, VerifyError, verify};

use crate::cli::{Output, Verify};
use crate::commands::audit::public_key;
use crate::database::Database;
use crate::output::{Done, line, sentence};
use crate::rebuild::differing_row;

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
    let broken = |invariant: &str, detail: &str| {
        if arguments.output == Output::Json {
            line(serde_json::json!({"broken": invariant, "detail": detail}));
        } else {
            line(format!("BROKEN  {invariant}\n        {detail}"));
        }
        Ok(ExitCode::from(1))
    };
    let bar = bar(reader.head()?.0, "verifying");
    let result = verify(reader.as_ref(), &mut |done| bar.set_position(done));
    bar.finish_and_clear();
    let done = match result {
        Ok(done) => done,
        Err(VerifyError::Broken { invariant, detail }) => return broken(invariant, &detail),
        Err(VerifyError::Report(error)) => return Err(sentence(error.to_string())),
    };
    let mut checked = None;
    if arguments.audit {
        checked = match record(arguments, reader.as_ref())? {
            Ok(checked) => Some(checked),
            Err(AuditError::Broken(detail)) => {
                return broken("the record is as it was sealed", &detail);
            }
            Err(AuditError::Read(error)) => return Err(sentence(error)),
        };
        if let Database::Sqlite(path) = &arguments.at.database
            && let Some(row) = differing_row(path)?
        {
            return broken("every row is what its entries make", &row);
        }
    }
    if arguments.output == Output::Json {
        let mut shown = serde_json::to_value(&done)?;
        if let (Some(shown), Some(checked)) = (shown.as_object_mut(), &checked) {
            shown.insert("audit".to_owned(), serde_json::to_value(checked)?);
        }
        line(shown);
        return Ok(ExitCode::SUCCESS);
    }
    show(&done, reader.gapless());
    if let Some(checked) = checked {
        show_record(&checked);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(done: &Verified, gapless: bool) {
    let entries = if gapless {
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
    counted(&rows);
    line("the books are right");
}

fn counted(rows: &[(u64, &str)]) {
    for (count, what) in rows {
        line(format!("{count:>12}  {what}"));
    }
}

/// Holds the history against its blocks.
fn record(arguments: &Verify, reader: &dyn Reader) -> Done<Result<Checked, AuditError>> {
    let key = public_key(arguments.public_key.as_ref(), &arguments.key)?;
    let head = arguments.head.as_ref().map(|path| kept(path)).transpose()?;
    let bar = bar(reader.head()?.0, "checking the record");
    let checked = check(reader, key.as_ref(), head.as_ref(), &mut |no| bar.set_position(no.0));
    bar.finish_and_clear();
    Ok(checked)
}

/// A head as `quittance audit head` prints it, or as the API answers it.
fn kept(path: &Path) -> Done<Head> {
    let wrong = |error: &dyn std::fmt::Display| sentence(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let mut kept: serde_json::Value = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let inner = kept.get_mut("head").map(serde_json::Value::take);
    serde_json::from_value(inner.unwrap_or(kept)).map_err(|error| wrong(&error))
}

fn show_record(checked: &Checked) {
    counted(&[
        (checked.entries, "entries as they were when they were sealed"),
        (checked.blocks, "blocks, each following on the one before it"),
        (checked.signed, "of them with a signature that was verified"),
        (checked.not_sealed, "entries not sealed yet"),
    ]);
    if checked.signed == 0 && checked.blocks > 0 {
        line("signatures were not looked at; give --public-key, or the key by --key-file");
    }
    line("the record is whole");
}
