//! `quittance balance`, `quittance statement`

use serde_json::Value;

use crate::cli::{Balance, Output, Statement};
use crate::client::{Client, segment};
use crate::output::{Done, line, table};

fn text(value: &Value, field: &str) -> String {
    match value.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

pub(crate) fn balance(arguments: &Balance) -> Done {
    let client = Client::open(&arguments.connection, false)?;
    let account = segment(&arguments.account);
    let query = arguments.as_of.map_or_else(String::new, |date| format!("?as_of={date}"));
    let figures = client.get(&format!("/api/v1/accounts/{account}/balance{query}"))?;
    let explained = if arguments.explain {
        let path = format!("/api/v1/accounts/{account}/credit-balance/explain{query}");
        Some(client.get(&path)?)
    } else {
        None
    };
    if arguments.connection.output == Output::Json {
        let mut figures = figures;
        if let (Some(explained), Some(object)) = (explained, figures.as_object_mut()) {
            object.insert("credit_balance_explained".to_owned(), explained);
        }
        line(serde_json::to_string_pretty(&figures)?);
        return Ok(());
    }
    let currency = text(&figures, "currency");
    let when = match figures.get("as_of").and_then(Value::as_str) {
        Some(date) => format!(" at the end of {date}"),
        None => String::new(),
    };
    line(format!("{}{when}, in {currency}", text(&figures, "account")));
    let rows: Vec<Vec<String>> = [
        ("credit balance", "credit_balance"),
        ("total invoice balance", "total_invoice_balance"),
        ("account balance", "account_balance"),
    ]
    .map(|(name, field)| vec![name.to_owned(), text(&figures, field)])
    .into();
    table(&["", ""], &[1], &rows);
    if let Some(explained) = explained {
        explanation(&explained);
    }
    Ok(())
}

fn explanation(explained: &Value) {
    let empty = Vec::new();
    let lines = explained.get("lines").and_then(Value::as_array).unwrap_or(&empty);
    let mut rows = vec![vec![
        String::new(),
        "carried forward".to_owned(),
        String::new(),
        String::new(),
        text(explained, "carried_forward"),
    ]];
    rows.extend(lines.iter().map(|row| {
        ["date", "document", "entry", "change", "running"].map(|field| text(row, field)).into()
    }));
    line("");
    table(&["date", "document", "entry", "change", "balance"], &[3, 4], &rows);
}

pub(crate) fn statement(arguments: &Statement) -> Done {
    let client = Client::open(&arguments.connection, false)?;
    let mut query = Vec::new();
    query.extend(arguments.from.map(|date| format!("from={date}")));
    query.extend(arguments.to.map(|date| format!("to={date}")));
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let account = segment(&arguments.account);
    let statement = client.get(&format!("/api/v1/accounts/{account}/statement{query}"))?;
    if arguments.connection.output == Output::Json {
        line(serde_json::to_string_pretty(&statement)?);
        return Ok(());
    }
    line(format!(
        "{} {}, {} to {}, in {}",
        text(&statement, "account"),
        text(&statement, "name"),
        text(&statement, "from"),
        text(&statement, "to"),
        text(&statement, "currency"),
    ));
    let edge = |name: &str, side: &str| -> Vec<String> {
        let blank = String::new;
        vec![
            blank(),
            name.to_owned(),
            blank(),
            blank(),
            blank(),
            text(&statement, &format!("{side}_invoice_balance")),
            blank(),
            text(&statement, &format!("{side}_credit_balance")),
        ]
    };
    let mut rows = vec![edge("opening balance", "opening")];
    let empty = Vec::new();
    for row in statement.get("lines").and_then(Value::as_array).unwrap_or(&empty) {
        let fields = [
            "date",
            "command",
            "document",
            "invoice",
            "invoice_change",
            "invoice_balance",
            "credit_change",
            "credit_balance",
        ];
        rows.push(fields.map(|field| text(row, field)).into());
    }
    rows.push(edge("closing balance", "closing"));
    let header =
        ["date", "what", "document", "invoice", "invoices +/-", "invoices", "credit +/-", "credit"];
    table(&header, &[4, 5, 6, 7], &rows);
    Ok(())
}
