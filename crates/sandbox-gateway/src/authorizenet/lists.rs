use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::authorizenet::element::{Out, bare, fields, word};
use crate::authorizenet::node::Node;
use crate::authorizenet::transactions::{self, reason};
use crate::authorizenet::{Answered, Handled, Problem};
use crate::core::Core;
use crate::core::dialect::Dialect;
use crate::core::transaction::{Kind, Status, Transaction};
use crate::routes;

/// The most transactions in one page.
const PAGE_MAX: usize = 1_000;

/// Authorize.Net's word for a status (gateways 2.4).
pub(super) fn status(one: &Transaction) -> &'static str {
    let charge = matches!(one.kind, Kind::Charge);
    match one.status {
        _ if one.is_disputed() => "chargeback",
        Status::Pending => "FDSPendingReview",
        Status::Succeeded if charge => "capturedPendingSettlement",
        Status::Succeeded if one.kind == Kind::Void => "voided",
        Status::Succeeded => "refundPendingSettlement",
        Status::Settled if charge => "settledSuccessfully",
        Status::Settled => "refundSettledSuccessfully",
        Status::Failed if one.was_declined() => "declined",
        Status::Failed => "returnedItem",
        Status::Voided => "voided",
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same instant without an offset, as the merchant's local time; the merchant lives in UTC.
fn local(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The batch a transaction was settled in: its day.
fn batch_id(one: &Transaction) -> Option<String> {
    one.settled_at.map(|at| at.to_zoned(TimeZone::UTC).strftime("%Y%m%d").to_string())
}

/// `getTransactionDetailsRequest`.
pub(super) fn details(core: &Core, asked: &Node) -> Handled {
    let id = asked.text(&["transId"]).unwrap_or_default();
    let Some(one) = core.find(Dialect::Authorizenet, &id) else {
        return Err(Problem("E00040", "The record cannot be found.".to_owned()));
    };
    let of = one.of.and_then(|of| core.state.transactions.get(&of)).map(|of| core.id(of));
    let mut parts = vec![("transId", word(core.id(one)))];
    parts.extend(of.map(|of| ("refTransId", word(of))));
    let dead = one.code.filter(|_| one.status == Status::Failed);
    let (response, code, sentence) = match dead {
        Some(code) => reason(code),
        None if one.status == Status::Pending => ("4", "253", "Held for review."),
        None => ("1", "1", "Approval"),
    };
    let kind = match one.kind {
        Kind::Charge => "authCaptureTransaction",
        Kind::Refund | Kind::Credit => "refundTransaction",
        Kind::Void => "voidTransaction",
    };
    let shown = word(one.amount.to_decimal());
    parts.extend([
        ("submitTimeUTC", word(utc(one.created))),
        ("submitTimeLocal", word(local(one.created))),
        ("transactionType", word(kind)),
        ("transactionStatus", word(status(one))),
        ("responseCode", bare(response)),
        ("responseReasonCode", bare(code)),
        ("responseReasonDescription", word(sentence)),
        ("AVSResponse", word("P")),
    ]);
    if let (Some(id), Some(at)) = (batch_id(one), one.settled_at) {
        let batch = fields([
            ("batchId", word(id)),
            ("settlementTimeUTC", word(utc(at))),
            ("settlementTimeLocal", word(local(at))),
            ("settlementState", word("settledSuccessfully")),
        ]);
        parts.push(("batch", batch));
    }
    let number = one.reference.chars().take(20).collect::<String>();
    let mut order = vec![("invoiceNumber", word(number))];
    let described = one.metadata.get(transactions::DESCRIPTION);
    order.extend(described.map(|text| ("description", word(text.clone()))));
    let card = fields([
        ("cardNumber", word(format!("XXXX{}", routes::last_four(&one.method)))),
        ("expirationDate", word("XXXX")),
        ("cardType", word("Visa")),
    ]);
    parts.extend([
        ("order", Out::Fields(order)),
        ("authAmount", amount(&shown)),
        ("settleAmount", amount(&shown)),
        ("taxExempt", bare("false")),
        ("payment", fields([("creditCard", card)])),
        ("recurringBilling", bare("false")),
    ]);
    Ok(Answered::Fields(vec![("transaction", Out::Fields(parts))], true))
}

/// A decimal written bare.
fn amount(shown: &Out) -> Out {
    match shown {
        Out::Word(text) => Out::Bare(text.clone()),
        other => other.clone(),
    }
}

fn summary(core: &Core, one: &Transaction) -> Out {
    let number = one.reference.chars().take(20).collect::<String>();
    fields([
        ("transId", word(core.id(one))),
        ("submitTimeUTC", word(utc(one.created))),
        ("submitTimeLocal", word(local(one.created))),
        ("transactionStatus", word(status(one))),
        ("invoiceNumber", word(number)),
        ("accountType", word("Visa")),
        ("accountNumber", word(format!("XXXX{}", routes::last_four(&one.method)))),
        ("settleAmount", bare(one.amount.to_decimal())),
        ("marketType", word("eCommerce")),
        ("product", word("Card Not Present")),
    ])
}

/// A page of transactions, sorted and cut as asked.
fn page(core: &Core, asked: &Node, mut found: Vec<&Transaction>) -> Answered {
    let descending = asked
        .text(&["sorting", "orderDescending"])
        .is_some_and(|text| text == "true" || text == "1");
    if descending {
        found.reverse();
    }
    let number = |name: &str, usual: usize| {
        asked.text(&["paging", name]).and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let limit = number("limit", PAGE_MAX).clamp(1, PAGE_MAX);
    let skipped = number("offset", 1).max(1).saturating_sub(1).saturating_mul(limit);
    let page: Vec<Out> =
        found.into_iter().skip(skipped).take(limit).map(|one| summary(core, one)).collect();
    let count = page.len();
    let total = ("totalNumInResultSet", bare(count));
    if count == 0 {
        return Answered::Nothing(vec![total]);
    }
    Answered::Fields(vec![("transactions", Out::List("transaction", page)), total], true)
}

fn all(core: &Core) -> impl Iterator<Item = &Transaction> {
    let now = core.now();
    core.state.transactions.values().filter(move |one| {
        one.dialect == Dialect::Authorizenet && one.kind != Kind::Void && one.visible_from <= now
    })
}

/// `getUnsettledTransactionListRequest`. What was declined or voided stays until the day's batch closes;
/// here it is shown for a day after it was made.
pub(super) fn unsettled(core: &Core, asked: &Node) -> Handled {
    let (now, day) = (core.now(), core.options.settle_after);
    let held = asked.text(&["status"]).is_some_and(|status| status == "pendingApproval");
    let found = all(core).filter(|one| match one.status {
        Status::Pending => true,
        Status::Succeeded => !held,
        Status::Settled => false,
        Status::Failed | Status::Voided => {
            !held && one.settled_at.is_none() && now.duration_since(one.created) < day
        }
    });
    Ok(page(core, asked, found.collect()))
}

/// `getTransactionListRequest`: the transactions of a batch.
pub(super) fn batch(core: &Core, asked: &Node) -> Handled {
    let wanted = asked.text(&["batchId"]);
    if wanted.is_none() {
        return Err(Problem("E00003", "The element 'batchId' is missing.".to_owned()));
    }
    let found = all(core).filter(|one| batch_id(one) == wanted);
    Ok(page(core, asked, found.collect()))
}

/// `getSettledBatchListRequest`: a batch per day, within the dates if there are any.
pub(super) fn batches(core: &Core, asked: &Node) -> Handled {
    let bound = |name: &str| {
        let text = asked.text(&[name])?;
        let text = if text.ends_with('Z') { text } else { format!("{text}Z") };
        text.parse::<Timestamp>().ok()
    };
    let (first, last) = (bound("firstSettlementDate"), bound("lastSettlementDate"));
    let mut days: BTreeMap<String, Timestamp> = BTreeMap::new();
    for one in all(core) {
        if let (Some(id), Some(at)) = (batch_id(one), one.settled_at) {
            let latest = days.entry(id).or_insert(at);
            *latest = (*latest).max(at);
        }
    }
    let within = |at: &Timestamp| {
        first.is_none_or(|first| *at >= first) && last.is_none_or(|last| *at <= last)
    };
    let shown: Vec<Out> = days
        .into_iter()
        .filter(|(_, at)| within(at))
        .map(|(id, at)| {
            fields([
                ("batchId", word(id)),
                ("settlementTimeUTC", word(utc(at))),
                ("settlementTimeLocal", word(local(at))),
                ("settlementState", word("settledSuccessfully")),
                ("paymentMethod", word("creditCard")),
            ])
        })
        .collect();
    if shown.is_empty() {
        return Ok(Answered::Nothing(Vec::new()));
    }
    Ok(Answered::Fields(vec![("batchList", Out::List("batch", shown))], true))
}

/// `getMerchantDetailsRequest`.
pub(super) fn merchant() -> Vec<(&'static str, Out)> {
    let processor = fields([("name", word("Sandbox")), ("id", bare(1))]);
    vec![
        ("isTestMode", bare("false")),
        ("processors", Out::List("processor", vec![processor])),
        ("merchantName", word("Sandbox merchant")),
        ("gatewayId", word("0000000000")),
        ("marketTypes", Out::List("marketType", vec![word("eCommerce")])),
        ("productCodes", Out::List("productCode", vec![word("CNP")])),
        ("paymentMethods", Out::List("paymentMethod", vec![word("Visa")])),
        ("currencies", Out::List("currency", vec![word("USD")])),
    ]
}
