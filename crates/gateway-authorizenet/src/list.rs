use gateway::{Exchange, HttpRequest, MoneyState, STEPS_MAX, Settled, SettledKind, Step, Window};
use gateway_kit::query::is_id;
use gateway_kit::reply::{Loose, answer};
use jiff::{SignedDuration, Timestamp};
use money::Currency;
use serde::Deserialize;

use crate::details::{Details, Written, state, time};
use crate::outcome::Messages;
use crate::requests::{Account, PAGE, is_transaction};

/// The longest time one may ask for.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// One thing to ask of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A page of what is not settled; of what is held for review.
    Unsettled { held: bool, page: u32 },
    /// Which batches were settled.
    Batches { from: Timestamp, to: Timestamp },
    /// A page of a batch.
    Batch { id: String, page: u32 },
    /// One transaction.
    Details(String),
}

impl Ask {
    pub(crate) fn request(&self, account: &Account) -> HttpRequest {
        match self {
            Self::Unsettled { held, page } => account.unsettled(*held, *page),
            Self::Batches { from, to } => account.batches(*from, *to),
            Self::Batch { id, page } => account.batch(id, *page),
            Self::Details(id) => account.details(id),
        }
    }

    /// The next page of the same, if `count` says that this one was full.
    pub(crate) fn next_page(&self, count: usize) -> Option<Self> {
        let full = count >= PAGE;
        match self {
            Self::Unsettled { held, page } => {
                full.then_some(Self::Unsettled { held: *held, page: page + 1 })
            }
            Self::Batch { id, page } => {
                full.then(|| Self::Batch { id: id.clone(), page: page + 1 })
            }
            Self::Batches { .. } | Self::Details(_) => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Items {
    transactions: Option<Vec<Item>>,
    total_num_in_result_set: Option<u64>,
    messages: Messages,
}

/// A transaction in a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    trans_id: String,
    #[serde(rename = "submitTimeUTC")]
    submit_time_utc: Option<String>,
    transaction_status: String,
    invoice_number: Option<String>,
    settle_amount: Option<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchList {
    batch_list: Option<Vec<Batch>>,
    messages: Messages,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    batch_id: Loose,
}

/// "No records found."
const NOTHING: &str = "I00004";

/// Transactions on a page. That there are none must be said in so many words.
pub(crate) fn items(exchange: &Exchange) -> Result<Vec<Item>, String> {
    let read: Items = answer(&exchange.carried)?;
    let empty = read.messages.has(NOTHING) || read.total_num_in_result_set == Some(0);
    match read.transactions {
        Some(items) if read.messages.ok() => Ok(items),
        None if read.messages.ok() && empty => Ok(Vec::new()),
        _ => Err("the list of transactions cannot be read".to_owned()),
    }
}

/// Ids of batches, the oldest first.
pub(crate) fn batches(exchange: &Exchange) -> Result<Vec<String>, String> {
    let read: BatchList = answer(&exchange.carried)?;
    let list = match read.batch_list {
        Some(list) if read.messages.ok() => list,
        None if read.messages.ok() && read.messages.has(NOTHING) => Vec::new(),
        _ => return Err("the list of batches cannot be read".to_owned()),
    };
    let mut ids: Vec<String> = list.iter().map(|batch| batch.batch_id.text()).collect();
    if ids.iter().any(|id| !is_id(id)) {
        return Err("the list of batches cannot be read".to_owned());
    }
    ids.sort_by_key(|id| (id.len(), id.clone()));
    Ok(ids)
}

impl Item {
    /// Its id, if it has our reference.
    pub(crate) fn of(&self, reference: &str) -> Option<&str> {
        let ours = self.invoice_number.as_deref() == Some(reference);
        (ours && is_transaction(&self.trans_id)).then_some(self.trans_id.as_str())
    }

    fn at(&self) -> Option<Timestamp> {
        time(self.submit_time_utc.as_deref()?)
    }

    /// What it is for reconciliation. A list does not say what kind a returned item is of.
    fn listed(&self, currency: Currency) -> Result<Listed, String> {
        let kind = match self.transaction_status.as_str() {
            "refundSettledSuccessfully" | "refundPendingSettlement" => SettledKind::Refund,
            "returnedItem" => return Ok(Listed::Ask(self.trans_id.clone())),
            // No money moved.
            "voided" | "declined" | "expired" | "generalError" | "communicationError"
            | "failedReview" => return Ok(Listed::Nothing),
            _ => SettledKind::Charge,
        };
        let unreadable = || format!("transaction {} cannot be read", self.trans_id);
        let amount = self.settle_amount.as_ref().and_then(|amount| amount.money(currency));
        let amount = amount.ok_or_else(unreadable)?;
        Ok(Listed::Is(Box::new(Settled {
            kind,
            reference: self.invoice_number.clone().filter(|reference| !reference.is_empty()),
            receipt: gateway::Receipt {
                gateway_id: self.trans_id.clone(),
                second_id: None,
                amount: Some(amount),
                code: None,
                message: Some(self.transaction_status.clone()),
            },
            amount,
            // What a person must see is not decided yet.
            state: state(&self.transaction_status).unwrap_or(MoneyState::Pending),
            at: self.at().ok_or_else(unreadable)?,
        })))
    }
}

enum Listed {
    Nothing,
    Is(Box<Settled>),
    /// Of a kind that only its details tell.
    Ask(String),
}

/// What was settled in the window, and what was made in it and is not settled yet.
pub(crate) fn list(
    account: &Account,
    currency: Currency,
    window: Window,
    so_far: &[Exchange],
) -> Step<Result<Vec<Settled>, String>> {
    if window.to.duration_since(window.from) > LONGEST {
        return Step::Done(Err("Authorize.Net lists at most 31 days at once".to_owned()));
    }
    let mut asks = vec![
        Ask::Unsettled { held: false, page: 1 },
        Ask::Batches { from: window.from, to: window.to },
    ];
    let mut listed = Vec::new();
    for exchange in so_far {
        let Some(ask) = asks.pop() else { break };
        match absorb(&ask, exchange, currency, window, &mut listed) {
            Ok(more) => asks.extend(more),
            Err(reason) => return Step::Done(Err(reason)),
        }
    }
    match asks.last() {
        None => Step::Done(Ok(listed)),
        Some(_) if so_far.len() >= STEPS_MAX => {
            Step::Done(Err("too many batches; ask for a shorter time".to_owned()))
        }
        Some(ask) => Step::Ask(ask.request(account)),
    }
}

/// Takes an answer in, and says what else to ask.
fn absorb(
    ask: &Ask,
    exchange: &Exchange,
    currency: Currency,
    window: Window,
    listed: &mut Vec<Settled>,
) -> Result<Vec<Ask>, String> {
    match ask {
        Ask::Batches { .. } => {
            let ids = batches(exchange)?;
            Ok(ids.into_iter().map(|id| Ask::Batch { id, page: 1 }).collect())
        }
        Ask::Details(id) => {
            let found = Details::read(exchange)?;
            listed.push(
                found
                    .and_then(|found| returned(&found, currency))
                    .ok_or_else(|| format!("the returned transaction {id} cannot be read"))?,
            );
            Ok(Vec::new())
        }
        Ask::Unsettled { .. } | Ask::Batch { .. } => {
            let items = items(exchange)?;
            let mut more: Vec<Ask> = ask.next_page(items.len()).into_iter().collect();
            for item in &items {
                let within = item.at().is_some_and(|at| at >= window.from && at < window.to);
                if matches!(ask, Ask::Unsettled { .. }) && !within {
                    continue;
                }
                match item.listed(currency)? {
                    Listed::Nothing => {}
                    Listed::Is(settled) => listed.push(*settled),
                    Listed::Ask(id) => more.push(Ask::Details(id)),
                }
            }
            Ok(more)
        }
    }
}

fn returned(found: &Details, currency: Currency) -> Option<Settled> {
    let kind = if found.is_refund() { SettledKind::Refund } else { SettledKind::Charge };
    Some(Settled {
        kind,
        reference: found.reference().map(str::to_owned),
        receipt: found.receipt(currency),
        amount: found.money(currency)?,
        state: state(&found.transaction_status)?,
        at: found.at()?,
    })
}
