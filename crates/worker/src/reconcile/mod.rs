//! Holds what a gateway lists, or a settlement file says, against the books (domain 7.4).
//!
//! Every transaction that names one of ours is reported, as a look-up would be: settled, rejected, come
//! back. What does not agree is listed with an explanation; nothing is guessed.

mod file;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine::{Actor, Engine, Failure, IdempotencyKey, ReadError, Reader, Request};
use gateway::{MoneyState, Settled, SettledKind, Window};
use money::{Currency, Money};
use receivables::command::{AnswerSource, OrderRef};
use receivables::gateway::Gateway;
use receivables::order::{Order, OrderState};
use receivables::{Command, Document};

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
    /// What the rows come to, in the order in which their kinds and currencies first stand there.
    pub totals: Vec<Total>,
}

/// What the rows of one kind and currency come to. A sum is none if it is too large to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Charges or refunds.
    pub kind: SettledKind,
    /// Their currency.
    pub currency: Currency,
    /// All of them.
    pub rows: Sum,
    /// Those from which the books learned something, or would, if they are only compared.
    pub news: Sum,
}

/// How many, and what they come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: usize,
    /// What they come to.
    pub amount: Option<Money>,
}

impl Sum {
    fn add(&mut self, amount: Money) {
        self.count += 1;
        self.amount = self.amount.and_then(|sum| sum.try_add(amount).ok());
    }
}

impl Reconciled {
    /// The total a row belongs to.
    fn total(&mut self, row: &Settled) -> Option<&mut Total> {
        let (kind, currency) = (row.kind, row.amount.currency());
        let same = |total: &Total| total.kind == kind && total.currency == currency;
        let place = self.totals.iter().position(same).unwrap_or_else(|| {
            let nothing = Sum { count: 0, amount: Some(Money::zero(currency)) };
            self.totals.push(Total { kind, currency, rows: nothing, news: nothing });
            self.totals.len() - 1
        });
        self.totals.get_mut(place)
    }
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
        let orders = known(reader, gateway, rows).await?;
        named.extend(orders.iter().flatten().map(|order| order.placed.document));
        let (mut news, mut differences) = (Vec::new(), Vec::new());
        for (place, (row, order)) in rows.iter().zip(&orders).enumerate() {
            if let Some(total) = done.total(row) {
                total.rows.add(row.amount);
            }
            match judge(row, order.as_ref(), &mut moved) {
                Verdict::Agrees => done.agreed += 1,
                Verdict::Differs(code, what) => {
                    differences.push((place, difference(row, order.as_ref(), code, what)));
                }
                Verdict::Tells(order, attempt) => news.push(News { place, row, order, attempt }),
            }
        }
        if apply {
            let refused = tell(engine, gateway, &news, actor).await?;
            news.retain(|news| refused.iter().all(|(place, _)| *place != news.place));
            done.applied += news.len();
            differences.extend(refused);
        } else {
            differences.extend(news.iter().map(|news| (news.place, news.differs(""))));
        }
        for news in &news {
            if let Some(total) = done.total(news.row) {
                total.news.add(news.row.amount);
            }
        }
        differences.sort_by_key(|(place, _)| *place);
        done.differences.extend(differences.into_iter().map(|(_, difference)| difference));
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

/// What a row tells of an attempt.
struct News<'a> {
    /// Where in its chunk it stands.
    place: usize,
    row: &'a Settled,
    order: &'a Order,
    attempt: u16,
}

impl News<'_> {
    fn differs(&self, why: &str) -> Difference {
        let (ours, theirs) = (self.order.state.name(), said(&self.row.state));
        let what = format!("the books say {ours}, the gateway says {theirs}{why}");
        difference(self.row, Some(self.order), "state_differs", what)
    }

    /// The report of it, as a look-up would make it; the same one has the same key.
    fn request(&self, gateway: &Gateway, actor: &Arc<str>) -> Result<Request, ReconcileError> {
        let (document, row) = (self.order.placed.document, self.row);
        let answer = Answer::state(&row.state, &row.receipt);
        let report = answer.report(OrderRef::to(document), self.attempt, AnswerSource::LookUp);
        let (id, state) = (&row.receipt.gateway_id, said(&row.state));
        let key = format!("reconcile {} {document} {id} {state}", gateway.no.0);
        let key = IdempotencyKey::try_new(&key).map_err(unavailable)?;
        let command = Command::ReportOrder(report);
        Ok(Request::new(command, key, Actor::program(Arc::clone(actor)), "reconciliation"))
    }
}

fn unavailable(error: impl std::fmt::Display) -> ReconcileError {
    ReconcileError::Unavailable(error.to_string())
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
        let last = orders.last().map(|last| (last.on_record_since(), last.placed.document));
        let Some((Some(at), document)) = last else { return Ok(()) };
        after = Some((at, document));
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
    done.map_err(unavailable)?.map_err(unavailable)
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
    let ours = orders.into_iter().filter(|order| order.placed.gateway == no);
    let ours: HashMap<Document, Order> = ours.map(|order| (order.placed.document, order)).collect();
    Ok(documents.into_iter().map(|document| ours.get(&document?).cloned()).collect())
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

/// Reports all news of a chunk at once; what the books refuse is answered, each with its place.
async fn tell(
    engine: &Engine,
    gateway: &Gateway,
    news: &[News<'_>],
    actor: &Arc<str>,
) -> Result<Vec<(usize, Difference)>, ReconcileError> {
    let requests = news.iter().map(|news| news.request(gateway, actor));
    let answers = engine.execute_all(requests.collect::<Result<_, _>>()?).await;
    let answers = answers.map_err(|failure| unavailable(format!("{failure:?}")))?;
    let mut refused = Vec::new();
    for (news, answer) in news.iter().zip(answers) {
        match answer {
            // With a key that was used before it was told before.
            Ok(_) | Err(Failure::KeyReused { .. }) => {}
            Err(Failure::Rejected(why)) => {
                refused.push((news.place, news.differs(&format!(": {why}"))));
            }
            Err(failure) => return Err(unavailable(format!("{failure:?}"))),
        }
    }
    Ok(refused)
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
            | OrderState::Voided
            | OrderState::Rejected
            | OrderState::Withdrawn
            | OrderState::Lapsed,
            MoneyState::Failed(_),
        ) => true,
        _ => false,
    }
}
