use gateway::{Action, Exchange, Finding, MoneyState, PaymentRef, Question, STEPS_MAX, Step};
use gateway_kit::reply::no_answer;
use jiff::{SignedDuration, Timestamp};

use crate::details::{Details, Seen};
use crate::list::{Ask, batches, items};
use crate::requests::{Account, is_transaction};

/// When a miss says something; the same as in the table of abilities.
pub(crate) const CONCLUSIVE_AFTER_SECONDS: u64 = 120;
/// From this age on, it may be settled, and then it is in a batch.
const SETTLED_AFTER_SECONDS: u64 = 24 * 3600;
/// Within this time it is settled.
const SETTLED_WITHIN: SignedDuration = SignedDuration::from_hours(10 * 24);

/// What became of an instruction.
pub(crate) fn look_up(
    account: &Account,
    question: &Question,
    so_far: &[Exchange],
) -> Step<Finding> {
    match &question.instruction.action {
        Action::Void { payment, .. } => void(account, question, payment, so_far),
        _ => search(account, question, so_far),
    }
}

/// A void is seen at the payment itself.
fn void(
    account: &Account,
    question: &Question,
    payment: &PaymentRef,
    so_far: &[Exchange],
) -> Step<Finding> {
    if !is_transaction(&payment.id) {
        // It was never sent.
        return Step::Done(Finding::NotFound { conclusive: true });
    }
    let Some(exchange) = so_far.first() else {
        return Step::Ask(account.details(&payment.id));
    };
    let found = match Details::read(exchange) {
        Ok(Some(found)) if found.trans_id == payment.id => found,
        Ok(_) => return Step::Done(no_answer("the payment is not known")),
        Err(reason) => return Step::Done(no_answer(reason)),
    };
    Step::Done(match found.state(&question.instruction.action) {
        // Whoever voided it, the customer's money did not stay with us.
        _ if found.transaction_status == "voided" => Finding::Found {
            state: MoneyState::Succeeded,
            receipt: found.receipt(question.instruction.amount.currency()),
        },
        Some(_) => {
            Finding::NotFound { conclusive: question.age_seconds() >= CONCLUSIVE_AFTER_SECONDS }
        }
        None => no_answer(format!("the payment is {}", found.transaction_status)),
    })
}

/// What is still to be asked, the next one last, and what was seen.
struct Search<'a> {
    question: &'a Question,
    asks: Vec<Ask>,
    asked: Vec<String>,
    unclear: Option<String>,
    failure: Option<Finding>,
}

/// First by id, then what is not settled, then what is held for review, then the batches.
fn search(account: &Account, question: &Question, so_far: &[Exchange]) -> Step<Finding> {
    let mut search = Search {
        question,
        asks: vec![Ask::Unsettled { held: true, page: 1 }, Ask::Unsettled { held: false, page: 1 }],
        asked: Vec::new(),
        unclear: None,
        failure: None,
    };
    if question.age_seconds() >= SETTLED_AFTER_SECONDS {
        let from = earlier(question.sent_at);
        let to = question.sent_at.checked_add(SETTLED_WITHIN).unwrap_or(question.now);
        search.asks.insert(0, Ask::Batches { from, to: to.min(question.now) });
    }
    if let Some(id) = question.gateway_id.as_deref().filter(|id| is_transaction(id)) {
        search.ask_details(id);
    }
    for exchange in so_far {
        let Some(ask) = search.asks.pop() else { break };
        match search.absorb(&ask, exchange) {
            Ok(None) => {}
            Ok(Some(finding)) => return Step::Done(finding),
            Err(reason) => return Step::Done(no_answer(reason)),
        }
    }
    match search.asks.last() {
        None => Step::Done(search.verdict()),
        Some(_) if so_far.len() >= STEPS_MAX => {
            Step::Done(no_answer("there are too many batches to read"))
        }
        Some(ask) => Step::Ask(ask.request(account)),
    }
}

/// A day before, for clocks and time zones that differ.
fn earlier(at: Timestamp) -> Timestamp {
    at.checked_sub(SignedDuration::from_hours(24)).unwrap_or(at)
}

impl Search<'_> {
    fn ask_details(&mut self, id: &str) {
        if !self.asked.iter().any(|asked| asked == id) {
            self.asked.push(id.to_owned());
            self.asks.push(Ask::Details(id.to_owned()));
        }
    }

    fn absorb(&mut self, ask: &Ask, exchange: &Exchange) -> Result<Option<Finding>, String> {
        match ask {
            Ask::Batches { .. } => {
                let mut ids = batches(exchange)?;
                // The oldest is asked first, so it comes last.
                ids.reverse();
                self.asks.extend(ids.into_iter().map(|id| Ask::Batch { id, page: 1 }));
            }
            Ask::Unsettled { .. } | Ask::Batch { .. } => {
                let items = items(exchange)?;
                self.asks.extend(ask.next_page(items.len()));
                for item in &items {
                    if let Some(id) = item.of(&self.question.instruction.reference) {
                        self.ask_details(id);
                    }
                }
            }
            Ask::Details(id) => return self.see(id, exchange),
        }
        Ok(None)
    }

    fn see(&mut self, id: &str, exchange: &Exchange) -> Result<Option<Finding>, String> {
        let told = self.question.gateway_id.as_deref() == Some(id);
        let found = match Details::read(exchange)? {
            Some(found) if found.trans_id == id => found,
            // The gateway told the id, or listed it; so a miss says nothing.
            None if told => return Ok(None),
            _ => return Err(format!("transaction {id} cannot be read")),
        };
        let currency = self.question.instruction.amount.currency();
        let finding = |state| Finding::Found { state, receipt: found.receipt(currency) };
        match found.seen(self.question) {
            Seen::Ours(state) => return Ok(Some(finding(state))),
            Seen::Failure(state) if told => return Ok(Some(finding(state))),
            Seen::Failure(state) => self.failure = Some(finding(state)),
            Seen::Unclear => self.unclear = Some(id.to_owned()),
            Seen::Other if told => self.unclear = Some(id.to_owned()),
            Seen::Other => {}
        }
        Ok(None)
    }

    fn verdict(self) -> Finding {
        let old_enough = self.question.age_seconds() >= CONCLUSIVE_AFTER_SECONDS;
        match (self.unclear, self.failure) {
            (Some(id), _) => no_answer(format!("{id} may be it, but it is not clear what it is")),
            (None, Some(failure)) if old_enough => failure,
            (None, Some(_)) => Finding::NotFound { conclusive: false },
            (None, None) => {
                let conclusive = old_enough && self.question.gateway_id.is_none();
                Finding::NotFound { conclusive }
            }
        }
    }
}
