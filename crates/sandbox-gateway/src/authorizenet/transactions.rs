use std::collections::BTreeMap;

use jiff::SignedDuration;
use money::{Amount, Currency, Money};

use crate::authorizenet::element::{Out, fields, word};
use crate::authorizenet::node::Node;
use crate::authorizenet::{Answered, Handled, Problem, broken, throttled};
use crate::call::{Call, Reply};
use crate::core::dialect::Dialect;
use crate::core::transaction::{Code, Kind, Status, Transaction};
use crate::core::{Ask, Core, Manner, Performed};
use crate::routes;

/// How long the same is refused, unless the call says otherwise (gateways 1.1).
const DUPLICATE_WINDOW_SECONDS: i64 = 120;

/// `createTransactionRequest`.
pub(super) fn create(core: &mut Core, call: &Call, asked: &Node) -> Handled {
    let ask = match read(core, call, asked)? {
        Read::Ask(ask) => *ask,
        Read::Refused(code) => return Ok(refused(code)),
        Read::Invalid(reply) => return Ok(Answered::Other(reply)),
    };
    if repeats(core, &ask, asked) {
        return Ok(refused(Code::Duplicate));
    }
    if ask.kind == Kind::Credit && !core.options.authorizenet_ecc {
        return Ok(refused(Code::CreditNotEnabled));
    }
    match core.perform(&ask) {
        Performed::Made(_, Manner::Broken) | Performed::Broken => Ok(Answered::Other(broken())),
        Performed::Made(made, manner) => {
            let made = told(core, &made);
            Ok(match manner {
                Manner::Hung => Answered::Hung(vec![("transactionResponse", made.0)]),
                _ => Answered::Fields(vec![("transactionResponse", made.0)], made.1),
            })
        }
        Performed::Refused(code) => Ok(refused(code)),
        Performed::Lost => Ok(Answered::Other(Reply::hang())),
        Performed::Throttled => Ok(Answered::Other(throttled())),
    }
}

/// Where an order's description is kept.
pub(super) const DESCRIPTION: &str = "\u{0}description";

enum Read {
    Ask(Box<Ask>),
    Refused(Code),
    Invalid(Reply),
}

fn read(core: &Core, call: &Call, asked: &Node) -> Result<Read, Problem> {
    let missing =
        |field: &str| Problem("E00003", format!("The element '{field}' is missing or wrong."));
    let inner = asked.at(&["transactionRequest"]).ok_or_else(|| missing("transactionRequest"))?;
    let named = inner.text(&["transactionType"]).ok_or_else(|| missing("transactionType"))?;
    let target = inner.text(&["refTransId"]);
    let kind = match (named.as_str(), &target) {
        ("authCaptureTransaction", _) => Kind::Charge,
        ("refundTransaction", Some(_)) => Kind::Refund,
        ("refundTransaction", None) => Kind::Credit,
        ("voidTransaction", _) => Kind::Void,
        _ => return Err(missing("transactionType")),
    };
    let method = method(inner);
    if matches!(kind, Kind::Charge | Kind::Credit) && method.is_none() {
        return Err(missing("payment"));
    }
    let mut of = None;
    if matches!(kind, Kind::Refund | Kind::Void) {
        let id = target.ok_or_else(|| missing("refTransId"))?;
        match core.find(Dialect::Authorizenet, &id) {
            Some(found) => of = Some(found.number),
            None => return Ok(Read::Refused(Code::ChargeUnknown)),
        }
    }
    let amount = if kind == Kind::Void { None } else { Some(amount(inner, &missing)?) };
    let mut metadata = BTreeMap::new();
    for field in inner.each(&["userFields"], "userField") {
        if let (Some(name), Some(value)) = (field.text(&["name"]), field.text(&["value"])) {
            metadata.insert(name, value);
        }
    }
    if let Some(text) = inner.text(&["order", "description"]) {
        metadata.insert(DESCRIPTION.to_owned(), text);
    }
    let sim = match routes::sim(call, metadata.get("sim").map(String::as_str)) {
        Ok(sim) => sim,
        Err(reply) => return Ok(Read::Invalid(reply)),
    };
    let reference = inner.text(&["order", "invoiceNumber"]).or_else(|| asked.text(&["refId"]));
    Ok(Read::Ask(Box::new(Ask {
        kind,
        dialect: Dialect::Authorizenet,
        reference: reference.unwrap_or_default(),
        key: None,
        amount,
        method: method.unwrap_or_default(),
        of,
        metadata,
        sim,
        needs_settlement: true,
    })))
}

fn amount(inner: &Node, missing: &impl Fn(&str) -> Problem) -> Result<Money, Problem> {
    let currency: Currency = match inner.text(&["currencyCode"]) {
        Some(code) => code.parse().map_err(|_| missing("currencyCode"))?,
        None => Currency::USD,
    };
    let amount = inner.text(&["amount"]).ok_or_else(|| missing("amount"))?;
    let amount = amount.parse().and_then(|amount: Amount| amount.to_money(currency)).ok();
    amount.filter(|amount| amount.is_positive()).ok_or_else(|| missing("amount"))
}

/// The stored method, or what is kept of a card or an account.
fn method(inner: &Node) -> Option<String> {
    let profile = inner.text(&["profile", "paymentProfile", "paymentProfileId"]);
    let card = inner.text(&["payment", "creditCard", "cardNumber"]);
    let bank = inner.text(&["payment", "bankAccount", "accountNumber"]);
    let given = profile.or(card).or(bank)?;
    Some(routes::token(&given))
}

/// True if the same was taken within the window: amount, reference, method, target.
fn repeats(core: &Core, ask: &Ask, asked: &Node) -> bool {
    let settings = asked.each(&["transactionRequest", "transactionSettings"], "setting");
    let window = settings
        .into_iter()
        .find(|one| one.text(&["settingName"]).as_deref() == Some("duplicateWindow"))
        .and_then(|one| one.text(&["settingValue"])?.parse().ok())
        .unwrap_or(DUPLICATE_WINDOW_SECONDS);
    let now = core.now();
    let same = |one: &&Transaction| {
        one.kind == ask.kind
            && one.of == ask.of
            && one.counts()
            && ask.amount.is_none_or(|amount| amount == one.amount)
            && (ask.of.is_some() || one.method == ask.method)
            && now.duration_since(one.created) < SignedDuration::from_secs(window)
    };
    core.state.with_reference(Dialect::Authorizenet, &ask.reference).iter().any(same)
}

/// Authorize.Net's response code, reason code and sentence (gateways 2.4).
pub(super) const fn reason(code: Code) -> (&'static str, &'static str, &'static str) {
    match code {
        Code::Declined => ("2", "2", "This transaction has been declined."),
        Code::ExpiredCard => ("3", "8", "The credit card has expired."),
        Code::MethodRevoked => ("2", "4", "This transaction has been declined."),
        Code::AlreadyRefunded | Code::ExceedsRefundable => (
            "3",
            "55",
            "The sum of credits against the referenced transaction would exceed original debit amount.",
        ),
        Code::Disputed
        | Code::NotSettled
        | Code::TooOld
        | Code::CreditNotEnabled
        | Code::MerchantBalanceLow
        | Code::InsufficientFunds => (
            "3",
            "54",
            "The referenced transaction does not meet the criteria for issuing a credit.",
        ),
        Code::Voided => ("3", "310", "This transaction has already been voided."),
        Code::ChargeUnknown | Code::NotVoidable => ("3", "16", "The transaction cannot be found."),
        Code::CurrencyMismatch => ("3", "39", "The supplied currency code is not supported."),
        Code::Duplicate => ("3", "11", "A duplicate transaction has been submitted."),
    }
}

fn errors(code: Code) -> Out {
    let (_, number, text) = reason(code);
    let error = fields([("errorCode", word(number)), ("errorText", word(text))]);
    Out::List("error", vec![error])
}

/// A refusal that made nothing: transaction id 0.
fn refused(code: Code) -> Answered {
    let response = fields([
        ("responseCode", word(reason(code).0)),
        ("authCode", word("")),
        ("avsResultCode", word("P")),
        ("cvvResultCode", word("")),
        ("cavvResultCode", word("")),
        ("transId", word("0")),
        ("refTransID", word("")),
        ("transHash", word("")),
        ("testRequest", word("0")),
        ("accountNumber", word("")),
        ("accountType", word("")),
        ("errors", errors(code)),
    ]);
    Answered::Fields(vec![("transactionResponse", response)], false)
}

/// The answer to something made, and whether it went well. What is pending is held for review.
fn told(core: &Core, one: &Transaction) -> (Out, bool) {
    let of = one.of.and_then(|of| core.state.transactions.get(&of)).map(|of| core.id(of));
    let failed = one.code.filter(|_| one.status == Status::Failed);
    let (response, code, sentence) = match (one.status, failed) {
        (_, Some(code)) => reason(code),
        (Status::Pending, _) => {
            ("4", "253", "Your order has been received. Thank you for your business!")
        }
        _ => ("1", "1", "This transaction has been approved."),
    };
    let last_four = routes::last_four(&one.method);
    let mut parts = vec![
        ("responseCode", word(response)),
        ("authCode", word(if one.kind == Kind::Charge { "SIM001" } else { "" })),
        ("avsResultCode", word("P")),
        ("cvvResultCode", word("")),
        ("cavvResultCode", word("")),
        ("transId", word(core.id(one))),
        ("refTransID", word(of.unwrap_or_default())),
        ("transHash", word("")),
        ("testRequest", word("0")),
        ("accountNumber", word(format!("XXXX{last_four}"))),
        ("accountType", word("Visa")),
    ];
    match failed {
        Some(code) => parts.push(("errors", errors(code))),
        None => {
            let message = fields([("code", word(code)), ("description", word(sentence))]);
            parts.push(("messages", Out::List("message", vec![message])));
        }
    }
    (Out::Fields(parts), failed.is_none())
}
