//! The files of an export: their columns, and how a row gets into one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value};

use super::documents::Format;
use crate::figures::ReportError;

/// The files, in the order they are made, each with its columns.
const FILES: [(&str, &[&str]); 19] = [
    ("account", &["number", "external_id", "name", "currency", "entry", "at"]),
    (
        "account_change",
        &[
            "number",
            "name",
            "status",
            "automatic_transfer",
            "automatic_application",
            "gateway",
            "default_payment_method",
            "entry",
            "at",
        ],
    ),
    ("setting_change", &["settings", "entry", "at"]),
    (
        "invoice",
        &[
            "number",
            "external_id",
            "account",
            "invoice_date",
            "due_date",
            "currency",
            "amount",
            "entry",
            "at",
        ],
    ),
    (
        "invoice_item",
        &[
            "number",
            "invoice",
            "type",
            "currency",
            "amount",
            "accounting_code",
            "tax_on",
            "sku",
            "description",
            "quantity",
            "unit_price",
        ],
    ),
    ("invoice_status", &["invoice", "status", "entry", "at"]),
    (
        "invoice_item_adjustment",
        &[
            "number",
            "account",
            "invoice",
            "item",
            "type",
            "currency",
            "amount",
            "date",
            "reason_code",
            "comment",
            "reference",
            "cause",
            "entry",
            "at",
        ],
    ),
    (
        "payment",
        &[
            "number",
            "account",
            "method_type",
            "date",
            "currency",
            "amount",
            "credit_balance_amount",
            "credit_balance_adjustment",
            "reference",
            "comment",
            "payment_method",
            "entry",
            "at",
        ],
    ),
    ("payment_application", &["payment", "invoice", "currency", "amount"]),
    (
        "credit_balance_adjustment",
        &[
            "number",
            "account",
            "type",
            "source_type",
            "source",
            "currency",
            "amount",
            "date",
            "reason_code",
            "comment",
            "reference",
            "cause",
            "entry",
            "at",
        ],
    ),
    (
        "refund",
        &[
            "number",
            "account",
            "source_type",
            "source",
            "method_type",
            "date",
            "currency",
            "amount",
            "parts",
            "reason_code",
            "reference",
            "comment",
            "payment_method",
            "entry",
            "at",
        ],
    ),
    (
        "payment_method",
        &[
            "number",
            "account",
            "method_type",
            "gateway",
            "token",
            "customer",
            "brand",
            "last_four",
            "expiry",
            "entry",
            "at",
        ],
    ),
    ("payment_method_change", &["number", "status", "expiry", "entry", "at"]),
    (
        "gateway_order",
        &[
            "document",
            "account",
            "attempt",
            "step",
            "state",
            "ability",
            "gateway",
            "payment_method",
            "currency",
            "amount",
            "due",
            "gateway_id",
            "second_id",
            "code",
            "message",
            "landed",
            "adjustment",
            "entry",
            "at",
        ],
    ),
    ("late_entry", &["number", "type", "belongs_to", "period", "date", "entry", "at"]),
    ("label_change", &["document", "type", "custom_fields", "metadata", "entry", "at"]),
    ("personal_data_change", &["account", "step", "entry", "at"]),
    ("cancellation", &["number", "type", "date", "reason_code", "comment", "entry", "at"]),
    (
        "journal_line",
        &[
            "entry",
            "date",
            "accounting_code",
            "role",
            "debit",
            "credit",
            "currency",
            "document",
            "invoice",
            "account",
            "command",
            "actor",
            "door",
            "at",
        ],
    ),
];

enum Sink {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Ndjson(BufWriter<File>),
}

/// The files of one export.
pub(super) struct Writer {
    sinks: BTreeMap<&'static str, (&'static [&'static str], Sink)>,
    rows: BTreeMap<&'static str, u64>,
}

impl Writer {
    pub(super) fn create(directory: &Path, format: Format) -> Result<Self, ReportError> {
        std::fs::create_dir_all(directory)?;
        let mut sinks = BTreeMap::new();
        for (name, columns) in FILES {
            let ending = match format {
                Format::Csv => "csv",
                Format::Ndjson => "ndjson",
            };
            let path = directory.join(format!("{name}.{ending}"));
            let file = BufWriter::new(File::create(path)?);
            let sink = match format {
                Format::Csv => {
                    let mut writer = csv::Writer::from_writer(file);
                    writer.write_record(columns)?;
                    Sink::Csv(Box::new(writer))
                }
                Format::Ndjson => Sink::Ndjson(file),
            };
            sinks.insert(name, (columns, sink));
        }
        Ok(Self { sinks, rows: BTreeMap::new() })
    }

    /// Writes a row: an object whose members are exactly the columns of the file.
    pub(super) fn row(&mut self, file: &'static str, row: Value) -> Result<(), ReportError> {
        let Value::Object(row) = row else { return Ok(()) };
        let Some((columns, sink)) = self.sinks.get_mut(file) else { return Ok(()) };
        *self.rows.entry(file).or_default() += 1;
        match sink {
            Sink::Csv(writer) => {
                writer.write_record(columns.iter().map(|name| cell(&row, name)))?
            }
            Sink::Ndjson(writer) => {
                serde_json::to_writer(&mut *writer, &row)?;
                writer.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<BTreeMap<&'static str, u64>, ReportError> {
        for (_, sink) in self.sinks.values_mut() {
            match sink {
                Sink::Csv(writer) => writer.flush()?,
                Sink::Ndjson(writer) => writer.flush()?,
            }
        }
        Ok(self.rows)
    }
}

/// A spreadsheet runs a cell that begins with one of these as a formula; a quote in front stops it.
fn cell(row: &Map<String, Value>, name: &str) -> String {
    match row.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => {
            let number = text.parse::<money::Amount>().is_ok();
            if !number && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
                format!("'{text}")
            } else {
                text.clone()
            }
        }
        Some(other) => other.to_string(),
    }
}
