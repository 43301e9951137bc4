//! Holds what a gateway lists, or a settlement file says, against the books (domain 7.4).
//!
//! Every transaction that names one of ours is reported, as a look-up would be: settled, rejected, come
//! back. What does not agree is listed with an explanation; nothing is guessed.

use std::collections::HashSet;
use std::sync::Arc;

use engine::{Engine, Failure, IdempotencyKey, Reader, Request};
use gateway::{Decline, DeclineCode, MoneyState, Receipt, Settled, SettledKind};
use jiff::Timestamp;
use money::{Amount, Currency, Money};
use receivables::command::{AnswerSource, OrderRef};
use receivables::gateway::Gateway;
use receivables::order::{Order, OrderState};
use receivables::{Command, Document};
use serde::Deserialize;

use crate::notices::document_of;
use crate::report::Answer;

/// The most rows one reconciliation takes.
pub const ROWS_MAX: usize = 100_000;

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A stable word for it.
    pub code: &'static str,
    /// Our refund or payment, if it is known.
    pub document: Option<Document>,
    /// The reference as the gateway has it.
    pub reference: Option<String>,
    /// The gateway's id.
    pub gateway_id: String,
    /// What it amounts to at the gateway.
    pub amount: Money,
    /// What it amounts to in the books.
    pub ours: Option<Money>,
    /// Where the order stands in the books.
    pub our_state: Option<OrderState>,
    /// Where it stands at the gateway.
    pub gateway_state: &'static str,
    /// What it means and what to do, in a sentence.
    pub explanation: String,
}

/// What came of a reconciliation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Rows looked at.
    pub rows: usize,
    /// Rows that agree with the books.
    pub agreed: usize,
    /// Rows from which the books learned something.
    pub applied: usize,
    /// The others.
    pub differences: Vec<Difference>,
}

/// Why a reconciliation did not take place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// The file is wrong; nothing was done.
    #[error("line {line}: {reason}")]
    File {
        /// Which line, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// Too many rows.
    #[error("more than {ROWS_MAX} rows; choose a shorter period")]
    TooMany,
    /// The books cannot be read or written now.
    #[error("{0}")]
    Unavailable(String),
}

/// Holds `rows` against the books. With `apply` what they say is also reported; else only compared.
///
/// # Errors
///
/// [`ReconcileError`].
pub async fn reconcile(
    engine: &Engine,
    reader: &Arc<dyn Reader>,
    gateway: &Gateway,
    rows: Vec<Settled>,
    apply: bool,
    actor: &Arc<str>,
) -> Result<Reconciled, ReconcileError> {
    if rows.len() > ROWS_MAX {
        return Err(ReconcileError::TooMany);
    }
    let mut done = Reconciled { rows: rows.len(), ..Reconciled::default() };
    let mut seen = HashSet::new();
    for rows in rows.chunks(500) {
        let found = known(reader, gateway, rows).await?;
        for (row, order) in rows.iter().zip(found) {
            one(engine, gateway, row, order, apply, actor, &mut seen, &mut done).await?;
        }
    }
    Ok(done)
}

/// The orders of a chunk of rows, in their order.
async fn known(
    reader: &Arc<dyn Reader>,
    gateway: &Gateway,
    rows: &[Settled],
) -> Result<Vec<Option<Order>>, ReconcileError> {
    let prefix = gateway.reference_prefix.as_ref().map_or("", |prefix| prefix.as_str());
    let documents: Vec<Option<Document>> = rows
        .iter()
        .map(|row| document_of(row.reference.as_deref()?.strip_prefix(prefix)?))
        .collect();
    let asked: Vec<Document> = documents.iter().flatten().copied().collect();
    let (reader, no) = (Arc::clone(reader), gateway.no);
    let orders = tokio::task::spawn_blocking(move || reader.orders(&asked)).await;
    let orders = orders
        .map_err(|error| ReconcileError::Unavailable(error.to_string()))?
        .map_err(|error| ReconcileError::Unavailable(error.to_string()))?;
    Ok(documents
        .into_iter()
        .map(|document| {
            let document = document?;
            let found = orders.iter().find(|order| order.placed.document == document)?;
            (found.placed.gateway == no).then(|| found.clone())
        })
        .collect())
}

#[expect(clippy::too_many_arguments, reason = "one row with everything around it")]
async fn one(
    engine: &Engine,
    gateway: &Gateway,
    row: &Settled,
    order: Option<Order>,
    apply: bool,
    actor: &Arc<str>,
    seen: &mut HashSet<Document>,
    done: &mut Reconciled,
) -> Result<(), ReconcileError> {
    let (ours, our_state) =
        order.as_ref().map_or((None, None), |it| (Some(it.placed.amount), Some(it.state)));
    let mut differs = |code, document, explanation: String| {
        done.differences.push(Difference {
            code,
            document,
            reference: row.reference.clone(),
            gateway_id: row.receipt.gateway_id.clone(),
            amount: row.amount,
            ours,
            our_state,
            gateway_state: said(&row.state),
            explanation,
        });
    };
    let Some(order) = order else {
        differs("not_ours", None, "the gateway has it, the books do not: made by hand in the gateway's console, or by another system; record it if it concerns a customer".to_owned());
        return Ok(());
    };
    let document = order.placed.document;
    let expected = match row.kind {
        SettledKind::Refund => receivables::Kind::Refund,
        SettledKind::Charge => receivables::Kind::Payment,
    };
    if document.kind != expected {
        let what = format!("{document} is no {}, as the gateway has it", expected.name());
        differs("another_kind", Some(document), what);
        return Ok(());
    }
    if row.amount != order.placed.amount {
        let ours = order.placed.amount;
        let what =
            format!("the books have {ours}, the gateway has {}; ask the gateway", row.amount);
        differs("amount_differs", Some(document), what);
        return Ok(());
    }
    let failed = matches!(row.state, MoneyState::Failed(_));
    let id = row.receipt.gateway_id.as_str();
    let attempt = order.attempt_of(id);
    // Of what a person said to be paid the id may not be known.
    let (money, known) = order
        .executed
        .as_ref()
        .map_or((order.attempt, &order.said.id), |executed| (executed.attempt, &executed.id));
    let another = attempt.is_none() && known.is_some();
    if !failed && (another || !seen.insert(document)) {
        let what = format!(
            "the gateway has more than one transaction for {document}; if both moved money, the customer was paid twice: ask the gateway"
        );
        differs("twice", Some(document), what);
        return Ok(());
    }
    if another {
        // An earlier attempt that moved nothing.
        done.agreed += 1;
        return Ok(());
    }
    if agrees(&order, &row.state) {
        done.agreed += 1;
        return Ok(());
    }
    if !apply {
        let what =
            format!("the books say {}, the gateway says {}", order.state.name(), said(&row.state));
        differs("state_differs", Some(document), what);
        return Ok(());
    }
    let answer = Answer::state(&row.state, &row.receipt);
    let attempt = attempt.unwrap_or(money);
    let report = answer.report(OrderRef::to(document), attempt, AnswerSource::LookUp);
    let key = format!(
        "reconcile {} {document} {} {}",
        gateway.no.0,
        row.receipt.gateway_id,
        said(&row.state)
    );
    let key = IdempotencyKey::try_new(&key)
        .map_err(|error| ReconcileError::Unavailable(error.to_string()))?;
    let request =
        Request::new(Command::ReportOrder(report), key, Arc::clone(actor), "reconciliation");
    match engine.execute(request).await {
        Ok(_) => done.applied += 1,
        Err(Failure::Rejected(rejection)) => {
            let what = format!(
                "the books say {}, the gateway says {}: {rejection}",
                order.state.name(),
                said(&row.state)
            );
            differs("state_differs", Some(document), what);
        }
        Err(Failure::KeyReused { .. }) => done.agreed += 1,
        Err(failure) => return Err(ReconcileError::Unavailable(format!("{failure:?}"))),
    }
    Ok(())
}

const fn said(state: &MoneyState) -> &'static str {
    match state {
        MoneyState::Succeeded => "succeeded",
        MoneyState::Settled => "settled",
        MoneyState::Pending => "pending",
        MoneyState::Failed(_) => "failed",
    }
}

fn agrees(order: &Order, state: &MoneyState) -> bool {
    use receivables::order::Settlement;
    match (order.state, state) {
        (OrderState::Processed | OrderState::Voiding, MoneyState::Succeeded) => true,
        (OrderState::Processed, MoneyState::Settled) => order.settlement == Settlement::Settled,
        (OrderState::Processed, MoneyState::Failed(_)) => {
            order.settlement == Settlement::FailedToSettle
        }
        (OrderState::Pending, MoneyState::Pending) => true,
        (
            OrderState::Declined
            | OrderState::NeverSent
            | OrderState::FailedLate
            | OrderState::Voided,
            MoneyState::Failed(_),
        ) => true,
        _ => false,
    }
}

/// The columns a settlement file must have; `settled_on` and `code` may be there too.
const COLUMNS: [&str; 6] = ["type", "reference", "gateway_id", "amount", "currency", "status"];

/// One row of a settlement file: `type,reference,gateway_id,amount,currency,status,settled_on,code`.
#[derive(Debug, Deserialize)]
struct Row {
    r#type: String,
    reference: String,
    gateway_id: String,
    amount: String,
    currency: String,
    status: String,
    #[serde(default)]
    settled_on: String,
    #[serde(default)]
    code: String,
}

/// Reads a settlement file: CSV with a header. The whole file is checked before anything is done.
///
/// # Errors
///
/// [`ReconcileError::File`] with the line.
pub fn read_settlement_file(bytes: &[u8]) -> Result<Vec<Settled>, ReconcileError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| wrong_header(&error.to_string()))?;
    let missing = COLUMNS.into_iter().find(|name| header.iter().all(|found| found != *name));
    if let Some(name) = missing {
        return Err(wrong_header(&format!("there is no column {name:?}")));
    }
    let mut rows = Vec::new();
    for (line, row) in (2_u64..).zip(reader.deserialize::<Row>()) {
        let wrong = |reason: String| ReconcileError::File { line, reason };
        let row = row.map_err(|error| wrong(error.to_string()))?;
        rows.push(settled(row).map_err(wrong)?);
        if rows.len() > ROWS_MAX {
            return Err(ReconcileError::TooMany);
        }
    }
    Ok(rows)
}

fn wrong_header(reason: &str) -> ReconcileError {
    let reason = format!("{reason}; the header is {}", COLUMNS.join(","));
    ReconcileError::File { line: 1, reason }
}

fn settled(row: Row) -> Result<Settled, String> {
    let kind = match row.r#type.as_str() {
        "charge" | "payment" => SettledKind::Charge,
        "refund" | "credit" => SettledKind::Refund,
        other => return Err(format!("type {other:?} is neither charge nor refund")),
    };
    let currency: Currency =
        row.currency.parse().map_err(|_| format!("{:?} is no currency", row.currency))?;
    let amount: Amount = row.amount.parse().map_err(|error| format!("{error}"))?;
    let amount = amount.to_money(currency).map_err(|error| error.to_string())?;
    let code = if row.code.is_empty() { "rejected".to_owned() } else { row.code };
    let state = match row.status.as_str() {
        "settled" => MoneyState::Settled,
        "succeeded" => MoneyState::Succeeded,
        "pending" => MoneyState::Pending,
        "failed" | "rejected" | "returned" | "charged_back" => MoneyState::Failed(Decline {
            reason: DeclineCode::Other,
            code: code.clone(),
            message: format!("the settlement file says {}", row.status),
        }),
        other => return Err(format!("status {other:?} is not known")),
    };
    let at = if row.settled_on.is_empty() {
        Timestamp::UNIX_EPOCH
    } else {
        let date: jiff::civil::Date =
            row.settled_on.parse().map_err(|_| format!("{:?} is no date", row.settled_on))?;
        date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?.timestamp()
    };
    if row.gateway_id.is_empty() {
        return Err("gateway_id is empty".to_owned());
    }
    Ok(Settled {
        kind,
        reference: (!row.reference.is_empty()).then_some(row.reference),
        receipt: Receipt {
            gateway_id: row.gateway_id,
            second_id: None,
            amount: Some(amount),
            code: None,
            message: None,
        },
        amount,
        state,
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "type,reference,gateway_id,amount,currency,status,settled_on,code\n";

    #[test]
    fn a_settlement_file_is_read() {
        let file = format!(
            "{HEAD}refund,R-00000001,re_1,10.00,USD,settled,2026-11-26,\ncharge,P-00000002,ch_1,500,JPY,failed,,R02\n"
        );
        let rows = read_settlement_file(file.as_bytes()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].state, MoneyState::Settled);
        assert_eq!(rows[0].amount.to_string(), "10.00 USD");
        assert!(matches!(&rows[1].state, MoneyState::Failed(decline) if decline.code == "R02"));
    }

    #[test]
    fn a_wrong_line_is_named_and_nothing_is_read() {
        for (line, code) in [
            ("refund,R-00000001,re_1,10.001,USD,settled,,", "decimals"),
            ("gift,R-00000001,re_1,10.00,USD,settled,,", "gift"),
            ("refund,R-00000001,re_1,10.00,XXQ,settled,,", "currency"),
            ("refund,R-00000001,re_1,10.00,USD,perhaps,,", "perhaps"),
            ("refund,R-00000001,,10.00,USD,settled,,", "gateway_id"),
            ("refund,R-00000001,re_1,10.00,USD,settled,soon,", "soon"),
        ] {
            let file = format!("{HEAD}refund,R-1,re_0,1.00,USD,settled,,\n{line}\n");
            let error = read_settlement_file(file.as_bytes()).unwrap_err();
            let said = error.to_string();
            assert!(said.starts_with("line 3") && said.contains(code), "{said}");
        }
        assert!(read_settlement_file(HEAD.as_bytes()).unwrap().is_empty());
        for wrong in ["", "id,amount\n"] {
            let said = read_settlement_file(wrong.as_bytes()).unwrap_err().to_string();
            assert!(said.starts_with("line 1: there is no column"), "{said}");
        }
    }
}
