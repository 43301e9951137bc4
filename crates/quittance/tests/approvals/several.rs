//! Several refunds judged in one call.

use serde_json::json;

use super::{INBOX, refund, say, scene};
use crate::support;
use crate::support::books::number;

#[test]
fn several_are_approved_at_once_if_the_total_is_right() {
    let scene = scene();
    scene.policy("All", json!({}), &["Lead"]);
    let lead = scene.person("Lea", &["Lead"]);
    let account = scene.account();
    let numbers: Vec<String> = ["10", "20", "30"]
        .iter()
        .map(|amount| number(&refund(&scene.api, &account, amount).done(), "refund"))
        .collect();
    let path = format!("{INBOX}/approve");
    let bulk = |total: &str| json!({"refunds": numbers, "currency": "USD", "total": total});
    lead.post(&path, &bulk("59.99")).refused(409, "total_differs");
    let twice = json!({"refunds": [numbers[0], numbers[0]], "currency": "USD", "total": "20"});
    lead.post(&path, &twice).refused(400, "body_invalid");
    say(&lead, "reject", &numbers[1]).done();
    let key = support::api::fresh_key();
    let first = lead.command("POST", &path, Some(&key), &bulk("60")).status(200);
    assert_eq!((&first["approved"], &first["refused"]), (&json!(2), &json!(1)));
    assert_eq!(first["total"], "40.00");
    assert_eq!(first["results"][1]["code"], "not_awaiting_approval");
    // Sent again it says the same, and nothing goes out twice.
    let again = lead.command("POST", &path, Some(&key), &bulk("60")).status(200);
    for (one, other) in [0, 2].map(|at| (&again["results"][at], &first["results"][at])) {
        assert_eq!((&one["entry"], &one["state"]), (&other["entry"], &other["state"]));
        assert_eq!((&one["replayed"], &other["replayed"]), (&json!(true), &json!(false)));
    }
    for no in [&numbers[0], &numbers[2]] {
        scene.api.until(&format!("/api/v1/refunds/{no}"), "processed");
    }
    assert_eq!(scene.moved(), 2);
}

#[test]
fn several_are_rejected_at_once_with_one_reason() {
    let scene = scene();
    scene.policy("All", json!({}), &["Lead"]);
    let lead = scene.person("Lea", &["Lead"]);
    let account = scene.account();
    let ask = |amount: &str| number(&refund(&scene.api, &account, amount).done(), "refund");
    let numbers = ["10", "20", "30"].map(ask);
    let path = format!("{INBOX}/reject");
    let bulk = |total: &str, comment: Option<&str>| json!({"refunds": numbers, "currency": "USD", "total": total, "comment": comment});
    let silent = lead.post(&path, &bulk("60", None)).refused(422, "nothing_given");
    assert_eq!(silent["field"], "comment");
    lead.post(&path, &bulk("59.99", Some("no"))).refused(409, "total_differs");
    let own = scene.api.post(&path, &bulk("60", Some("no"))).status(200);
    assert_eq!((&own["rejected"], &own["refused"]), (&json!(0), &json!(3)));
    say(&lead, "approve", &numbers[1]).done();
    let key = support::api::fresh_key();
    let first = lead.command("POST", &path, Some(&key), &bulk("60", Some("no"))).status(200);
    assert_eq!((&first["rejected"], &first["refused"]), (&json!(2), &json!(1)));
    assert_eq!(
        (&first["total"], &first["results"][0]["state"]),
        (&json!("40.00"), &json!("rejected"))
    );
    // The same key for the other judgement is another thing that is asked for.
    let other =
        lead.command("POST", &format!("{INBOX}/approve"), Some(&key), &bulk("60", Some("no")));
    assert_eq!(other.status(200)["results"][0]["code"], "idempotency_key_reused");
    let again = lead.command("POST", &path, Some(&key), &bulk("60", Some("no"))).status(200);
    assert_eq!(again["results"][2]["replayed"], true);
    scene.api.until(&format!("/api/v1/refunds/{}", numbers[1]), "processed");
    assert_eq!(scene.api.credit(&account), ["80.00", "0.00", "80.00"]);
    assert_eq!(scene.moved(), 1);
}
