use gateway::{
    Action, DeclineCode, Exchange, Finding, MoneyState, Question, Receipt, Settled, SettledKind,
};
use gateway_kit::amount;
use gateway_kit::reply::{Loose, answer, decline, no_answer};
use jiff::Timestamp;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::outcome::Echo;

/// When a miss says something; the same as in the table of abilities. The index lags by minutes.
pub(crate) const CONCLUSIVE_AFTER_SECONDS: u64 = 300;
/// Transactions on one page.
const PAGE: usize = 500;
/// A failure submitted so long before ours was sent is another attempt's.
const SKEW_SECONDS: i64 = 60;

/// The body of a search.
#[derive(Serialize)]
struct Search<'a> {
    query: &'a str,
    sort: &'static str,
    limit: usize,
    offset: usize,
    timezone: &'static str,
    save: bool,
}

/// The body of a search, from `offset`.
pub(crate) fn body(query: &str, offset: usize) -> String {
    let sort = "submitTimeUtc:desc";
    let search = Search { query, sort, limit: PAGE, offset, timezone: "UTC", save: false };
    serde_json::to_string(&search).unwrap_or_default()
}

/// The query for everything under our reference since the day before it was first sent.
pub(crate) fn query(question: &Question) -> String {
    let days = question.age_seconds() / 86_400 + 2;
    format!(
        "clientReferenceInformation.code:{} AND submitTimeUtc:[NOW/DAY-{days}DAYS TO NOW/DAY+1DAY}}",
        question.instruction.reference
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    total_count: usize,
    #[serde(rename = "_embedded")]
    embedded: Option<Embedded>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Embedded {
    #[serde(default)]
    transaction_summaries: Vec<Summary>,
}

/// A transaction as the search, or the question for one, tells it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    id: String,
    #[serde(alias = "submitTimeUTC")]
    submit_time_utc: Option<String>,
    client_reference_information: Option<Echo>,
    application_information: Option<Applications>,
    order_information: Option<Order>,
}

#[derive(Deserialize)]
struct Applications {
    status: Option<String>,
    #[serde(default)]
    applications: Vec<Application>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Application {
    name: Option<String>,
    reason_code: Option<Loose>,
    r_message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    amount_details: Option<Amount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Amount {
    total_amount: Option<String>,
    currency: Option<String>,
}

/// What a transaction is, by the services it used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Charge,
    Payout,
    Void,
}

impl Kind {
    fn of(action: &Action) -> Self {
        match action {
            Action::Charge { .. } => Self::Charge,
            Action::Refund { .. } | Action::Credit { .. } => Self::Payout,
            Action::Void { .. } => Self::Void,
        }
    }

    /// The services of each kind; the one that moves the money first.
    const fn services(self) -> &'static [&'static str] {
        match self {
            Self::Charge => &["ics_bill", "ics_ecp_debit", "ics_auth"],
            Self::Payout => &["ics_credit", "ics_ecp_credit"],
            Self::Void => &["ics_void"],
        }
    }
}

/// What one transaction says of itself.
enum Said {
    State(MoneyState),
    /// It is a rejected duplicate: not the transaction itself.
    Duplicate,
    /// Neither yes nor no.
    Unclear,
}

impl Summary {
    fn money(&self) -> Option<Money> {
        let details = self.order_information.as_ref()?.amount_details.as_ref()?;
        amount(details.total_amount.as_deref()?, details.currency.as_deref()?)
    }

    fn at(&self) -> Option<Timestamp> {
        self.submit_time_utc.as_deref()?.parse().ok()
    }

    fn echo(&self) -> (Option<&str>, Option<&str>) {
        let echo = self.client_reference_information.as_ref();
        let code = echo.and_then(|echo| echo.code.as_deref());
        (code, echo.and_then(|echo| echo.transaction_id.as_deref()))
    }

    fn service(&self, kind: Kind) -> Option<&Application> {
        let all = &self.application_information.as_ref()?.applications;
        kind.services()
            .iter()
            .find_map(|service| all.iter().find(|one| one.name.as_deref() == Some(service)))
    }

    fn receipt(&self) -> Receipt {
        Receipt {
            gateway_id: self.id.clone(),
            second_id: None,
            amount: self.money(),
            code: None,
            message: self.status().map(str::to_owned),
        }
    }

    fn status(&self) -> Option<&str> {
        self.application_information.as_ref()?.status.as_deref()
    }

    fn said(&self, kind: Kind) -> Said {
        let Some(service) = self.service(kind) else { return Said::Unclear };
        let Some(code) = service.reason_code.as_ref().map(Loose::text) else {
            return Said::Unclear;
        };
        let name = service.name.as_deref().unwrap_or_default();
        let state = match code.as_str() {
            // Authorized and not captured: no charge of ours.
            "100" if name == "ics_auth" => return Said::Unclear,
            // A debit of a bank account, of which the bank has not heard yet.
            "100" if name == "ics_ecp_debit" && self.status() == Some("PENDING") => {
                MoneyState::Pending
            }
            "100" => MoneyState::Succeeded,
            "480" => MoneyState::Pending,
            "104" => return Said::Duplicate,
            // Errors of systems and time-outs on the way, and a partial approval.
            "110" | "150" | "151" | "152" | "236" | "250" | "" => return Said::Unclear,
            code => {
                let message = service.r_message.as_deref().unwrap_or_default();
                MoneyState::Failed(decline(reason(code), code, message))
            }
        };
        Said::State(state)
    }
}

/// What a numeric reason code means; one that is not known is a no.
fn reason(code: &str) -> DeclineCode {
    match code {
        "101" | "102" => DeclineCode::InvalidRequest,
        "202" => DeclineCode::ExpiredCard,
        "205" | "208" | "231" => DeclineCode::MethodRevoked,
        "201" | "203" | "204" | "210" | "233" => DeclineCode::Declined,
        "234" => DeclineCode::Configuration,
        "235" => DeclineCode::ExceedsRefundable,
        "241" => DeclineCode::PaymentUnknown,
        "246" | "247" => DeclineCode::NotVoidable,
        _ => DeclineCode::Other,
    }
}

/// Summaries of all pages so far, and the offset of the next one if there is more.
fn summaries(pages: &[Exchange]) -> Result<(Vec<Summary>, Option<usize>), String> {
    let (mut all, mut total) = (Vec::new(), None);
    for exchange in pages {
        let page: Page = answer(&exchange.carried)?;
        let found =
            page.embedded.map(|embedded| embedded.transaction_summaries).unwrap_or_default();
        if found.is_empty() && all.len() < page.total_count {
            return Err("the search says that there is more, and gives nothing".to_owned());
        }
        all.extend(found);
        total = Some(page.total_count);
    }
    let next = total.is_none_or(|total| all.len() < total).then_some(all.len());
    Ok((all, next))
}

/// Where a search goes on, or what it found.
pub(crate) enum Searched<T> {
    /// From this offset.
    From(usize),
    /// This.
    Done(T),
}

/// What became of an instruction, by the pages of the search for its reference.
pub(crate) fn finding(question: &Question, pages: &[Exchange]) -> Searched<Finding> {
    let all = match summaries(pages) {
        Err(reason) => return Searched::Done(no_answer(reason)),
        Ok((_, Some(offset))) => return Searched::From(offset),
        Ok((all, None)) => all,
    };
    let (mut failure, mut unclear) = (None, None);
    for summary in &all {
        match seen(question, summary) {
            Seen::Other => {}
            Seen::Unclear => unclear = Some(&summary.id),
            Seen::Ours(state @ MoneyState::Failed(_)) => failure = Some((state, summary)),
            Seen::Ours(state) => {
                return Searched::Done(Finding::Found { state, receipt: summary.receipt() });
            }
        }
    }
    let old_enough = question.age_seconds() >= CONCLUSIVE_AFTER_SECONDS;
    Searched::Done(match (unclear, failure) {
        (Some(id), _) => {
            no_answer(format!("{id} has our reference, but it is not clear what it is"))
        }
        // Without the key it may be another attempt's; ours would show by then.
        (None, Some((state, summary))) if old_enough || summary.echo().1.is_some() => {
            Finding::Found { state, receipt: summary.receipt() }
        }
        (None, Some(_)) => Finding::NotFound { conclusive: false },
        // What has an id was there once; a miss says nothing about it.
        (None, None) => {
            Finding::NotFound { conclusive: old_enough && question.gateway_id.is_none() }
        }
    })
}

/// What a transaction is to a question.
enum Seen {
    /// Not about it.
    Other,
    /// Perhaps about it.
    Unclear,
    /// The one asked for.
    Ours(MoneyState),
}

fn seen(question: &Question, summary: &Summary) -> Seen {
    let instruction = &question.instruction;
    let kind = Kind::of(&instruction.action);
    let (code, key) = summary.echo();
    if code != Some(instruction.reference.as_str()) || summary.service(kind).is_none() {
        return Seen::Other;
    }
    if key.is_some_and(|key| key != instruction.key) {
        return Seen::Other;
    }
    let state = match summary.said(kind) {
        Said::Duplicate => return Seen::Other,
        Said::Unclear => return Seen::Unclear,
        Said::State(state) => state,
    };
    let failed = matches!(state, MoneyState::Failed(_));
    let earlier =
        summary.at().is_some_and(|at| at.as_second() < question.sent_at.as_second() - SKEW_SECONDS);
    if failed && key.is_none() && earlier {
        return Seen::Other;
    }
    let amount = summary.money();
    // A void has no amount of its own. With our key another amount is shown, for the worker to see.
    let fits = amount == Some(instruction.amount) || (kind == Kind::Void && amount.is_none());
    if fits || (key.is_some() && amount.is_some()) { Seen::Ours(state) } else { Seen::Unclear }
}

/// What became of an instruction, by its own transaction.
pub(crate) fn finding_by_id(question: &Question, summary: &Summary) -> Finding {
    match seen(question, summary) {
        Seen::Ours(state) if question.gateway_id.as_ref() == Some(&summary.id) => {
            Finding::Found { state, receipt: summary.receipt() }
        }
        _ => no_answer(format!("{} is not what was asked for", summary.id)),
    }
}

/// Charges and payouts among the pages of a search, for reconciliation.
pub(crate) fn listed(pages: &[Exchange]) -> Searched<Result<Vec<Settled>, String>> {
    let all = match summaries(pages) {
        Err(reason) => return Searched::Done(Err(reason)),
        Ok((_, Some(offset))) => return Searched::From(offset),
        Ok((all, None)) => all,
    };
    Searched::Done(all.iter().filter_map(|summary| settled(summary).transpose()).collect())
}

fn settled(summary: &Summary) -> Result<Option<Settled>, String> {
    let unreadable = || format!("the amount or time of {} cannot be read", summary.id);
    let (kind, said) = if summary.service(Kind::Payout).is_some() {
        (SettledKind::Refund, summary.said(Kind::Payout))
    } else if summary.service(Kind::Charge).is_some() {
        (SettledKind::Charge, summary.said(Kind::Charge))
    } else {
        return Ok(None);
    };
    let state = match said {
        Said::State(state) => state,
        Said::Duplicate => return Ok(None),
        Said::Unclear => MoneyState::Pending,
    };
    Ok(Some(Settled {
        kind,
        reference: summary.echo().0.map(str::to_owned),
        receipt: summary.receipt(),
        amount: summary.money().ok_or_else(unreadable)?,
        state,
        at: summary.at().ok_or_else(unreadable)?,
    }))
}
