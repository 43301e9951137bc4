//! `quittance copy`

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::{CopyBooks, Output};
use crate::copy::{Copied, Source, copy};
use crate::database::Database;
use crate::interrupt::Interrupt;
use crate::output::{Done, line, sentence, table};

pub(crate) fn run(arguments: &CopyBooks) -> Done {
    let (from, to) = (&arguments.from, &arguments.to);
    if same(from, to) {
        return Err(sentence("--from and --to name the same database"));
    }
    let _interrupt = Interrupt::says("stopped; the same command again goes on from here")?;
    let source = Source::at_rest(from)?;
    let copied = copy(&source, to)?;
    match arguments.output {
        Output::Json => line(json(&copied)?),
        Output::Table => show(&copied, to),
    }
    Ok(())
}

fn same(from: &Database, to: &Database) -> bool {
    match (from, to) {
        (Database::Sqlite(from), Database::Sqlite(to)) => {
            let (from, to) = (from.canonicalize(), to.canonicalize());
            from.is_ok_and(|from| to.is_ok_and(|to| from == to))
        }
        _ => from == to,
    }
}

fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

/// Entries appended in a second.
fn rate(copied: &Copied) -> u128 {
    u128::from(copied.entries) * 1_000 / copied.appending.as_millis().max(1)
}

fn json(copied: &Copied) -> Done<Value> {
    let number = |time| seconds(time).parse::<f64>().unwrap_or_default();
    Ok(json!({
        "copied": copied.entries,
        "api_keys": copied.api_keys,
        "holds": serde_json::to_value(&copied.tally)?,
        "sums": serde_json::to_value(&copied.sums)?,
        "accounts_moved_on": copied.moved_on,
        "copying_seconds": number(copied.appending),
        "entries_per_second": rate(copied),
        "seconds": number(copied.took),
    }))
}

fn show(copied: &Copied, to: &Database) {
    let tally = &copied.tally;
    let copying = seconds(copied.appending);
    line(format!("{} entries copied in {copying} s, {} a second", copied.entries, rate(copied)));
    line(format!("{to} holds, proved to be the same as in the source:"));
    line("");
    let rows = [
        (tally.entries, "entries"),
        (tally.postings, "postings"),
        (tally.accounts, "accounts"),
        (tally.invoices, "invoices"),
        (tally.invoice_items, "invoice items"),
        (tally.payments, "payments"),
        (tally.credit_balance_adjustments, "credit balance adjustments"),
        (tally.invoice_item_adjustments, "invoice item adjustments"),
        (tally.refunds, "refunds"),
        (tally.cancellations, "cancellations"),
    ];
    for (count, what) in rows {
        line(format!("{count:>12}  {what}"));
    }
    let sums: Vec<Vec<String>> = copied
        .sums
        .iter()
        .map(|sums| {
            let of = [&sums.credit_balances, &sums.invoice_balances, &sums.posted];
            let mut row = vec![sums.currency.to_owned()];
            row.extend(of.map(Clone::clone));
            row
        })
        .collect();
    if !sums.is_empty() {
        line("");
        table(&["currency", "credit balances", "invoice balances", "posted"], &[1, 2, 3], &sums);
    }
    line("");
    if copied.moved_on > 0 {
        line(format!(
            "The source went on meanwhile: balances of {} accounts were not compared, only derived \
             again from their history. Copy again to bring what is new.",
            copied.moved_on
        ));
    }
    line(format!(
        "verified in {} s altogether; {} API keys stored",
        seconds(copied.took),
        copied.api_keys
    ));
}
