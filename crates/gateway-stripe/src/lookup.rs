use gateway::{
    Action, Exchange, Finding, Instruction, MoneyState, PaymentRef, Question, STEPS_MAX, Secret,
    Step,
};
use gateway_kit::query::{is_id, pairs};
use gateway_kit::reply::{answer, json, no_answer, said, to_question};

use crate::connector::is_ours;
use crate::objects::{Page, PaymentIntent, Refund};
use crate::requests;

/// When a miss says something; the same as in the table of abilities. Lists are exact at Stripe, but a
/// request may be under way for so long.
pub(crate) const CONCLUSIVE_AFTER_SECONDS: u64 = 60;
/// How far Stripe's clock may be from ours.
const SKEW_SECONDS: i64 = 300;

/// What became of an instruction.
pub(crate) fn look_up(secret: &Secret, question: &Question, so_far: &[Exchange]) -> Step<Finding> {
    let instruction = &question.instruction;
    match &instruction.action {
        // Never sent.
        Action::Credit { .. } => Step::Done(Finding::NotFound { conclusive: true }),
        Action::Charge { method } => charge(secret, question, method.customer.as_deref(), so_far),
        Action::Refund { payment, .. } => refund(secret, question, payment, so_far),
        Action::Void { payment, .. } => void(secret, question, payment, so_far),
    }
}

fn not_found(question: &Question) -> Finding {
    // What has an id was there once; a miss says nothing about it.
    let conclusive =
        question.gateway_id.is_none() && question.age_seconds() >= CONCLUSIVE_AFTER_SECONDS;
    Finding::NotFound { conclusive }
}

/// Reads one object by its id: `Ok(None)` if Stripe does not know it.
fn by_id<T: serde::de::DeserializeOwned>(exchange: &Exchange) -> Result<Option<T>, String> {
    let reply = to_question(&exchange.carried)?;
    match (reply.status, json::<T>(&reply.body)) {
        (200, Some(found)) => Ok(Some(found)),
        (404, _) => Ok(None),
        _ => Err(said(reply)),
    }
}

fn charge(
    secret: &Secret,
    question: &Question,
    customer: Option<&str>,
    so_far: &[Exchange],
) -> Step<Finding> {
    let mut pages = so_far;
    if let Some(id) = question.gateway_id.as_deref().filter(|id| is_id(id)) {
        let Some((first, rest)) = so_far.split_first() else {
            return Step::Ask(requests::get(secret, format!("/v1/payment_intents/{id}")));
        };
        match by_id::<PaymentIntent>(first) {
            Ok(Some(found)) => return Step::Done(found_charge(&question.instruction, &found)),
            Ok(None) => pages = rest,
            Err(reason) => return Step::Done(no_answer(reason)),
        }
    }
    let since = question.sent_at.as_second().saturating_sub(SKEW_SECONDS).to_string();
    let mut filter = vec![("created[gte]", since.as_str())];
    if let Some(customer) = customer {
        filter.push(("customer", customer));
    }
    let paged =
        page_through("/v1/payment_intents", &filter, secret, pages, |found: &PaymentIntent| {
            matches(&question.instruction, &found.metadata, found.money())
                .then(|| found_charge(&question.instruction, found))
                .ok_or_else(|| found.id.clone())
        });
    paged.unwrap_or_else(|| Step::Done(not_found(question)))
}

fn found_charge(instruction: &Instruction, found: &PaymentIntent) -> Finding {
    let key = found.metadata.attempt_key.as_deref();
    match (found.state(), found.money()) {
        (Some(state), Some(_)) if key.is_none_or(|key| key == instruction.key) => {
            Finding::Found { state, receipt: found.receipt() }
        }
        _ => no_answer(format!("{} is not what was asked for", found.id)),
    }
}

fn refund(
    secret: &Secret,
    question: &Question,
    payment: &PaymentRef,
    so_far: &[Exchange],
) -> Step<Finding> {
    let mut pages = so_far;
    if let Some(id) = question.gateway_id.as_deref().filter(|id| id.starts_with("re_") && is_id(id))
    {
        let Some((first, rest)) = so_far.split_first() else {
            return Step::Ask(requests::get(secret, format!("/v1/refunds/{id}")));
        };
        match by_id::<Refund>(first) {
            Ok(Some(found)) => {
                return Step::Done(found_refund(&question.instruction, payment, &found));
            }
            Ok(None) => pages = rest,
            Err(reason) => return Step::Done(no_answer(reason)),
        }
    }
    let filter = match requests::payment_of(payment) {
        Ok(filter) => filter,
        // Without an id of Stripe's it was never sent.
        Err(_) => return Step::Done(Finding::NotFound { conclusive: true }),
    };
    let paged = page_through("/v1/refunds", &[filter], secret, pages, |found: &Refund| {
        matches(&question.instruction, &found.metadata, found.money())
            .then(|| found_refund(&question.instruction, payment, found))
            .ok_or_else(|| found.id.clone())
    });
    paged.unwrap_or_else(|| Step::Done(not_found(question)))
}

fn found_refund(instruction: &Instruction, payment: &PaymentRef, found: &Refund) -> Finding {
    match (found.state(), found.money()) {
        (Some(state), Some(_)) if is_ours(instruction, payment, found) => {
            Finding::Found { state, receipt: found.receipt() }
        }
        _ => no_answer(format!("{} is not what was asked for", found.id)),
    }
}

/// A void shows as a canceled PaymentIntent or as a refund with our key.
fn void(
    secret: &Secret,
    question: &Question,
    payment: &PaymentRef,
    so_far: &[Exchange],
) -> Step<Finding> {
    let Ok(("payment_intent", id)) = requests::payment_of(payment) else {
        return refund(secret, question, payment, so_far);
    };
    if !is_id(id) {
        return Step::Done(Finding::NotFound { conclusive: true });
    }
    let Some((first, rest)) = so_far.split_first() else {
        return Step::Ask(requests::get(secret, format!("/v1/payment_intents/{id}")));
    };
    match by_id::<PaymentIntent>(first) {
        // Whoever canceled it, the customer's money did not stay with us.
        Ok(Some(found)) if found.id == id && found.status == "canceled" => {
            Step::Done(Finding::Found { state: MoneyState::Succeeded, receipt: found.receipt() })
        }
        Ok(Some(found)) if found.id == id && found.state().is_some() => {
            refund(secret, question, payment, rest)
        }
        Ok(_) => Step::Done(no_answer(format!("the payment {id} cannot be read"))),
        Err(reason) => Step::Done(no_answer(reason)),
    }
}

/// By our key; by reference and amount where somebody took the key off.
fn matches(
    instruction: &Instruction,
    metadata: &crate::objects::Metadata,
    amount: Option<money::Money>,
) -> bool {
    match metadata.attempt_key.as_deref() {
        Some(key) => key == instruction.key,
        None => {
            metadata.reference.as_deref() == Some(&instruction.reference)
                && amount == Some(instruction.amount)
        }
    }
}

/// Goes through a list to the first that matches. `None` if it ended without one. `read` gives the id
/// of what does not match, to go on after it.
fn page_through<T: serde::de::DeserializeOwned>(
    path: &str,
    filter: &[(&str, &str)],
    secret: &Secret,
    pages: &[Exchange],
    read: impl Fn(&T) -> Result<Finding, String>,
) -> Option<Step<Finding>> {
    let mut after = None;
    for exchange in pages {
        let page: Page<T> = match answer(&exchange.carried) {
            Ok(page) => page,
            Err(reason) => return Some(Step::Done(no_answer(reason))),
        };
        for found in &page.data {
            match read(found) {
                Ok(finding) => return Some(Step::Done(finding)),
                Err(id) => after = Some(id),
            }
        }
        if !page.has_more {
            return None;
        }
        if page.data.is_empty() {
            return Some(Step::Done(no_answer("an empty page is said to have more after it")));
        }
    }
    if pages.len() + 2 > STEPS_MAX {
        return Some(Step::Done(no_answer("the list is too long to read")));
    }
    Some(Step::Ask(requests::get(secret, page(path, filter, after.as_deref()))))
}

/// The address of one page of a list.
pub(crate) fn page(path: &str, filter: &[(&str, &str)], after: Option<&str>) -> String {
    let mut asked = filter.to_vec();
    asked.push(("limit", "100"));
    if let Some(after) = after {
        asked.push(("starting_after", after));
    }
    format!("{path}?{}", pairs(&asked))
}
