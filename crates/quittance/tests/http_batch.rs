//! Many commands in one call.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{essence, made, text};
use support::{Answer, Api, Server};

const BATCH: &str = "/api/v1/batch";

fn batch(api: &Api, commands: &[Value]) -> Answer {
    api.post(BATCH, &json!({"commands": commands}))
}

/// A command with a key of its own, from `operation`, its subject and its body.
fn command(key: &str, operation: &str, subject: (&str, &str), body: &Value) -> Value {
    let mut command = json!({"idempotency_key": key, "operation": operation, "body": body});
    if !subject.0.is_empty() {
        command[subject.0] = json!(subject.1);
    }
    command
}

fn refund(key: &str, account: &str, amount: &str) -> Value {
    let body = json!({"method_type": "check", "amount": amount});
    command(key, "refund_credit_balance", ("account", account), &body)
}

/// The code of a refused command, or what it answers instead.
fn outcomes(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().unwrap();
    let outcome = |result: &Value| match result["result"].as_str() {
        Some("refused") => text(result, "code"),
        _ if result["replayed"] == true => "replayed".to_owned(),
        other => other.unwrap().to_owned(),
    };
    results.iter().map(outcome).collect()
}

#[test]
fn every_operation_of_a_batch_is_done_in_order() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let invoice = |key: &str, amount: &str| {
        let body = json!({"items": [{"amount": amount}], "post": true});
        command(key, "create_invoice", ("account", "A00000001"), &body)
    };
    let on = |key: &str, operation: &str, field: &str, document: &str, body: Value| {
        command(key, operation, (field, document), &body)
    };
    let name = json!({"name": "Ada", "currency": "USD"});
    let pay = json!({"method_type": "cash", "applications": [{"invoice": "INV00000002"}]});
    let commands = [
        command("1", "open_account", ("", ""), &name),
        invoice("2", "-100"),
        on("3", "transfer_to_credit_balance", "invoice", "INV00000001", json!({})),
        invoice("4", "80"),
        on("5", "apply_credit_balance", "account", "A00000001", json!({"amount": "30"})),
        on("6", "counter_adjust", "invoice", "INV00000002", json!({"amount": "10"})),
        on("7", "record_payment", "account", "A00000001", pay),
        on(
            "8",
            "refund_payment",
            "payment",
            "P-00000001",
            json!({"method_type": "cash", "amount": "5"}),
        ),
        on(
            "9",
            "adjust_invoice",
            "invoice",
            "INV00000002",
            json!({"lines": [{"type": "credit", "amount": "5"}]}),
        ),
        refund("10", "A00000001", "60"),
        invoice("11", "-4"),
        on("12", "transfer_to_credit_balance", "invoice", "INV00000003", json!({})),
        on(
            "13",
            "cancel_credit_balance_adjustment",
            "adjustment",
            "CBA-00000005",
            json!({"settle": true}),
        ),
        on(
            "14",
            "record_payment",
            "account",
            "A00000001",
            json!({"method_type": "ach", "amount": "9"}),
        ),
        on("15", "cancel_payment", "payment", "P-00000002", json!({})),
        on("16", "cancel_invoice_item_adjustment", "adjustment", "IIA-00000001", json!({})),
        on("17", "cancel_refund", "refund", "R-00000001", json!({})),
        on("18", "create_invoice", "account", "A00000001", json!({"items": [{"amount": "7"}]})),
        json!({"idempotency_key": "19", "operation": "post_invoice", "invoice": "INV00000004"}),
        json!({"idempotency_key": "20", "operation": "unpost_invoice", "invoice": "INV00000004"}),
        json!({"idempotency_key": "21", "operation": "cancel_invoice", "invoice": "INV00000004"}),
    ];
    let done = batch(&api, &commands).status(200);
    assert_eq!((&done["accepted"], &done["refused"]), (&json!(21), &json!(0)), "{done}");
    let entries: Vec<String> =
        done["results"].as_array().unwrap().iter().map(|result| text(result, "entry")).collect();
    let expected: Vec<String> = (1..=21).map(|no| format!("JE-{no:08}")).collect();
    assert_eq!(entries, expected);
    assert_eq!(done["results"][9]["documents"], json!(["R-00000002", "CBA-00000004"]));
    assert_eq!(done["results"][9]["credit_balance"], "20.00");
    assert_eq!(done["results"][0].get("credit_balance"), None);
    assert_eq!(api.figures("A00000001"), ["20.00", "0.00", "-20.00"]);
    // The same batch again has no effect.
    let again = batch(&api, &commands).status(200);
    assert_eq!(again["accepted"], 21);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "replayed"));
    assert_eq!(api.head(), "JE-00000021");
}

#[test]
fn each_command_succeeds_or_fails_on_its_own() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let mut keyless = refund("", &account, "1");
    keyless.as_object_mut().unwrap().remove("idempotency_key");
    let commands = [
        refund("a", &account, "60"),
        refund("b", &account, "60"),
        refund("a", &account, "60"),
        refund("a", &account, "1"),
        refund("b", &account, "30"),
        refund("c", "A00000099", "1"),
        refund("d", "nonsense", "1"),
        keyless,
        refund(" ", &account, "1"),
        refund("\u{2603}", &account, "1"),
    ];
    let done = batch(&api, &commands).status(200);
    assert_eq!(
        outcomes(&done),
        [
            "accepted",
            "amount_exceeds_credit_balance",
            "replayed",
            "idempotency_key_reused",
            "accepted",
            "not_found",
            "not_found",
            "idempotency_key_missing",
            "idempotency_key_invalid",
            "idempotency_key_invalid"
        ]
    );
    assert_eq!((&done["accepted"], &done["refused"]), (&json!(3), &json!(7)));
    let problem = &done["results"][1];
    assert_eq!(problem["available"], json!({"amount": "40.00", "currency": "USD"}));
    assert_eq!((&problem["status"], &problem["title"]), (&json!(409), &json!("Conflict")));
    assert_eq!(api.figures(&account), ["10.00", "0.00", "-10.00"]);
    assert_eq!(api.show("/api/v1/refunds")["refunds"].as_array().unwrap().len(), 2);
}

#[test]
fn full_detail_is_what_the_single_command_answers() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": "60"});
    let preview = api.preview(&path, &body).status(200);
    let head = api.head();
    let full = json!({"commands": [refund("k", &account, "60")], "detail": "full"});
    let tried = api.post(&format!("{BATCH}?dry_run=true"), &full).status(200);
    assert_eq!(api.head(), head);
    let mut result = tried["results"][0].clone();
    assert_eq!(result.as_object_mut().unwrap().remove("result"), Some(json!("effect")));
    assert_eq!(result["dry_run"], true);
    assert_eq!(essence(&result), essence(&preview));
    let done = api.post(BATCH, &full).status(200);
    let mut result = done["results"][0].clone();
    result.as_object_mut().unwrap().remove("result");
    assert_eq!(result["dry_run"], false);
    assert_eq!(essence(&result), essence(&preview));
    assert_eq!(made(&result, "refund")["amount"], "60.00");
    // The key of a batch is the key of the single command.
    let single = api.post_as(&path, "k", &body);
    assert!(single.replayed());
    // A preview needs no key, and writes nothing.
    let mut keyless = refund("", &account, "40");
    keyless.as_object_mut().unwrap().remove("idempotency_key");
    let tried = api.post(&format!("{BATCH}?dry_run=true"), &json!({"commands": [keyless]}));
    assert_eq!(outcomes(&tried.status(200)), ["accepted"]);
    assert_eq!(api.figures(&account)[0], "40.00");
}

#[test]
fn a_batch_has_at_most_a_thousand_commands_and_8_mib() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let commands: Vec<Value> =
        (0..1001).map(|index| refund(&format!("many {index}"), &account, "0.10")).collect();
    let problem = batch(&api, &commands).refused(422, "too_many");
    assert_eq!(problem["max"], 1000);
    assert_eq!(api.figures(&account)[0], "100.00");
    assert_eq!(batch(&api, &commands[..1000]).status(200)["accepted"], 1000);
    assert_eq!(api.figures(&account)[0], "0.00");
    let refused = batch(&api, &commands[1000..]).status(200);
    assert_eq!(outcomes(&refused), ["no_credit"]);
    let padded = |length: usize| {
        let text = json!({"commands": []}).to_string();
        let body = format!("{text}{}", " ".repeat(length - text.len()));
        api.send("POST", BATCH, &[("content-type", "application/json")], Some(body))
    };
    assert_eq!(padded(8 << 20).status, 200);
    padded((8 << 20) + 1).refused(413, "body_too_large");
}

#[test]
fn a_malformed_body_refuses_its_command_alone() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let bare = |body: Value| command("bare", "post_invoice", ("invoice", "INV00000001"), &body);
    let mut both = refund("both", &account, "1");
    both["invoice"] = json!("INV00000001");
    let commands = [
        refund("bad", &account, "ten"),
        command("unknown", "refund_credit_balance", ("account", &account), &json!({"amonut": "1"})),
        command("nothing", "refund_credit_balance", ("", ""), &json!({"method_type": "check"})),
        command("wrong", "refund_credit_balance", ("invoice", "INV00000001"), &json!({})),
        both,
        bare(json!({"x": 1})),
        refund("good", &account, "1"),
    ];
    let done = batch(&api, &commands).status(200);
    let mut expected = vec!["body_invalid"; 6];
    expected.push("accepted");
    assert_eq!(outcomes(&done), expected);
    assert!(text(&done["results"][0], "field").ends_with("amount"), "{done}");
    assert_eq!(done["results"][2]["field"], "account");
    assert_eq!(done["results"][4]["field"], "invoice");
    assert_eq!(api.figures(&account)[0], "99.00");
}

#[test]
fn what_is_no_list_of_commands_refuses_the_whole_batch_before_anything_is_done() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let head = api.head();
    for bad in [
        json!({"idempotency_key": "x", "operation": "steal", "body": {}}),
        json!({"idempotency_key": "x"}),
        json!({"idempotency_key": 7, "operation": "open_account", "body": {}}),
        json!({"idempotency_key": "x", "operation": "open_account", "body": {}, "more": 1}),
        json!(null),
    ] {
        let problem = batch(&api, &[refund("ok", &account, "1"), bad]).refused(400, "body_invalid");
        assert!(text(&problem, "field").starts_with("commands[1]"), "{problem}");
    }
    for body in [json!([]), json!({}), json!({"commands": {}}), json!({"commands": [], "more": 1})]
    {
        api.post(BATCH, &body).refused(400, "body_invalid");
    }
    assert_eq!(api.head(), head);
    let viewer = server.api_with_role("viewer");
    let refused = batch(&viewer, &[refund("v", &account, "1")]).status(200);
    assert_eq!(refused["results"][0]["code"], "permission_missing");
    assert_eq!(api.figures(&account)[0], "100.00");
}
