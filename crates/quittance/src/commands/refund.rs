//! `quittance refund`

use serde_json::{Map, Value};

use crate::cli::{Output, Refund};
use crate::client::{Client, segment};
use crate::output::{Done, line, note, sentence, table};

pub(crate) fn run(arguments: &Refund) -> Done {
    let client = Client::open(&arguments.connection, true)?;
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), Value::String(value));
        }
    };
    put("type", Some("external".to_owned()));
    put("method_type", Some(arguments.method.clone()));
    put("amount", arguments.amount.clone());
    put("reference", arguments.reference.clone());
    put("reason_code", arguments.reason.clone());
    put("comment", arguments.comment.clone());
    put("date", arguments.date.map(|date| date.to_string()));
    let account = segment(&arguments.account);
    let dry_run = if arguments.dry_run { "?dry_run=true" } else { "" };
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund{dry_run}");
    let key = match &arguments.idempotency_key {
        Some(key) => key.clone(),
        None => random_key()?,
    };
    let effect = client.post(&path, Some(&key), &Value::Object(body)).inspect_err(|_| {
        if arguments.idempotency_key.is_none() && !arguments.dry_run {
            note(format!("to repeat this command safely, add --idempotency-key {key}"));
        }
    })?;
    if arguments.connection.output == Output::Json {
        line(serde_json::to_string_pretty(&effect)?);
        return Ok(());
    }
    show(&effect, arguments.dry_run);
    Ok(())
}

pub(super) fn random_key() -> Done<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| sentence(error.to_string()))?;
    Ok(format!("cli-{:032x}", u128::from_be_bytes(random)))
}

/// Prints an effect: documents, balances before and after, journal lines.
pub(crate) fn show(effect: &Value, dry_run: bool) {
    let text = |value: &Value, field: &str| {
        value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let rows = |name: &str| effect.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    line(if dry_run { "would do (nothing was written):" } else { "done:" });
    for document in rows("documents") {
        line(format!(
            "  {} {} {} {}",
            text(&document, "document_type").replace('_', " "),
            text(&document, "number"),
            text(&document, "amount"),
            text(&document, "currency"),
        ));
    }
    let balances: Vec<Vec<String>> = rows("balances")
        .iter()
        .map(|row| ["balance", "document", "before", "after"].map(|field| text(row, field)).into())
        .collect();
    line("");
    table(&["balance", "of", "before", "after"], &[2, 3], &balances);
    let journal: Vec<Vec<String>> = rows("journal")
        .iter()
        .map(|row| {
            ["date", "accounting_code", "debit", "credit"].map(|field| text(row, field)).into()
        })
        .collect();
    line("");
    table(&["date", "accounting code", "debit", "credit"], &[2, 3], &journal);
}
