//! One order: claim it, carry it, report what came of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use engine::{Actor, Engine, Failure, IdempotencyKey, Outcome, ReadError, Reader, Request};
use gateway::{Action, Carried, HttpRequest, Instruction, Method, PaymentRef, Question};
use jiff::Timestamp;
use receivables::command::{AnswerSource, ClaimOrder, OrderRef, ReportOrder};
use receivables::fact::Fact;
use receivables::gateway::{Ability, Gateway};
use receivables::id::Numbered;
use receivables::order::{Order, OrderMoved, Step, Task, WorkerName};
use receivables::payment_method::MethodState;
use receivables::{Command, EntryNo};

use crate::failpoint::reach;
use crate::gateways::{Carrying, Gateways, Transport, converse};
use crate::line::Line;
use crate::pace::Pace;
use crate::report::{Answer, unsendable};

/// How often a report is tried when the store cannot be written; then the claim runs out and the
/// next worker asks the gateway again.
const REPORTS_MAX: u32 = 5;

/// Everything a worker needs for one order.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) reader: Arc<dyn Reader>,
    pub(crate) gateways: Arc<Gateways>,
    pub(crate) name: WorkerName,
    pub(crate) actor: Arc<str>,
    /// Makes the keys of claims unique.
    pub(crate) count: AtomicU64,
}

/// What came of one look at an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// It was claimed and reported.
    Worked,
    /// Somebody else has it, or nothing was to be done.
    Left,
}

/// A claim that was granted.
struct Claim {
    task: Task,
    attempt: u16,
    ability: Ability,
    entry: EntryNo,
    at: Timestamp,
    /// Nothing is begun after this: half of the claim is left for the answer.
    begin_until: Timestamp,
}

impl Bench {
    /// Works on an order that is due. `gateway` is its gateway as configured now.
    pub(crate) async fn work(&self, order: Order, gateway: &Gateway, line: &Line) -> Done {
        // Waiting comes first: a claim runs, and what is sent late could meet a look-up that missed it.
        let wait = line.pace.wait(self.engine.clock().now(), line.per_second);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        reach("before_claim");
        let claim = match self.claim(&order).await {
            Some(claim) => claim,
            None => return Done::Left,
        };
        reach("after_claim");
        let answer = self.carry(&order, &claim, gateway, line).await;
        reach("after_send");
        let source = match claim.task {
            Task::Send | Task::Replay => AnswerSource::Call,
            Task::LookUp => AnswerSource::LookUp,
        };
        let order = OrderRef::to(order.placed.document);
        let report = answer.report(order, claim.attempt, source);
        reach("before_report");
        self.report(report, claim.entry).await;
        reach("after_report");
        Done::Worked
    }

    /// Claims an order that has nothing to be sent: its time for approval is over.
    pub(crate) async fn lapse(&self, order: &Order) {
        let _ = self.claim(order).await;
    }

    async fn claim(&self, order: &Order) -> Option<Claim> {
        let document = order.placed.document;
        let command = Command::ClaimOrder(ClaimOrder {
            order: OrderRef::to(document),
            worker: self.name.clone(),
            lease: None,
        });
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let key = format!("claim {document} {} {count}", self.name);
        let outcome = self.execute(command, &key).await?;
        let fact = outcome.entry.facts.iter().find_map(|fact| match fact {
            Fact::OrderMoved(moved) => Some(moved.as_ref()),
            _ => None,
        })?;
        let OrderMoved { step: Step::Claimed { task, lease }, attempt, ability, .. } = fact else {
            return None;
        };
        let at = outcome.entry.head.at;
        let half = lease.until.duration_since(at) / 2;
        Some(Claim {
            task: *task,
            attempt: *attempt,
            ability: *ability,
            entry: outcome.entry.head.no,
            at,
            begin_until: at.saturating_add(half).unwrap_or(at),
        })
    }

    /// Executes a command whose refusal only means that there is nothing to do.
    async fn execute(&self, command: Command, key: &str) -> Option<Outcome> {
        let key = IdempotencyKey::try_new(key).ok()?;
        let request = Request::new(command, key, Actor::program(Arc::clone(&self.actor)), "worker");
        match self.engine.execute(request).await {
            Ok(outcome) => Some(outcome),
            Err(Failure::Rejected(rejection)) => {
                tracing::debug!(%rejection, "left alone");
                None
            }
            Err(failure) => {
                tracing::warn!(?failure, "the books could not be told");
                None
            }
        }
    }

    async fn report(&self, report: ReportOrder, claim: EntryNo) {
        let key = format!("report {} of {claim}", report.order.document);
        let Ok(key) = IdempotencyKey::try_new(&key) else { return };
        for tries in 0..REPORTS_MAX {
            let command = Command::ReportOrder(report.clone());
            let request =
                Request::new(command, key, Actor::program(Arc::clone(&self.actor)), "worker");
            match self.engine.execute(request).await {
                Ok(_) => return,
                Err(Failure::Rejected(rejection)) => {
                    tracing::debug!(%rejection, "nothing new");
                    return;
                }
                Err(failure) => {
                    tracing::warn!(?failure, tries, "the answer of a gateway could not be written");
                    tokio::time::sleep(Duration::from_millis(50 << tries)).await;
                }
            }
        }
    }

    /// Carries the instruction or the question, and says what came back.
    async fn carry(&self, order: &Order, claim: &Claim, gateway: &Gateway, line: &Line) -> Answer {
        let prepared = {
            let (reader, order, gateway) =
                (Arc::clone(&self.reader), order.clone(), gateway.clone());
            let (attempt, ability) = (claim.attempt, claim.ability);
            tokio::task::spawn_blocking(move || {
                prepare(reader.as_ref(), &order, attempt, ability, &gateway)
            })
            .await
        };
        let (instruction, fresh) = match prepared {
            Ok(Ok(prepared)) => prepared,
            // Nothing was sent; for a first send that is certain, for a repetition it says nothing.
            Ok(Err(Unprepared::Wrong(reason))) if claim.task == Task::Send => {
                line.pace.did_not_begin();
                return unsendable(&reason);
            }
            Ok(Err(error)) => return not_asked(line, claim.task, &error.to_string()),
            Err(error) => return not_asked(line, claim.task, &error.to_string()),
        };
        let connector = line.connector.as_ref();
        let transport = &Heard::by(line.transport.as_ref());
        let now = self.engine.clock().now();
        if now >= claim.begin_until {
            return not_asked(line, claim.task, "the claim ran out before anything was sent");
        }
        let answer: Option<Answer> = match claim.task {
            Task::Send | Task::Replay => {
                converse(transport, |so_far| connector.send(&instruction, now, so_far))
                    .await
                    .map(Into::into)
            }
            Task::LookUp => {
                let question = Question {
                    instruction,
                    gateway_id: fresh.id_of(claim.attempt).map(ToString::to_string),
                    sent_at: fresh.last_sent_at.unwrap_or(claim.at),
                    now,
                };
                converse(transport, |so_far| connector.look_up(&question, so_far))
                    .await
                    .map(Into::into)
            }
        };
        let answer = answer.unwrap_or_default();
        transport.tell(&line.pace, self.engine.clock().now());
        answer
    }
}

/// Notes whether the gateway said anything, whatever it was: only silence opens the circuit. A connector
/// may also know the answer without asking, which says nothing about the gateway.
struct Heard<'a> {
    transport: &'a dyn Transport,
    asked: AtomicBool,
    heard: AtomicBool,
}

impl<'a> Heard<'a> {
    const fn by(transport: &'a dyn Transport) -> Self {
        Self { transport, asked: AtomicBool::new(false), heard: AtomicBool::new(false) }
    }

    fn tell(&self, pace: &Pace, now: Timestamp) {
        if self.heard.load(Ordering::Relaxed) {
            pace.answered();
        } else if self.asked.load(Ordering::Relaxed) {
            pace.unanswered(now);
        } else {
            pace.did_not_begin();
        }
    }
}

impl Transport for Heard<'_> {
    fn carry(&self, request: HttpRequest) -> Carrying<'_> {
        Box::pin(async move {
            self.asked.store(true, Ordering::Relaxed);
            let carried = self.transport.carry(request).await;
            if let Carried::Reply(reply) = &carried
                && reply.status < 500
            {
                self.heard.store(true, Ordering::Relaxed);
            }
            carried
        })
    }
}

/// The gateway was not asked: a first instruction was not taken, a question has no answer. Whoever was to
/// find out whether it is back did not.
fn not_asked(line: &Line, task: Task, reason: &str) -> Answer {
    line.pace.did_not_begin();
    let outcome = match task {
        Task::Send => {
            gateway::Outcome::NotTaken { reason: reason.to_owned(), retry_after_seconds: None }
        }
        Task::Replay | Task::LookUp => gateway::Outcome::Unknown { reason: reason.to_owned() },
    };
    outcome.into()
}

/// Why there is no instruction.
#[derive(Debug, thiserror::Error)]
enum Unprepared {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{0}")]
    Wrong(String),
}

/// The instruction of an attempt, and its order as it is now.
fn prepare(
    reader: &dyn Reader,
    order: &Order,
    attempt: u16,
    ability: Ability,
    gateway: &Gateway,
) -> Result<(Instruction, Order), Unprepared> {
    let wrong = |reason: &str| Unprepared::Wrong(reason.to_owned());
    let document = order.placed.document;
    // The claim may have been made on a later state than the one this order was read in.
    let order = reader.order(document)?.ok_or_else(|| wrong("the order is gone"))?;
    let method = reader.method(order.placed.method)?;
    let method = method.ok_or_else(|| wrong("the payment method is gone"))?;
    let method = method_of(&method).ok_or_else(|| wrong("the payment method has no token"))?;
    let action = match ability {
        Ability::Payment => Action::Charge { method },
        Ability::NonReferencedRefund => Action::Credit { method },
        Ability::ReferencedRefund => Action::Refund { payment: paid(reader, &order)?, method },
        Ability::Void => Action::Void { payment: paid(reader, &order)?, method },
    };
    let prefix = gateway.reference_prefix.as_ref().map_or("", |prefix| prefix.as_str());
    let instruction = Instruction {
        key: order.key(attempt),
        reference: format!("{prefix}{document}"),
        account: order.account.to_string(),
        amount: order.placed.amount,
        action,
    };
    Ok((instruction, order))
}

fn method_of(state: &MethodState) -> Option<Method> {
    let method = &state.method;
    Some(Method {
        method_type: method.method_type,
        token: method.token.as_ref()?.to_string(),
        customer: method.customer.as_ref().map(ToString::to_string),
        last_four: method.last_four.map(|digits| digits.to_string()),
    })
}

/// The payment that is refunded or voided, as its gateway knows it.
fn paid(reader: &dyn Reader, order: &Order) -> Result<PaymentRef, Unprepared> {
    let wrong = |reason: &str| Unprepared::Wrong(reason.to_owned());
    let payment = match order.placed.payment {
        Some(no) => reader.order(no.document())?.ok_or_else(|| wrong("the payment is gone"))?,
        None => order.clone(),
    };
    let executed = payment.executed.as_ref();
    let executed = executed.ok_or_else(|| wrong("the payment did not move any money"))?;
    let id = executed.id.as_ref().ok_or_else(|| wrong("the payment has no gateway id"))?;
    Ok(PaymentRef {
        id: id.to_string(),
        second_id: executed.second_id.as_ref().map(ToString::to_string),
        amount: payment.placed.amount,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says nothing, or that a request was not found.
    struct Says(Option<u16>);

    impl Transport for Says {
        fn carry(&self, _: HttpRequest) -> Carrying<'_> {
            let reply = self.0.map(|status| gateway::HttpReply {
                status,
                headers: Vec::new(),
                body: String::new(),
            });
            let lost = || Carried::NoAnswer("cut off".to_owned());
            Box::pin(std::future::ready(reply.map_or_else(lost, Carried::Reply)))
        }
    }

    #[tokio::test]
    async fn only_silence_opens_the_circuit() {
        let now = Timestamp::UNIX_EPOCH;
        for (says, asks, opens) in [
            (None, true, true),
            (Some(503), true, true),
            (Some(404), true, false),
            (None, false, false),
        ] {
            let (pace, transport) = (Pace::default(), Says(says));
            for _ in 0..20 {
                let heard = Heard::by(&transport);
                if asks {
                    heard
                        .carry(HttpRequest {
                            method: gateway::HttpMethod::Get,
                            path: "/".to_owned(),
                            headers: Vec::new(),
                            body: String::new(),
                        })
                        .await;
                }
                heard.tell(&pace, now);
            }
            assert_eq!(pace.is_open(now), opens, "{says:?} {asks}");
        }
    }
}
