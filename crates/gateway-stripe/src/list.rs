use gateway::{Exchange, STEPS_MAX, Secret, Settled, SettledKind, Step, Window};
use gateway_kit::reply::answer;

use crate::lookup::page;
use crate::objects::{Page, PaymentIntent, Refund, at};
use crate::requests;

const PAYMENTS: &str = "/v1/payment_intents";
const REFUNDS: &str = "/v1/refunds";

/// PaymentIntents created in the window, then refunds.
pub(crate) fn list(
    secret: &Secret,
    window: Window,
    so_far: &[Exchange],
) -> Step<Result<Vec<Settled>, String>> {
    let mut listed = Vec::new();
    let (mut path, mut after) = (PAYMENTS, None);
    for exchange in so_far {
        let read = if path == PAYMENTS {
            answer::<Page<PaymentIntent>>(&exchange.carried).and_then(|page| {
                let last = page.data.last().map(|found| found.id.clone());
                for found in &page.data {
                    listed.extend(payment(found)?);
                }
                Ok((last, page.has_more))
            })
        } else {
            answer::<Page<Refund>>(&exchange.carried).and_then(|page| {
                let last = page.data.last().map(|found| found.id.clone());
                for found in &page.data {
                    listed.push(refund(found)?);
                }
                Ok((last, page.has_more))
            })
        };
        match read {
            Err(reason) => return Step::Done(Err(reason)),
            Ok((Some(last), true)) => after = Some(last),
            Ok(_) if path == PAYMENTS => (path, after) = (REFUNDS, None),
            Ok(_) => return Step::Done(Ok(listed)),
        }
    }
    if so_far.len() >= STEPS_MAX {
        return Step::Done(Err("too many transactions; ask for a shorter time".to_owned()));
    }
    let (from, to) = (window.from.as_second().to_string(), window.to.as_second().to_string());
    let filter = [("created[gte]", from.as_str()), ("created[lt]", to.as_str())];
    Step::Ask(requests::get(secret, page(path, &filter, after.as_deref())))
}

/// One that nobody ever tried to pay is no transaction.
fn payment(found: &PaymentIntent) -> Result<Option<Settled>, String> {
    let Some(state) = found.state() else { return Ok(None) };
    let unreadable = || format!("the amount or time of {} cannot be read", found.id);
    Ok(Some(Settled {
        kind: SettledKind::Charge,
        reference: found.metadata.reference.clone(),
        receipt: found.receipt(),
        amount: found.money().ok_or_else(unreadable)?,
        state,
        at: at(found.created).ok_or_else(unreadable)?,
    }))
}

fn refund(found: &Refund) -> Result<Settled, String> {
    let unreadable = || format!("{} cannot be read", found.id);
    Ok(Settled {
        kind: SettledKind::Refund,
        reference: found.metadata.reference.clone(),
        receipt: found.receipt(),
        amount: found.money().ok_or_else(unreadable)?,
        state: found.state().ok_or_else(unreadable)?,
        at: at(found.created).ok_or_else(unreadable)?,
    })
}
