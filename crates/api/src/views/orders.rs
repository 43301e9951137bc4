//! Orders: where a refund or payment through a gateway stands, and what happened on the way.

use engine::OrderEvent;
use jiff::Timestamp;
use money::Currency;
use receivables::approval::Verdict;
use receivables::fact::Fact;
use receivables::gateway::Ability;
use receivables::order::{
    DeclineCode, GatewaySaid, Landed, Meaning, Order, OrderMoved, OrderPlaced, OrderState,
    Settlement, Step, Task,
};
use receivables::{Document, MethodNo, Settings};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::approvals::ApprovalView;
use super::effect::NextStep;
use super::{Applied, Status, applied, text};

/// The name of a gateway by its number.
pub(crate) fn gateway_name(
    settings: &Settings,
    no: receivables::gateway::GatewayNo,
) -> Option<String> {
    settings.gateway(no).map(|gateway| gateway.name.to_string())
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the wire names")]
pub(crate) enum StateName {
    /// Decided; nothing was sent yet.
    Reserved,
    /// A worker may have begun to send it.
    Sending,
    /// The gateway took it and will say later.
    Pending,
    /// Whether anything moved is not known.
    Unknown,
    /// The payment is not settled, so a part of it cannot be refunded yet.
    Waiting,
    /// The money moved.
    Processed,
    /// The gateway said no. Nothing moved.
    Declined,
    /// It never reached the gateway. Nothing moved.
    NeverSent,
    /// The money moved and came back.
    FailedLate,
    /// A processed payment whose void is under way.
    Voiding,
    /// A payment that was taken back before it was settled.
    Voided,
    /// Others have to agree before anything is sent.
    AwaitingApproval,
    /// Somebody did not agree. Nothing was sent.
    Rejected,
    /// Whoever asked took it back before all agreed. Nothing was sent.
    Withdrawn,
    /// Not all agreed in time. Nothing was sent.
    Lapsed,
    /// All agreed to an external refund: a person has to pay it, and to say so.
    ToBePaid,
    /// An external refund that was agreed to was sent back unpaid. Nothing moved.
    Returned,
}

/// What a gateway is asked to do.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the wire names")]
pub(crate) enum AbilityName {
    /// Charge a stored payment method.
    Payment,
    /// Refund an earlier payment.
    ReferencedRefund,
    /// Pay out to a stored method without an earlier payment.
    NonReferencedRefund,
    /// Void a payment that is not settled.
    Void,
}

/// What the gateway's own settlement says.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the wire names")]
pub(crate) enum SettlementName {
    /// Nothing was sent.
    NotSubmitted,
    /// The gateway has it.
    Submitted,
    /// Settled.
    Settled,
    /// It came back.
    FailedToSettle,
}

/// How a refund or payment through a gateway stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    /// Where it stands.
    #[schema(value_type = StateName)]
    pub(crate) state: OrderState,
    /// The same in four words: `processing`, `processed`, `error`, `canceled`.
    pub(crate) status: Status,
    /// The gateway; none if a person pays.
    #[schema(example = "cards")]
    pub(crate) gateway: Option<String>,
    /// The stored payment method; none if a person pays.
    #[schema(example = "PM-00000001")]
    pub(crate) payment_method: Option<String>,
    /// What the current attempt asks the gateway to do.
    #[schema(value_type = AbilityName)]
    pub(crate) asks_for: Ability,
    /// The gateway's id of the transaction.
    #[schema(example = "re_1Q2w3e")]
    pub(crate) gateway_id: Option<String>,
    /// The gateway's second id, where it has one.
    pub(crate) gateway_second_id: Option<String>,
    /// The gateway's code, as it wrote it.
    pub(crate) code: Option<String>,
    /// The gateway's words.
    pub(crate) message: Option<String>,
    /// Why it said no, in the same words for every gateway.
    #[schema(value_type = Option<String>, example = "expired_card")]
    pub(crate) reason: Option<DeclineCode>,
    /// The current attempt, from 1; each has an idempotency key of its own.
    #[schema(example = 1)]
    pub(crate) attempt: u16,
    /// When the current attempt was first sent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) sent_at: Option<Timestamp>,
    /// How often it was asked about since.
    pub(crate) tries: u16,
    /// What the gateway's settlement says.
    #[schema(value_type = SettlementName)]
    pub(crate) settlement: Settlement,
    /// True while a dispute is open.
    pub(crate) disputed: bool,
    /// True once a person said how it ended.
    pub(crate) resolved: bool,
    /// True if the gateway says otherwise than the books.
    pub(crate) contradicted: bool,
    /// True if only a person can go on.
    pub(crate) needs_a_person: bool,
    /// When it is looked at next; absent if nothing is scheduled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) due: Option<Timestamp>,
    /// The worker that is at it.
    pub(crate) worker: Option<String>,
    /// Where the money went when it moved.
    pub(crate) landed: Option<LandedView>,
    /// Where it went when it came back.
    pub(crate) returned: Option<LandedView>,
    /// What it waits for, or waited for, before it may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<ApprovalView>,
}

/// Which documents took a movement of money.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LandedView {
    /// The parts that invoices took.
    pub(crate) parts: Vec<Applied>,
    /// The credit balance adjustment for the rest.
    #[schema(example = "CBA-00000002")]
    pub(crate) credit_balance_adjustment: Option<String>,
}

impl LandedView {
    fn new(landed: &Landed) -> Self {
        Self {
            parts: applied(&landed.parts),
            credit_balance_adjustment: text(landed.adjustment.as_ref()),
        }
    }
}

impl OrderView {
    pub(crate) fn new(order: &Order, settings: &Settings) -> Self {
        let said = &order.said;
        Self {
            state: order.state,
            status: Status::of_order(order.state),
            gateway: gateway_name(settings, order.placed.gateway),
            payment_method: method_name(order.placed.method),
            asks_for: order.ability,
            gateway_id: text(said.id.as_ref()),
            gateway_second_id: text(said.second_id.as_ref()),
            code: text(said.code.as_ref()),
            message: text(said.message.as_ref()),
            reason: order.reason,
            attempt: order.attempt,
            sent_at: order.sent_at,
            tries: order.tries,
            settlement: order.settlement,
            disputed: order.disputed,
            resolved: order.resolved,
            contradicted: order.contradicted,
            needs_a_person: order.needs_a_person(),
            due: order.due,
            worker: order.lease.as_ref().map(|lease| lease.worker.to_string()),
            landed: order.landed.as_ref().map(LandedView::new),
            returned: order.returned.as_ref().map(LandedView::new),
            approval: ApprovalView::new(order),
        }
    }
}

/// A gateway is to be asked to move money.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderDocument {
    /// The refund or payment.
    #[schema(example = "R-00000001")]
    pub(crate) number: String,
    /// Where it stands: `reserved`, or `awaiting_approval`.
    #[schema(value_type = StateName)]
    pub(crate) state: OrderState,
    /// The gateway; none if a person pays.
    #[schema(example = "cards")]
    pub(crate) gateway: Option<String>,
    /// The stored payment method; none if a person pays.
    #[schema(example = "PM-00000001")]
    pub(crate) payment_method: Option<String>,
    /// What the gateway is asked to do.
    #[schema(value_type = AbilityName)]
    pub(crate) asks_for: Ability,
    /// Currency of the amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// How much.
    #[schema(value_type = String, example = "60.00")]
    pub(crate) amount: Decimal,
    /// What it waits for before it may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<ApprovalView>,
}

impl OrderDocument {
    pub(crate) fn new(placed: &OrderPlaced, settings: &Settings) -> Self {
        Self {
            number: placed.document.to_string(),
            state: placed.state(),
            gateway: gateway_name(settings, placed.gateway),
            payment_method: method_name(placed.method),
            asks_for: placed.ability,
            currency: placed.amount.currency(),
            amount: placed.amount.into(),
            approval: placed.approval.as_ref().map(ApprovalView::placed),
        }
    }
}

/// One step in the life of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderStepDocument {
    /// The refund or payment.
    #[schema(example = "R-00000001")]
    pub(crate) number: String,
    /// What happened.
    #[serde(flatten)]
    pub(crate) step: StepView,
}

impl OrderStepDocument {
    pub(crate) fn new(moved: &OrderMoved) -> Self {
        Self { number: moved.document.to_string(), step: StepView::moved(moved) }
    }
}

/// What happened to an order, and what follows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StepView {
    /// `placed`, `claimed`, `answered`, `void_asked`, `hurried`, `resolved`, `judged` or `disputed`.
    #[schema(example = "answered")]
    pub(crate) what: &'static str,
    /// Which attempt it concerns, from 1.
    #[schema(example = 1)]
    pub(crate) attempt: u16,
    /// For a claim: `send`, `replay` or `look_up`. For an answer: what it means, such as `succeeded`,
    /// `declined` or `unknown`. For a person: `paid` or `not_paid`. For a dispute: `opened` or `closed`. For a
    /// judgement: `approved`, `rejected`, `withdrawn` or `lapsed`.
    #[schema(example = "succeeded")]
    pub(crate) detail: Option<&'static str>,
    /// Why the gateway said no.
    #[schema(value_type = Option<String>, example = "expired_card")]
    pub(crate) reason: Option<DeclineCode>,
    /// Where the order stood then.
    #[schema(value_type = StateName)]
    pub(crate) state: OrderState,
    /// What the attempt asks the gateway to do.
    #[schema(value_type = AbilityName)]
    pub(crate) asks_for: Ability,
    /// The worker that claimed it.
    pub(crate) worker: Option<String>,
    /// The gateway's id of the transaction, as far as this step told it.
    pub(crate) gateway_id: Option<String>,
    /// The gateway's code.
    pub(crate) code: Option<String>,
    /// The gateway's words, or a judge's.
    pub(crate) message: Option<String>,
    /// For a judgement, by whom.
    pub(crate) by: Option<String>,
    /// When it was to be looked at next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) due: Option<Timestamp>,
}

const fn meant(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Succeeded => "succeeded",
        Meaning::Settled => "settled",
        Meaning::Pending => "pending",
        Meaning::Declined(_) => "declined",
        Meaning::NotTaken => "not_taken",
        Meaning::Unknown => "unknown",
        Meaning::NotFound => "not_found",
        Meaning::AmountDiffers => "amount_differs",
    }
}

impl StepView {
    fn placed(placed: &OrderPlaced, at: Timestamp) -> Self {
        Self {
            what: "placed",
            attempt: 1,
            detail: None,
            reason: None,
            state: placed.state(),
            asks_for: placed.ability,
            worker: None,
            gateway_id: None,
            code: None,
            message: None,
            by: None,
            due: Some(placed.approval.as_ref().map_or(at, |needed| needed.expires_at)),
        }
    }

    fn moved(moved: &OrderMoved) -> Self {
        let (mut worker, mut reason, mut by, mut said) = (None, None, None, None);
        let (what, detail) = match &moved.step {
            Step::Claimed { task, lease } => {
                worker = Some(lease.worker.to_string());
                let task = match task {
                    Task::Send => "send",
                    Task::Replay => "replay",
                    Task::LookUp => "look_up",
                };
                ("claimed", Some(task))
            }
            Step::Answered { meaning } => {
                if let Meaning::Declined(why) = meaning {
                    reason = Some(*why);
                }
                ("answered", Some(meant(*meaning)))
            }
            Step::VoidAsked => ("void_asked", None),
            Step::Hurried => ("hurried", None),
            Step::Resolved { paid } => ("resolved", Some(if *paid { "paid" } else { "not_paid" })),
            Step::Judged(judged) => {
                said = judged.comment.as_ref().map(ToString::to_string);
                let verdict = match judged.verdict {
                    Verdict::Approved => "approved",
                    Verdict::Rejected => "rejected",
                    Verdict::Withdrawn => "withdrawn",
                    Verdict::Lapsed => "lapsed",
                    Verdict::Paid => "paid",
                    Verdict::Returned => "returned",
                };
                by = Some(judged.by.clone());
                ("judged", Some(verdict))
            }
            Step::Disputed { open } => ("disputed", Some(if *open { "opened" } else { "closed" })),
        };
        let GatewaySaid { id, code, message, .. } = &moved.said;
        Self {
            what,
            attempt: moved.attempt,
            detail,
            reason,
            state: moved.state,
            asks_for: moved.ability,
            worker,
            gateway_id: text(id.as_ref()),
            code: text(code.as_ref()),
            message: said.or_else(|| text(message.as_ref())),
            by,
            due: moved.due,
        }
    }
}

/// One line of the life of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    /// The journal entry.
    #[schema(example = "JE-00000004")]
    pub(crate) entry: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// Who.
    #[schema(example = "worker")]
    pub(crate) actor: String,
    /// The idempotency key of the attempt, as the gateway sees it.
    #[schema(example = "019dd3c0a8c070018500000000000001-1")]
    pub(crate) key: String,
    /// What happened.
    #[serde(flatten)]
    pub(crate) step: StepView,
}

impl AttemptView {
    /// A line; none if the fact is not about an order.
    pub(crate) fn new(event: &OrderEvent, order: &Order) -> Option<Self> {
        let step = match &event.fact {
            Fact::OrderPlaced(placed) => StepView::placed(placed, event.at),
            Fact::OrderMoved(moved) => StepView::moved(moved),
            _ => return None,
        };
        Some(Self {
            entry: event.entry.to_string(),
            at: event.at,
            actor: event.actor.clone(),
            key: order.key(step.attempt),
            step,
        })
    }
}

/// The life of an order, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AttemptPage {
    /// The refund or payment.
    #[schema(example = "R-00000001")]
    pub(crate) number: String,
    /// How it stands now.
    pub(crate) order: OrderView,
    /// What happened, oldest first.
    pub(crate) attempts: Vec<AttemptView>,
}

/// An order that waits for people.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WaitingOrder {
    /// The refund or payment.
    #[schema(example = "R-00000001")]
    pub(crate) number: String,
    /// `refund` or `payment`.
    #[schema(example = "refund")]
    pub(crate) kind: &'static str,
    /// For the refund of a payment, the payment.
    #[schema(example = "P-00000001")]
    pub(crate) payment: Option<String>,
    /// Whose it is.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// Currency of the amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// How much.
    #[schema(value_type = String, example = "60.00")]
    pub(crate) amount: Decimal,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) placed_at: Timestamp,
    /// Everything known of it.
    pub(crate) order: OrderView,
}

impl WaitingOrder {
    pub(crate) fn new(order: &Order, settings: &Settings) -> Self {
        let document = order.placed.document;
        Self {
            number: document.to_string(),
            kind: document.kind.name(),
            payment: text(order.placed.payment.as_ref()),
            account: order.account.to_string(),
            currency: order.placed.amount.currency(),
            amount: order.placed.amount.into(),
            placed_at: order.placed_at,
            order: OrderView::new(order, settings),
        }
    }
}

/// An order that only a person can bring to an end.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueuedOrder {
    /// What it is, and everything known of it.
    #[serde(flatten)]
    pub(crate) waiting: WaitingOrder,
    /// The idempotency key of the current attempt: what to look for in the gateway's console.
    #[schema(example = "019dd3c0a8c070018500000000000001-1")]
    pub(crate) key: String,
    /// Why a person is needed, and what to look at.
    pub(crate) why: String,
    /// The possible answers, ready to be sent: the money moved, it did not, ask the gateway once more.
    pub(crate) next_steps: Vec<NextStep>,
}

/// The number of a stored method; none if a person pays.
pub(crate) fn method_name(no: MethodNo) -> Option<String> {
    (no != MethodNo::BY_HAND).then(|| no.to_string())
}

/// Where the refund or payment of an order is found.
fn path(document: Document) -> String {
    let collection = match document.kind {
        receivables::Kind::Refund => "refunds",
        _ => "payments",
    };
    format!("/api/v1/{collection}/{document}")
}

impl QueuedOrder {
    pub(crate) fn new(order: &Order, settings: &Settings) -> Self {
        Self {
            waiting: WaitingOrder::new(order, settings),
            key: order.key(order.attempt),
            why: why(order, settings),
            next_steps: answers(order),
        }
    }
}

fn why(order: &Order, settings: &Settings) -> String {
    let gateway = gateway_name(settings, order.placed.gateway).unwrap_or_default();
    let document = order.placed.document;
    let (amount, state) = (order.placed.amount, order.state.name());
    if order.contradicted {
        return format!(
            "gateway {gateway:?} says otherwise of {document} than the books, where {amount} is {state}; \
             look it up in the gateway's console under its reference, and say how it ended"
        );
    }
    format!(
        "everything that can be asked by itself was asked of gateway {gateway:?}, and whether {amount} of \
         {document} moved is still not known ({state}); look it up in the gateway's console under its \
         reference, and say how it ended"
    )
}

fn answers(order: &Order) -> Vec<NextStep> {
    let base = path(order.placed.document);
    let what = if order.state == OrderState::Voiding { "void" } else { "money" };
    let mut steps = Vec::new();
    // Said once, it is said for ever (domain 4.5).
    if !order.resolved {
        for (paid, reason) in [
            (true, format!("the gateway's console shows that the {what} went through")),
            (false, format!("the gateway's console shows that the {what} did not, and will not")),
        ] {
            steps.push(NextStep {
                reason,
                method: "POST",
                path: format!("{base}/resolve"),
                body: serde_json::json!({"paid": paid}),
            });
        }
    }
    if order.sent_at.is_some() {
        steps.push(NextStep {
            reason: "ask the gateway once more, now".to_owned(),
            method: "POST",
            path: format!("{base}/refresh"),
            body: serde_json::json!({}),
        });
    }
    steps
}
