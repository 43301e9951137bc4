//! Holds what a gateway lists, or a settlement file says, against the books (domain 7.4).
//!
//! Every transaction that names one of ours is reported, as a look-up would be: settled, rejected, come
//! back. What does not agree is listed with an explanation; nothing is guessed.

mod file;

use std::collections::HashSet;
use std::sync::Arc;

use engine::{Engine, Failure, IdempotencyKey, ReadError, Reader, Request};
use gateway::{MoneyState, Settled, SettledKind, Window};
use money::Money;
use receivables::command::{AnswerSource, OrderRef};
use receivables::gateway::Gateway;
use receivables::order::{Order, OrderState};
use receivables::{Command, Document, Rejection};

use crate::notices::document_of;
use crate::report::Answer;

pub use file::read_settlement_file;

/// The most rows one reconciliation takes.
pub const ROWS_MAX: usize = 100_000;

/// How many are read at a time.
const CHUNK: usize = 500;

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A stable word for it.
    pub code: &'static str,
    /// Our refund or payment, if it is known.
    pub document: Option<Document>,
    /// The reference as the gateway has it.
    pub reference: Option<String>,
    /// The gateway's id, if it is known.
    pub gateway_id: Option<String>,
    /// What it amounts to at the gateway, if it is there.
    pub amount: Option<Money>,
    /// What it amounts to in the books.
    pub ours: Option<Money>,
    /// Where the order stands in the books.
    pub our_state: Option<OrderState>,
    /// Where it stands at the gateway, if it is there.
    pub gateway_state: Option<&'static str>,
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

/// What a gateway says it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// One row for each transaction.
    pub rows: Vec<Settled>,
    /// The span of time that they are all of, if they are.
    pub span: Option<Window>,
}

/// Holds a listing against the books. With `apply` what it says is also reported; else only compared. If
/// it is all of a span, what the books have in that and the listing has not is named, too.
///
/// # Errors
///
/// [`ReconcileError`].
pub async fn reconcile(
    engine: &Engine,
    reader: &Arc<dyn Reader>,
    gateway: &Gateway,
    listing: Listing,
    apply: bool,
    actor: &Arc<str>,
) -> Result<Reconciled, ReconcileError> {
    let Listing { rows, span } = listing;
    if rows.len() > ROWS_MAX {
        return Err(ReconcileError::TooMany);
    }
    let mut done = Reconciled { rows: rows.len(), ..Reconciled::default() };
    let (mut moved, mut named) = (HashSet::new(), HashSet::new());
    for rows in rows.chunks(CHUNK) {
        let found = known(reader, gateway, rows).await?;
        for (row, order) in rows.iter().zip(found) {
            named.extend(order.as_ref().map(|order| order.placed.document));
            match judge(row, order.as_ref(), &mut moved) {
                Verdict::Agrees => done.agreed += 1,
                Verdict::Differs(code, what) => {
                    done.differences.push(difference(row, order.as_ref(), code, what));
                }
                Verdict::Tells(order, attempt) if apply => {
                    match tell(engine, gateway, row, order, attempt, actor).await? {
                        Told::Applied => done.applied += 1,
                        Told::Known => done.agreed += 1,
                        Told::Refused(why) => {
                            let what = format!("{}: {why}", states(order, row));
                            let found = difference(row, Some(order), "state_differs", what);
                            done.differences.push(found);
                        }
                    }
                }
                Verdict::Tells(order, _) => {
                    let found = difference(row, Some(order), "state_differs", states(order, row));
                    done.differences.push(found);
                }
            }
        }
    }
    if let Some(span) = span {
        missing(reader, gateway, span, &named, &mut done).await?;
    }
    Ok(done)
}

/// What a row of a listing means to the books.
enum Verdict<'a> {
    /// Nothing new.
    Agrees,
    /// They disagree: the kind of difference, and a sentence.
    Differs(&'static str, String),
    /// It has news of this attempt of the order.
    Tells(&'a Order, u16),
}

fn states(order: &Order, row: &Settled) -> String {
    format!("the books say {}, the gateway says {}", order.state.name(), said(&row.state))
}

fn difference(
    row: &Settled,
    order: Option<&Order>,
    code: &'static str,
    explanation: String,
) -> Difference {
    Difference {
        code,
        document: order.map(|order| order.placed.document),
        reference: row.reference.clone(),
        gateway_id: Some(row.receipt.gateway_id.clone()),
        amount: Some(row.amount),
        ours: order.map(|order| order.placed.amount),
        our_state: order.map(|order| order.state),
        gateway_state: Some(said(&row.state)),
        explanation,
    }
}

/// Lists what the books say the gateway did in a span, and the rows do not name.
async fn missing(
    reader: &Arc<dyn Reader>,
    gateway: &Gateway,
    span: Window,
    named: &HashSet<Document>,
    done: &mut Reconciled,
) -> Result<(), ReconcileError> {
    let mut after = None;
    loop {
        let (reader, no, span) = (Arc::clone(reader), gateway.no, (span.from, span.to));
        let read = move || reader.orders_on_record(no, span, after, CHUNK);
        let orders = read_aside(read).await?;
        let Some(last) = orders.last() else { return Ok(()) };
        after = last.on_record_since().map(|at| (at, last.placed.document));
        let unnamed = orders.iter().filter(|order| !named.contains(&order.placed.document));
        done.differences.extend(unnamed.map(not_at_gateway));
        if done.differences.len() > ROWS_MAX {
            return Err(ReconcileError::TooMany);
        }
    }
}

fn not_at_gateway(order: &Order) -> Difference {
    let executed = order.executed.as_ref().map_or(&order.said.id, |executed| &executed.id);
    let sent = order.on_record_since().unwrap_or(order.placed_at);
    Difference {
        code: "not_at_gateway",
        document: Some(order.placed.document),
        reference: None,
        gateway_id: executed.as_ref().map(|id| id.as_str().to_owned()),
        amount: None,
        ours: Some(order.placed.amount),
        our_state: Some(order.state),
        gateway_state: None,
        explanation: format!(
            "the books say it was sent at {sent} and is {}, the gateway does not list it; it may list it a day later or earlier, else ask the gateway",
            order.state.name()
        ),
    }
}

/// Reads, where reading holds nobody up.
async fn read_aside<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ReadError> + Send + 'static,
) -> Result<T, ReconcileError> {
    let done = tokio::task::spawn_blocking(read).await;
    done.map_err(|error| ReconcileError::Unavailable(error.to_string()))?
        .map_err(|error| ReconcileError::Unavailable(error.to_string()))
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
    let orders = read_aside(move || reader.orders(&asked)).await?;
    Ok(documents
        .into_iter()
        .map(|document| {
            let document = document?;
            let found = orders.iter().find(|order| order.placed.document == document)?;
            (found.placed.gateway == no).then(|| found.clone())
        })
        .collect())
}

/// Holds a row against the order it names; `moved` collects those whose money moved.
fn judge<'a>(
    row: &Settled,
    order: Option<&'a Order>,
    moved: &mut HashSet<Document>,
) -> Verdict<'a> {
    let Some(order) = order else {
        let what = "the gateway has it, the books do not: made by hand in the gateway's console, or by another system; record it if it concerns a customer";
        return Verdict::Differs("not_ours", what.to_owned());
    };
    let document = order.placed.document;
    let expected = match row.kind {
        SettledKind::Refund => receivables::Kind::Refund,
        SettledKind::Charge => receivables::Kind::Payment,
    };
    if document.kind != expected {
        let what = format!("{document} is no {}, as the gateway has it", expected.name());
        return Verdict::Differs("another_kind", what);
    }
    if row.amount != order.placed.amount {
        let (ours, theirs) = (order.placed.amount, row.amount);
        let what = format!("the books have {ours}, the gateway has {theirs}; ask the gateway");
        return Verdict::Differs("amount_differs", what);
    }
    let failed = matches!(row.state, MoneyState::Failed(_));
    let attempt = order.attempt_of(&row.receipt.gateway_id);
    // Of what a person said to be paid the id may not be known.
    let (money, known) = order
        .executed
        .as_ref()
        .map_or((order.attempt, &order.said.id), |executed| (executed.attempt, &executed.id));
    let another = attempt.is_none() && known.is_some();
    if !failed && (another || !moved.insert(document)) {
        let what = format!(
            "the gateway has more than one transaction for {document}; if both moved money, the customer was paid twice: ask the gateway"
        );
        return Verdict::Differs("twice", what);
    }
    // Another one that failed is an earlier attempt that moved nothing.
    if another || agrees(order, &row.state) {
        return Verdict::Agrees;
    }
    Verdict::Tells(order, attempt.unwrap_or(money))
}

/// What became of a report.
enum Told {
    Applied,
    /// This was reported before.
    Known,
    Refused(Rejection),
}

/// Reports what a row says of an attempt, as a look-up would.
async fn tell(
    engine: &Engine,
    gateway: &Gateway,
    row: &Settled,
    order: &Order,
    attempt: u16,
    actor: &Arc<str>,
) -> Result<Told, ReconcileError> {
    let document = order.placed.document;
    let answer = Answer::state(&row.state, &row.receipt);
    let report = answer.report(OrderRef::to(document), attempt, AnswerSource::LookUp);
    let (id, state) = (&row.receipt.gateway_id, said(&row.state));
    let key = format!("reconcile {} {document} {id} {state}", gateway.no.0);
    let key = IdempotencyKey::try_new(&key)
        .map_err(|error| ReconcileError::Unavailable(error.to_string()))?;
    let request =
        Request::new(Command::ReportOrder(report), key, Arc::clone(actor), "reconciliation");
    match engine.execute(request).await {
        Ok(_) => Ok(Told::Applied),
        Err(Failure::Rejected(rejection)) => Ok(Told::Refused(rejection)),
        Err(Failure::KeyReused { .. }) => Ok(Told::Known),
        Err(failure) => Err(ReconcileError::Unavailable(format!("{failure:?}"))),
    }
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
