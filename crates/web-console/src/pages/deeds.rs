//! What can be done with a document by one form: the page of the form, `/console/KIND/NUMBER/DEED`.

use axum::extract::Path;
use maud::html;
use serde_json::{Map, Value, json};

use super::{Shown, Sorry, custom_fields, part, reasons, require};
use crate::api::Problem;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Choice, Input, Kind};
use crate::parts::{list, money, text, words};
use crate::sums::is_nothing;
use crate::visit::Visit;

/// Something that can be done with a document.
pub(super) struct Deed {
    /// The documents, as addresses call them.
    pub(super) kind: &'static str,
    /// The last part of the address, here and of the API.
    pub(super) name: &'static str,
    /// What it is called.
    pub(super) title: &'static str,
    /// What it does, in a sentence.
    explanation: &'static str,
    /// The permission it needs.
    needed: &'static str,
    /// Whether it may be possible, as the document stands. The server says for certain.
    when: fn(&Value) -> bool,
    /// What it asks for.
    asks: &'static [Ask],
    /// The category of its reasons, and the object whose custom fields it has.
    reasons: &'static str,
    fields: &'static str,
    previewed: bool,
}

/// What a deed asks for.
#[derive(Clone, Copy)]
enum Ask {
    Amount,
    Reason,
    Reference,
    Comment,
    Date,
    /// Settle the invoice that reopens.
    Settle,
    /// Which item, Credit or Charge, how much; or all of it.
    Lines,
}

const MOVED: &[Ask] = &[Ask::Amount, Ask::Reason, Ask::Reference, Ask::Comment, Ask::Date];
const WORDS: &[Ask] = &[Ask::Reason, Ask::Comment];
const CANCELED: &[Ask] = &[Ask::Settle, Ask::Reason, Ask::Comment];
const ADJUSTED: &[Ask] =
    &[Ask::Lines, Ask::Amount, Ask::Reason, Ask::Reference, Ask::Comment, Ask::Date];

const PLAIN: Deed = Deed {
    kind: "",
    name: "",
    title: "",
    explanation: "",
    needed: "",
    when: |_| true,
    asks: &[],
    reasons: "",
    fields: "",
    previewed: true,
};

fn posted(invoice: &Value) -> bool {
    text(invoice, "status") == "posted"
}

fn draft(invoice: &Value) -> bool {
    text(invoice, "status") == "draft"
}

fn external(document: &Value) -> bool {
    text(document, "type") == "external" && text(document, "status") == "processed"
}

fn settled(document: &Value) -> bool {
    document.pointer("/order/settlement").is_some_and(|it| it == "settled")
}

fn electronic(document: &Value) -> bool {
    text(document, "type") == "electronic"
}

/// How it stands: as its order does, if it has one.
fn state(document: &Value) -> &str {
    let order = document.pointer("/order/state").and_then(Value::as_str);
    order.unwrap_or_else(|| text(document, "state"))
}

/// How an order stands that no gateway is asked about any more, or not yet.
const ENDED: [&str; 11] = [
    "awaiting_approval",
    "declined",
    "failed_late",
    "lapsed",
    "never_sent",
    "rejected",
    "returned",
    "settled",
    "to_be_paid",
    "voided",
    "withdrawn",
];

const INVOICE: Deed = Deed { kind: "invoices", ..PLAIN };

/// Every deed, in the order the buttons stand.
pub(super) const DEEDS: [Deed; 16] = [
    Deed {
        name: "post",
        title: "Post",
        explanation: "The invoice counts from then on; automatic transfer and application follow their rules.",
        needed: "post_invoice",
        when: draft,
        ..INVOICE
    },
    Deed {
        name: "transfer",
        title: "Transfer to the credit balance",
        explanation: "Moves a negative invoice balance into the credit balance of the account, all of it or a part.",
        needed: "create_credit_balance_adjustment",
        when: |it| posted(it) && text(it, "balance").starts_with('-'),
        asks: MOVED,
        reasons: "credit_balance_adjustment",
        fields: "credit_balance_adjustment",
        ..INVOICE
    },
    Deed {
        name: "adjust",
        title: "Adjust",
        explanation: "A Credit lowers what is open on the invoice, a Charge raises it.",
        needed: "create_invoice_item_adjustment",
        when: posted,
        asks: ADJUSTED,
        reasons: "invoice_item_adjustment",
        fields: "invoice_item_adjustment",
        ..INVOICE
    },
    Deed {
        name: "counter-adjust",
        title: "Reverse credit by a counter-adjustment",
        explanation: "Brings back what was transferred or applied, by an adjustment the other way, where cancelling is no longer possible.",
        needed: "create_credit_balance_adjustment",
        when: |it| posted(it) && !is_nothing(text(it, "credit_balance_adjustment_amount")),
        asks: MOVED,
        reasons: "credit_balance_adjustment",
        fields: "credit_balance_adjustment",
        ..INVOICE
    },
    Deed {
        name: "unpost",
        title: "Take back to draft",
        explanation: "The invoice no longer counts, and can be canceled or posted again.",
        needed: "cancel_posted_billing_document",
        when: posted,
        ..INVOICE
    },
    Deed {
        name: "cancel",
        title: "Cancel the draft",
        explanation: "For ever: it can never be posted again.",
        needed: "manage_invoices",
        when: draft,
        ..INVOICE
    },
    Deed {
        kind: "credit-balance-adjustments",
        name: "cancel",
        title: "Cancel credit balance",
        explanation: CANCELED_INCREASE,
        needed: "cancel_credit_balance_adjustment",
        when: |it| text(it, "status") == "processed",
        asks: CANCELED,
        reasons: "credit_balance_adjustment",
        ..PLAIN
    },
    Deed {
        kind: "invoice-item-adjustments",
        name: "cancel",
        title: "Cancel",
        explanation: "What it took from the invoice, or added, comes back.",
        needed: "cancel_invoice_item_adjustment",
        when: |it| text(it, "status") == "processed",
        asks: WORDS,
        reasons: "invoice_item_adjustment",
        ..PLAIN
    },
    Deed {
        kind: "payments",
        name: "cancel",
        title: "Cancel",
        explanation: "As if the money had never come: its invoices reopen, and its part of the credit balance is taken back.",
        needed: "cancel_external_payment",
        when: external,
        asks: &[Ask::Comment],
        ..PLAIN
    },
    Deed {
        kind: "payments",
        name: "void",
        title: "Void",
        explanation: "Tells the gateway not to take the money. Possible until it has settled; refund it afterwards.",
        needed: "cancel_electronic_payment",
        when: |it| electronic(it) && text(it, "status") == "processed" && !settled(it),
        asks: &[Ask::Comment],
        ..PLAIN
    },
    Deed {
        kind: "payments",
        name: "refresh",
        title: "Ask the gateway again",
        explanation: "Looks up at the gateway how the payment stands.",
        needed: "process_electronic_payment",
        when: |it| electronic(it) && !ENDED.contains(&state(it)),
        previewed: false,
        ..PLAIN
    },
    Deed {
        kind: "refunds",
        name: "cancel",
        title: "Cancel",
        explanation: "As if the money had never gone out: it counts as owed again.",
        needed: "cancel_external_refund",
        // A refund of credit is final.
        when: |it| external(it) && text(it, "source_type") == "payment",
        asks: WORDS,
        reasons: "payment_refund",
        ..PLAIN
    },
    Deed {
        kind: "refunds",
        name: "refresh",
        title: "Ask the gateway again",
        explanation: "Looks up at the gateway how the refund stands.",
        needed: "issue_electronic_refund",
        when: |it| electronic(it) && !ENDED.contains(&state(it)),
        previewed: false,
        ..PLAIN
    },
    Deed {
        kind: "payment-methods",
        name: "close",
        title: "Close",
        explanation: "For ever: nothing is charged to it or paid out to it any more. What was stays as it is.",
        needed: "manage_payment_methods",
        when: |it| text(it, "status") != "closed",
        ..PLAIN
    },
    Deed {
        kind: "accounts",
        name: "cancel",
        title: "Cancel the account",
        explanation: "Nothing can be invoiced or paid on it any more until it is opened again.",
        needed: "manage_accounts",
        when: |it| text(it, "status") == "active",
        ..PLAIN
    },
    Deed {
        kind: "accounts",
        name: "reactivate",
        title: "Open the account again",
        explanation: "It takes invoices, payments and refunds again.",
        needed: "manage_accounts",
        when: |it| text(it, "status") == "canceled",
        ..PLAIN
    },
];

/// What can be done with a document by whoever looks at it, as buttons.
pub(super) fn buttons(visit: &Visit, kind: &str, document: &Value) -> maud::Markup {
    let number = text(document, "number");
    html! {
        @for deed in DEEDS.iter().filter(|it| it.kind == kind && visit.may(it.needed) && (it.when)(document)) {
            a.button href={ "/console/" (kind) "/" (number) "/" (deed.name) } { (deed.title) }
        }
    }
}

/// The form.
pub(crate) async fn ask(
    visit: Visit,
    Path((kind, number, name)): Path<(String, String, String)>,
) -> Shown {
    match form(&visit, &kind, &number, &name).await {
        Ok(form) => {
            let asked = ["amount", "reason_code", "comment", "how"];
            let mut fields = Fields::default().with("how", "settle").with("settle", "true");
            for name in asked {
                if let Some(value) = visit.query.given(name) {
                    fields = fields.with(name, value);
                }
            }
            Ok(form.ask(&visit, fields))
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// Shows what it would do, or does it.
pub(crate) async fn send(
    visit: Visit,
    Path((kind, number, name)): Path<(String, String, String)>,
    fields: Fields,
) -> Shown {
    match form(&visit, &kind, &number, &name).await {
        Ok(form) if name == "adjust" && odd_settlement(&fields) => {
            // Whoever may not ask at all is told that first.
            let refused = match visit.preview(&form.path, form.body(&fields), &fields).await {
                Err(problem) if matches!(problem.status, 401 | 403) => problem,
                _ => heeds_neither(&fields),
            };
            form.again(visit, &fields, refused)
        }
        Ok(form) => form.send(visit, fields).await,
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

fn heeds_neither(fields: &Fields) -> Problem {
    let detail = "what settles the invoice has no amount or item of its own; choose Credit or Charge, or leave both empty";
    let field = if fields.given("amount").is_some() { "amount" } else { "item" };
    let (code, detail) = ("form_invalid".to_owned(), detail.to_owned());
    Problem { status: 422, code, detail, field: Some(field.to_owned()) }
}

/// Whether an amount or an item is given that settling the invoice would not heed.
fn odd_settlement(fields: &Fields) -> bool {
    let given = fields.given("amount").is_some() || fields.given("item").is_some();
    given && fields.get("how") == "settle" && !matches!(fields.get("step"), "live" | "change")
}

async fn form(visit: &Visit, kind: &str, number: &str, name: &str) -> Result<Form, Problem> {
    let deed = DEEDS.iter().find(|it| it.kind == kind && it.name == name);
    let deed = deed.ok_or_else(Problem::no_page)?;
    require(visit, deed.needed).await?;
    let path = format!("/api/v1/{kind}/{}", part(number));
    let document = visit.get(&path).await?;
    let back = format!("/console/{kind}/{}", part(number));
    let mut inputs = Vec::new();
    for ask in deed.asks {
        match ask {
            Ask::Amount => {
                let currency = text(&document, "currency");
                let hint = format!("In {currency}. All that is possible if left empty.");
                inputs
                    .push(Input::new("amount", "Amount", Kind::Decimal).hint(hint).unit(currency));
            }
            Ask::Reason => inputs.push(reasons(visit, deed.reasons).await?),
            Ask::Reference => inputs.push(Input::new("reference", "Reference", Kind::Line)),
            Ask::Comment => inputs.push(Input::new("comment", "Comment", Kind::Line)),
            Ask::Date => {
                inputs.push(Input::new("date", "Date", Kind::Date).hint("Today if left empty."))
            }
            // Only where a negative invoice reopens there is something to settle.
            Ask::Settle if text(&document, "type") != "increase" => {}
            Ask::Settle => inputs.push(
                Input::new(
                    "settle",
                    "Settle the reopened invoice by a Charge adjustment",
                    Kind::Flag,
                )
                .hint("Otherwise it is offered afterwards."),
            ),
            Ask::Lines => inputs.extend(lines(&document)),
        }
    }
    if !deed.fields.is_empty() {
        inputs.extend(custom_fields(visit, deed.fields).await?);
    }
    let then = match (kind, name) {
        ("credit-balance-adjustments", "cancel") => Then::GoBy(offered, back.clone()),
        _ => Then::Go(format!("{back}?said=done")),
    };
    Ok(Form {
        lead: lead(&document, deed),
        button: deed.title.to_owned(),
        previewed: deed.previewed,
        shape: shaped,
        then,
        ..Form::new(
            &format!("{}: {}", deed.title, text(&document, "number")),
            format!("{back}/{name}"),
            format!("{path}/{name}"),
            inputs,
            &back,
        )
    })
}

/// What cancelling does to what came from a negative invoice, and to what was applied to an invoice.
const CANCELED_INCREASE: &str = "The amount leaves the credit balance, and the negative invoice it came from reopens. A Charge adjustment settles that invoice: at once, or later if you take the tick away.";
const CANCELED_DECREASE: &str =
    "The amount comes back to the credit balance, and what it was applied to is open again.";

fn explanation(deed: &Deed, document: &Value) -> &'static str {
    let of_credit = deed.kind == "credit-balance-adjustments";
    if of_credit && text(document, "type") == "decrease" {
        CANCELED_DECREASE
    } else {
        deed.explanation
    }
}

fn lead(document: &Value, deed: &Deed) -> maud::Markup {
    let amount = ["balance", "amount"].into_iter().find(|it| !text(document, it).is_empty());
    html! {
        p.lead {
            a href={ "/console/" (deed.kind) "/" (text(document, "number")) } { (text(document, "number")) }
            @if let Some(amount) = amount {
                ", " (words(amount)) " " (money(text(document, amount), text(document, "currency")))
            }
        }
        p { (explanation(deed, document)) }
    }
}

/// All that is open, or one item by an amount.
fn lines(invoice: &Value) -> Vec<Input> {
    let items = list(invoice, "items").iter().map(|item| {
        let balance = format!("{} {}", text(item, "balance"), text(invoice, "currency"));
        let shown = [text(item, "number"), balance.trim(), text(item, "description")];
        let shown: Vec<&str> = shown.into_iter().filter(|it| !it.is_empty()).collect();
        Choice::new(text(item, "number"), shown.join(", "))
    });
    let how = vec![
        Choice::new("settle", "Whatever brings the invoice to zero"),
        Choice::new("credit", "Credit: lowers one item"),
        Choice::new("charge", "Charge: raises one item"),
    ];
    let items = Choice::or_none("The only one", items.collect());
    vec![
        Input::new("how", "How", Kind::One(how)),
        Input::new("item", "Item", Kind::One(items)).hint("For a Credit or a Charge."),
    ]
}

/// The lines of an adjustment as the API takes them; anything else stays as it is.
fn shaped(body: Value) -> Value {
    let Value::Object(mut body) = body else { return body };
    let Some(how) = body.remove("how") else { return Value::Object(body) };
    let (item, amount) = (body.remove("item"), body.remove("amount"));
    if how == "settle" {
        body.insert("settle".to_owned(), json!(true));
    } else {
        let given = [("type", Some(how)), ("item", item), ("amount", amount)];
        let line = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        body.insert("lines".to_owned(), json!([line.collect::<Map<_, _>>()]));
    }
    Value::Object(body)
}

/// After a cancellation, the Charge adjustment that settles the reopened invoice, if it was left for later.
fn offered(done: &Value) -> Option<String> {
    let next = done.get("next_step")?;
    let invoice = text(next, "path").strip_prefix("/api/v1/invoices/")?.strip_suffix("/adjust")?;
    Some(format!("/console/invoices/{}/adjust?how=settle", part(invoice)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adjustment_is_a_line_or_settles_all() {
        let line = shaped(json!({"how": "credit", "item": "II-1", "amount": "5", "comment": "x"}));
        let expected =
            json!({"lines": [{"type": "credit", "item": "II-1", "amount": "5"}], "comment": "x"});
        assert_eq!(line, expected);
        assert_eq!(shaped(json!({"how": "settle", "amount": "5"})), json!({"settle": true}));
        assert_eq!(shaped(json!({"amount": "5"})), json!({"amount": "5"}));
    }

    #[test]
    fn after_a_cancellation_the_charge_is_offered() {
        let done = json!({"next_step": {"path": "/api/v1/invoices/INV00000001/adjust"}});
        let expected = "/console/invoices/INV00000001/adjust?how=settle";
        assert_eq!(offered(&done).as_deref(), Some(expected));
        assert_eq!(offered(&json!({})), None);
    }
}
