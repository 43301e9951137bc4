//! Accounts, invoices, credit, payments and refunds.

use serde_json::{Value, json};

use crate::Seen;
use crate::support::books::number;
use crate::support::{Answer, Api};

pub(crate) fn accounts(seen: &mut Seen, api: &Api) {
    let body = json!({"name": "Ada", "currency": "USD", "external_id": "crm-1"});
    api.post_as("/api/v1/accounts", "an account", &body).done();
    seen.refused(&api.post("/api/v1/accounts", &body), 409, "external_id_taken");
    let other = json!({"name": "Grace", "currency": "USD"});
    let reused = api.post_as("/api/v1/accounts", "an account", &other);
    seen.refused(&reused, 409, "idempotency_key_reused");
    let account = api.open_account("USD");
    let cancel = format!("/api/v1/accounts/{account}/cancel");
    api.post(&cancel, &Value::Null).done();
    seen.refused(&api.post(&cancel, &Value::Null), 409, "account_status_unchanged");
    seen.refused(&api.pay(&account, &[], Some("1")), 409, "account_canceled");
}

pub(crate) fn invoices(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let create = |body: Value| api.post(&format!("/api/v1/accounts/{account}/invoices"), &body);
    seen.refused(&create(json!({"items": []})), 422, "nothing_given");
    let items = json!([{"amount": "1"}]);
    let dates = json!({"items": items, "invoice_date": "2026-03-02", "due_date": "2026-03-01"});
    seen.refused(&create(dates), 422, "due_before_invoice");
    let code = json!({"items": [{"amount": "1", "accounting_code": "9999"}]});
    seen.refused(&create(code), 422, "unknown_accounting_code");
    let euros = json!({"items": items, "currency": "EUR"});
    seen.refused(&create(euros), 422, "currency_mismatch");
    seen.refused(&create(json!({"items": [{"amount": "0.001"}]})), 422, "invalid_amount");
    let most = json!({"items": [{"amount": "10000000000000"}, {"amount": "0.01"}]});
    seen.refused(&create(most), 409, "balance_too_large");
    let draft = api.invoice(&account, "5", false);
    let unpost =
        |invoice: &str| api.post(&format!("/api/v1/invoices/{invoice}/unpost"), &Value::Null);
    seen.refused(&unpost(&draft), 409, "invoice_status");
    let (first, last) = (api.posted(&account, "5"), api.posted(&account, "5"));
    seen.refused(&unpost(&first), 409, "invoice_not_latest");
    api.pay(&account, &[(&last, "1")], None).done();
    seen.refused(&unpost(&last), 409, "invoice_has_documents");
}

pub(crate) fn item_adjustments(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let body = json!({"items": [{"amount": "10"}, {"amount": "-4"}], "post": true});
    let made = api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done();
    let invoice = number(&made, "invoice");
    let path = format!("/api/v1/invoices/{invoice}/adjust");
    let items = api.show(&format!("/api/v1/invoices/{invoice}"))["items"].clone();
    let line = |item: usize, kind: &str, amount: &str| json!({"lines": [{"item": items[item]["number"], "type": kind, "amount": amount}]});
    let unnamed = json!({"lines": [{"type": "credit", "amount": "1"}]});
    seen.refused(&api.post(&path, &unnamed), 422, "item_ambiguous");
    seen.refused(&api.post(&path, &line(0, "charge", "1")), 409, "item_not_toward_zero");
    seen.refused(&api.post(&path, &line(1, "charge", "1")), 409, "not_toward_zero");
    let mut both = line(0, "credit", "1");
    both["settle"] = json!(true);
    seen.refused(&api.post(&path, &both), 422, "lines_or_settle");
    let mut early = line(0, "credit", "1");
    early["date"] = json!("2026-03-01");
    seen.refused(&api.post(&path, &early), 422, "date_too_early");
    let mut wrong = line(0, "credit", "1");
    wrong["reason_code"] = json!("Because");
    seen.refused(&api.post(&path, &wrong), 422, "unknown_reason_code");
    api.post(&path, &json!({"settle": true})).done();
    assert_eq!(api.balance(&invoice), "0.00");
    seen.refused(&api.post(&path, &json!({"settle": true})), 409, "nothing_to_settle");
}

pub(crate) fn credit(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "50");
    let path = format!("/api/v1/accounts/{account}/credit-balance/apply");
    seen.refused(&api.apply(&account, &invoice, "1"), 409, "no_credit");
    seen.refused(&api.transfer(&invoice, "1"), 409, "invoice_not_negative");
    let counter = format!("/api/v1/invoices/{invoice}/counter-adjust");
    seen.refused(&api.post(&counter, &json!({})), 409, "nothing_to_reverse");
    api.pay(&account, &[], Some("30")).done();
    seen.refused(&api.apply(&account, &invoice, "31"), 409, "amount_exceeds_credit_balance");
    seen.refused(&api.apply(&account, &invoice, "51"), 409, "amount_exceeds_invoice_balance");
    seen.refused(&api.apply(&account, &invoice, "0"), 422, "amount_not_positive");
    let both = json!({"amount": "1", "invoices": [{"invoice": invoice}]});
    seen.refused(&api.post(&path, &both), 400, "amount_ambiguous");
    let many: Vec<Value> = (0..1001).map(|_| json!({"invoice": invoice})).collect();
    seen.refused(&api.post(&path, &json!({"invoices": many})), 422, "too_many");
    api.apply(&account, &invoice, "10").done();
    let more = json!({"amount": "10.01"});
    seen.refused(&api.post(&counter, &more), 409, "amount_exceeds_reversible");
    let other = api.open_account("USD");
    let theirs = api.posted(&other, "5");
    seen.refused(&api.apply(&account, &theirs, "1"), 409, "invoice_of_another_account");
    let ahead = json!({"items": [{"amount": "5"}], "invoice_date": "2026-03-03", "post": true});
    let made = api.post(&format!("/api/v1/accounts/{account}/invoices"), &ahead).done();
    let ahead = number(&made, "invoice");
    seen.refused(&api.apply(&account, &ahead, "1"), 409, "invoice_dated_in_future");
    api.apply(&account, &invoice, "20").done();
    api.pay(&account, &[(&invoice, "20")], Some("1")).done();
    seen.refused(&api.apply(&account, &invoice, "1"), 409, "invoice_not_positive");
    seen.refused(&api.post(&path, &json!({})), 409, "no_open_invoice");
}

pub(crate) fn cancellations(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let negative = api.posted(&account, "-10");
    let adjustment = |answer: &Answer| number(&answer.done(), "credit_balance_adjustment");
    let increase = adjustment(&api.transfer(&negative, "10"));
    let positive = api.posted(&account, "10");
    let decrease = adjustment(&api.apply(&account, &positive, "4"));
    seen.refused(&api.cancel_adjustment(&increase), 409, "credit_already_used");
    let counter = format!("/api/v1/invoices/{positive}/counter-adjust");
    api.post(&counter, &json!({"amount": "1"})).done();
    seen.refused(&api.cancel_adjustment(&decrease), 409, "invoice_beyond_its_amount");
    let overpaid = adjustment(&api.pay(&account, &[], Some("5")));
    seen.refused(&api.cancel_adjustment(&overpaid), 409, "adjustment_of_payment");
    let refund = api.refund(&account, "5");
    seen.refused(&api.cancel_adjustment(&adjustment(&refund)), 409, "adjustment_of_refund");
    let path = format!("/api/v1/refunds/{}/cancel", number(&refund.body, "refund"));
    seen.refused(&api.post(&path, &json!({})), 409, "refund_final");
    api.pay(&account, &[], Some("5")).done();
    api.cancel_adjustment(&increase).done();
    seen.refused(&api.cancel_adjustment(&increase), 409, "already_canceled");
}

pub(crate) fn payments(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let (a, b) = (api.posted(&account, "6"), api.posted(&account, "4"));
    seen.refused(&api.pay(&account, &[], None), 422, "payment_goes_nowhere");
    seen.refused(&api.pay(&account, &[(&a, "1"), (&a, "1")], None), 422, "invoice_named_twice");
    let uneven = json!({"method_type": "cash", "amount": "2", "credit_balance_amount": "1"});
    let path = format!("/api/v1/accounts/{account}/payments");
    seen.refused(&api.post(&path, &uneven), 422, "parts_do_not_add_up");
    let payment = number(&api.pay(&account, &[(&a, "6"), (&b, "4")], None).done(), "payment");
    let path = format!("/api/v1/payments/{payment}/refund");
    let refund = |mut body: Value| {
        body["method_type"] = json!("cash");
        api.post(&path, &body)
    };
    seen.refused(&refund(json!({"amount": "11"})), 409, "amount_exceeds_payment");
    seen.refused(&refund(json!({"amount": "1"})), 422, "parts_required");
    let over = json!({"parts": [{"invoice": b, "amount": "5"}]});
    seen.refused(&refund(over), 409, "amount_exceeds_application");
    seen.refused(&refund(json!({"type": "electronic"})), 409, "external_payment_only");
    let done = refund(json!({"adjust": true})).done();
    let cancel = format!("/api/v1/payments/{payment}/cancel");
    seen.refused(&api.post(&cancel, &json!({})), 409, "payment_refunded");
    let cancel = format!("/api/v1/refunds/{}/cancel", number(&done, "refund"));
    seen.refused(&api.post(&cancel, &json!({})), 409, "refunded_invoice_settled");
}

pub(crate) fn refunds(seen: &mut Seen, api: &Api) {
    let (account, _) = api.account_with_credit("10");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let refund = |body: Value| api.post(&path, &body);
    seen.refused(&refund(json!({})), 422, "method_type_missing");
    let card = json!({"type": "electronic", "method_type": "credit_card"});
    seen.refused(&refund(card), 422, "method_type_not_allowed");
    let electronic = json!({"type": "electronic"});
    seen.refused(&refund(electronic.clone()), 409, "payment_method_missing");
    api.card(&account);
    seen.refused(&refund(electronic), 409, "no_gateway");
    let on = |date: &str| json!({"method_type": "cash", "date": date});
    seen.refused(&refund(on("2026-03-03")), 422, "date_in_future");
    let early = refund(on("2026-03-01"));
    seen.refused(&early, 409, "amount_exceeds_credit_balance_on");
}
