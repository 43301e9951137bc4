//! The journal as an hledger file: one transaction per effective date of a journal entry.

use std::collections::BTreeMap;
use std::io::Write;

use engine::Reader;
use jiff::civil::Date;
use receivables::Settings;
use receivables::journal::{LedgerAccount, Posting, Role};

use super::each_entry;
use crate::figures::ReportError;

/// Name of a ledger account in hledger: its type, then its accounting code.
fn name(settings: &Settings, account: LedgerAccount) -> String {
    let Some(entry) = settings.chart.entry(account) else { return "unknown".to_owned() };
    let kind = match entry.role {
        Role::AccountsReceivable | Role::Bank => "assets",
        Role::CustomerCashOnAccount | Role::Tax => "liabilities",
        Role::Revenue => "revenues",
    };
    // Two spaces end an account name, a semicolon begins a comment, a colon goes one level down.
    let code: String = entry
        .code
        .as_str()
        .chars()
        .map(|c| if matches!(c, ';' | ':' | '\n' | '\t' | '(' | ')' | '[' | ']') { '-' } else { c })
        .collect();
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{kind}:{code}")
}

/// Writes the journal; `hledger -f FILE check` accepts it, and its balance report is the trial balance.
///
/// # Errors
///
/// [`ReportError`] if it cannot be read or written.
pub fn hledger(
    reader: &dyn Reader,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> Result<(), ReportError> {
    let settings = reader.settings()?;
    let names: BTreeMap<LedgerAccount, String> = settings
        .chart
        .accounts()
        .iter()
        .map(|entry| (entry.account, name(&settings, entry.account)))
        .collect();
    writeln!(out, "; Journal of Quittance, one transaction per journal entry and date.")?;
    writeln!(out, "decimal-mark .")?;
    let mut declared: Vec<&String> = names.values().collect();
    declared.sort();
    declared.dedup();
    for name in declared {
        writeln!(out, "account {name}")?;
    }
    let of = |account: LedgerAccount| names.get(&account).map_or("unknown", String::as_str);
    each_entry(reader, progress, |entry| {
        let mut days: BTreeMap<Date, Vec<&Posting>> = BTreeMap::new();
        for posting in &entry.postings {
            days.entry(posting.date).or_default().push(posting);
        }
        for (date, postings) in days {
            let head = &entry.head;
            let what = head.command.replace('_', " ");
            writeln!(out, "\n{date} ({}) {what} ; account: {}", head.no, head.account)?;
            for posting in postings {
                let amount = posting.amount.to_decimal();
                let currency = posting.amount.currency();
                let document = posting.document;
                writeln!(out, "    {}  {amount} {currency} ; {document}", of(posting.debit))?;
                writeln!(out, "    {}  -{amount} {currency} ; {document}", of(posting.credit))?;
            }
        }
        Ok(())
    })?;
    out.flush()?;
    Ok(())
}
