//! One file per document type.

use std::collections::BTreeMap;
use std::path::Path;

use engine::Reader;
use receivables::credit_balance::{Direction, Source};
use receivables::fact::Fact;
use receivables::gateway::GatewayNo;
use receivables::payment_method::Expiry;
use receivables::refund::RefundSource;
use receivables::{Entry, Settings};
use serde_json::{Value, json};

use super::each_entry;
use super::files::Writer;
use crate::figures::ReportError;

/// How documents are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

/// Writes every document type into `directory`; answers how many rows each file got.
///
/// # Errors
///
/// [`ReportError`] if it cannot be read or written.
pub fn documents(
    reader: &dyn Reader,
    directory: &Path,
    format: Format,
    progress: &mut dyn FnMut(u64),
) -> Result<BTreeMap<&'static str, u64>, ReportError> {
    let mut writer = Writer::create(directory, format)?;
    let settings = reader.settings()?;
    each_entry(reader, progress, |entry| {
        for fact in &entry.facts {
            write_fact(&mut writer, entry, fact, &settings)?;
        }
        write_journal(&mut writer, entry, &settings)
    })?;
    writer.finish()
}

fn text<T: ToString>(value: Option<&T>) -> Value {
    value.map_or(Value::Null, |value| Value::String(value.to_string()))
}

fn write_fact(
    writer: &mut Writer,
    entry: &Entry,
    fact: &Fact,
    settings: &Settings,
) -> Result<(), ReportError> {
    let (no, at) = (entry.head.no.to_string(), entry.head.at.to_string());
    let account = entry.head.account.to_string();
    match fact {
        Fact::AccountOpened(opened) => writer.row(
            "account",
            json!({"number": opened.no.to_string(), "external_id": text(opened.external_id.as_ref()),
                "name": opened.name, "currency": opened.currency, "entry": no, "at": at}),
        ),
        Fact::AccountChanged(changed) => writer.row(
            "account_change",
            json!({"number": changed.no.to_string(), "name": text(changed.name.as_ref()),
                "status": changed.status, "automatic_transfer": changed.automatic_transfer,
                "automatic_application": changed.automatic_application,
                "gateway": changed.gateway.and_then(|no| gateway_name(settings, no)),
                "default_payment_method": text(changed.default_method.as_ref()),
                "entry": no, "at": at}),
        ),
        Fact::SettingsChanged(changed) => writer.row(
            "setting_change",
            json!({"settings": serde_json::to_string(changed)?, "entry": no, "at": at}),
        ),
        Fact::InvoiceDrafted(_) => write_invoice(writer, entry, fact, settings),
        Fact::InvoiceStatusChanged(changed) => writer.row(
            "invoice_status",
            json!({"invoice": changed.invoice.to_string(), "status": changed.status.name(),
                "entry": no, "at": at}),
        ),
        Fact::InvoiceItemAdjusted(adjusted) => writer.row(
            "invoice_item_adjustment",
            json!({"number": adjusted.no.to_string(), "account": account,
                "invoice": adjusted.invoice.to_string(), "item": adjusted.item.to_string(),
                "type": adjusted.kind, "currency": adjusted.amount.currency(),
                "amount": adjusted.amount.to_decimal(), "date": adjusted.date,
                "reason_code": adjusted.reason_code, "comment": text(adjusted.comment.as_ref()),
                "reference": text(adjusted.reference.as_ref()),
                "cause": text(adjusted.cause.as_ref()), "entry": no, "at": at}),
        ),
        Fact::PaymentRecorded(payment) => {
            writer.row(
                "payment",
                json!({"number": payment.no.to_string(), "account": account,
                    "method_type": payment.method_type, "date": payment.date,
                    "currency": payment.amount.currency(), "amount": payment.amount.to_decimal(),
                    "credit_balance_amount": payment.credit_balance_amount.to_decimal(),
                    "credit_balance_adjustment": text(payment.credit_balance_adjustment.as_ref()),
                    "reference": text(payment.reference.as_ref()),
                    "comment": text(payment.comment.as_ref()),
                    "payment_method": text(payment.method.as_ref()), "entry": no, "at": at}),
            )?;
            for part in &payment.applications {
                writer.row(
                    "payment_application",
                    json!({"payment": payment.no.to_string(), "invoice": part.invoice.to_string(),
                        "currency": part.amount.currency(), "amount": part.amount.to_decimal()}),
                )?;
            }
            Ok(())
        }
        Fact::CreditBalanceAdjusted(_) | Fact::Refunded(_) => write_credit(writer, entry, fact),
        Fact::Canceled(canceled) => writer.row(
            "cancellation",
            json!({"number": canceled.document.to_string(), "type": canceled.document.kind.name(),
                "date": canceled.date, "reason_code": text(canceled.reason_code.as_ref()),
                "comment": text(canceled.comment.as_ref()), "entry": no, "at": at}),
        ),
        Fact::EnteredLate(late) => writer.row(
            "late_entry",
            json!({"number": late.document.to_string(), "type": late.document.kind.name(),
                "belongs_to": late.belongs_to, "period": late.period.as_str(), "date": late.date,
                "entry": no, "at": at}),
        ),
        Fact::PaymentMethodAdded(_) | Fact::PaymentMethodChanged(_) => {
            write_method(writer, entry, fact, settings)
        }
        Fact::OrderPlaced(_) | Fact::OrderMoved(_) => write_order(writer, entry, fact, settings),
        Fact::Labeled(labeled) => writer.row(
            "label_change",
            json!({"document": labeled.document.to_string(),
                "type": labeled.document.kind.name(),
                "custom_fields": serde_json::to_string(&labeled.custom_fields)?,
                "metadata": serde_json::to_string(&labeled.metadata)?, "entry": no, "at": at}),
        ),
        Fact::PersonalDataNoted(noted) => writer.row(
            "personal_data_change",
            json!({"account": noted.account.to_string(), "step": noted.step, "entry": no,
                "at": at}),
        ),
    }
}

fn gateway_name(settings: &Settings, no: GatewayNo) -> Option<String> {
    settings.gateway(no).map(|gateway| gateway.name.to_string())
}

fn expiry_text(expiry: Option<Expiry>) -> Option<String> {
    expiry.map(|expiry| format!("{:04}-{:02}", expiry.year, expiry.month))
}

fn write_method(
    writer: &mut Writer,
    entry: &Entry,
    fact: &Fact,
    settings: &Settings,
) -> Result<(), ReportError> {
    let (no, at) = (entry.head.no.to_string(), entry.head.at.to_string());
    match fact {
        Fact::PaymentMethodAdded(method) => writer.row(
            "payment_method",
            json!({"number": method.no.to_string(), "account": method.account.to_string(),
                "method_type": method.method_type,
                "gateway": method.gateway.and_then(|no| gateway_name(settings, no)),
                "token": text(method.token.as_ref()), "customer": text(method.customer.as_ref()),
                "brand": text(method.brand.as_ref()),
                "last_four": text(method.last_four.as_ref()),
                "expiry": expiry_text(method.expiry), "entry": no, "at": at}),
        ),
        Fact::PaymentMethodChanged(changed) => writer.row(
            "payment_method_change",
            json!({"number": changed.no.to_string(), "status": changed.status,
                "expiry": expiry_text(changed.expiry), "entry": no, "at": at}),
        ),
        _ => Ok(()),
    }
}

/// One row per fact in the life of an order; the first has what was asked for.
fn write_order(
    writer: &mut Writer,
    entry: &Entry,
    fact: &Fact,
    settings: &Settings,
) -> Result<(), ReportError> {
    let (no, at) = (entry.head.no.to_string(), entry.head.at.to_string());
    let account = entry.head.account.to_string();
    match fact {
        Fact::OrderPlaced(placed) => writer.row(
            "gateway_order",
            json!({"document": placed.document.to_string(), "account": account, "attempt": 1,
                "step": "placed", "state": placed.state().name(), "ability": placed.ability,
                "gateway": gateway_name(settings, placed.gateway),
                "payment_method": placed.method.to_string(),
                "currency": placed.amount.currency(), "amount": placed.amount.to_decimal(),
                "due": at, "gateway_id": null, "second_id": null, "code": null, "message": null,
                "landed": null, "adjustment": null, "entry": no, "at": at}),
        ),
        Fact::OrderMoved(moved) => {
            let landed = moved.landed.as_ref().map(|landed| {
                let parts = landed.parts.iter();
                let parts =
                    parts.map(|part| format!("{}={}", part.invoice, part.amount.to_decimal()));
                parts.collect::<Vec<_>>().join(" ")
            });
            let adjustment = moved.landed.as_ref().and_then(|landed| landed.adjustment);
            writer.row(
                "gateway_order",
                json!({"document": moved.document.to_string(), "account": account,
                    "attempt": moved.attempt, "step": serde_json::to_string(&moved.step)?,
                    "state": moved.state.name(), "ability": moved.ability, "gateway": null,
                    "payment_method": null, "currency": null, "amount": null,
                    "due": text(moved.due.as_ref()), "gateway_id": text(moved.said.id.as_ref()),
                    "second_id": text(moved.said.second_id.as_ref()),
                    "code": text(moved.said.code.as_ref()),
                    "message": text(moved.said.message.as_ref()), "landed": landed,
                    "adjustment": text(adjustment.as_ref()), "entry": no, "at": at}),
            )
        }
        _ => Ok(()),
    }
}

fn write_invoice(
    writer: &mut Writer,
    entry: &Entry,
    fact: &Fact,
    settings: &Settings,
) -> Result<(), ReportError> {
    let Fact::InvoiceDrafted(drafted) = fact else { return Ok(()) };
    writer.row(
        "invoice",
        json!({"number": drafted.no.to_string(), "external_id": text(drafted.external_id.as_ref()),
            "account": drafted.account.to_string(), "invoice_date": drafted.invoice_date,
            "due_date": drafted.due_date, "currency": drafted.amount.currency(),
            "amount": drafted.amount.to_decimal(), "entry": entry.head.no.to_string(),
            "at": entry.head.at.to_string()}),
    )?;
    for item in &drafted.items {
        let code = settings.chart.entry(item.ledger_account);
        writer.row(
            "invoice_item",
            json!({"number": item.no.to_string(), "invoice": drafted.no.to_string(),
                "type": item.kind, "currency": item.amount.currency(),
                "amount": item.amount.to_decimal(),
                "accounting_code": code.map(|entry| entry.code.to_string()),
                "tax_on": text(item.tax_on.as_ref()), "sku": text(item.sku.as_ref()),
                "description": text(item.description.as_ref()),
                "quantity": text(item.quantity.as_ref()),
                "unit_price": text(item.unit_price.as_ref())}),
        )?;
    }
    Ok(())
}

fn write_credit(writer: &mut Writer, entry: &Entry, fact: &Fact) -> Result<(), ReportError> {
    let (no, at) = (entry.head.no.to_string(), entry.head.at.to_string());
    let account = entry.head.account.to_string();
    match fact {
        Fact::CreditBalanceAdjusted(adjusted) => {
            let (source_type, source) = match adjusted.source {
                Source::Invoice(no) => ("invoice", no.to_string()),
                Source::Payment(no) => ("payment", no.to_string()),
                Source::Refund(no) => ("refund", no.to_string()),
            };
            let kind = match adjusted.direction {
                Direction::Increase => "increase",
                Direction::Decrease => "decrease",
            };
            writer.row(
                "credit_balance_adjustment",
                json!({"number": adjusted.no.to_string(), "account": account, "type": kind,
                    "source_type": source_type, "source": source,
                    "currency": adjusted.amount.currency(),
                    "amount": adjusted.amount.to_decimal(), "date": adjusted.date,
                    "reason_code": adjusted.reason_code,
                    "comment": text(adjusted.comment.as_ref()),
                    "reference": text(adjusted.reference.as_ref()),
                    "cause": text(adjusted.cause.as_ref()), "entry": no, "at": at}),
            )
        }
        Fact::Refunded(refund) => {
            let (source_type, source, parts) = match &refund.source {
                RefundSource::CreditBalance(no) => {
                    ("credit_balance", text(no.as_ref()), String::new())
                }
                RefundSource::Payment { payment, parts } => {
                    let parts = parts
                        .iter()
                        .map(|part| format!("{}={}", part.invoice, part.amount.to_decimal()));
                    (
                        "payment",
                        Value::String(payment.to_string()),
                        parts.collect::<Vec<_>>().join(" "),
                    )
                }
            };
            writer.row(
                "refund",
                json!({"number": refund.no.to_string(), "account": account,
                    "source_type": source_type, "source": source,
                    "method_type": refund.method_type, "date": refund.date,
                    "currency": refund.amount.currency(), "amount": refund.amount.to_decimal(),
                    "parts": parts, "reason_code": refund.reason_code,
                    "reference": text(refund.reference.as_ref()),
                    "comment": text(refund.comment.as_ref()),
                    "payment_method": text(refund.method.as_ref()), "entry": no, "at": at}),
            )
        }
        _ => Ok(()),
    }
}

fn write_journal(
    writer: &mut Writer,
    entry: &Entry,
    settings: &Settings,
) -> Result<(), ReportError> {
    let head = &entry.head;
    for posting in &entry.postings {
        for (account, debit) in [(posting.debit, true), (posting.credit, false)] {
            let code = settings.chart.entry(account);
            let amount = Value::String(posting.amount.to_decimal());
            let (debit, credit) = if debit { (amount, Value::Null) } else { (Value::Null, amount) };
            writer.row(
                "journal_line",
                json!({"entry": head.no.to_string(), "date": posting.date,
                    "accounting_code": code.map(|entry| entry.code.to_string()),
                    "role": code.map(|entry| entry.role.name()), "debit": debit, "credit": credit,
                    "currency": posting.amount.currency(),
                    "document": posting.document.to_string(),
                    "invoice": text(posting.invoice.map(|side| side.invoice).as_ref()),
                    "account": head.account.to_string(), "command": head.command,
                    "actor": head.actor, "door": head.door, "at": head.at.to_string()}),
            )?;
        }
    }
    Ok(())
}
