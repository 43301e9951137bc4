//! Receivers that fail: order, retries, dead letters, and endpoints that are given up.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::support::books::text;
use super::{ENDPOINTS, Scene, all_events, ids, until};

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// The ids of an account's events, in the order in which they were taken first.
fn taken(scene: &Scene, account: &str) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for one in scene.receiver.received() {
        if one.taken() && one.account().as_deref() == Some(account) && !taken.contains(&one.id) {
            taken.push(one.id);
        }
    }
    taken
}

#[test]
fn an_account_waits_behind_its_failure_in_order_and_the_others_go_on() {
    let scene = Scene::new();
    let (ada, bob) = (scene.api.open_account("USD"), scene.api.open_account("USD"));
    let failing = ada.clone();
    scene.receiver.answers(move |event| if event["account"] == json!(failing) { 503 } else { 200 });
    let id = scene.whole_history();
    for _ in 0..5 {
        scene.api.posted(&ada, "10");
        scene.api.posted(&bob, "10");
    }
    let bobs = ids(&all_events(&scene.api, &format!("&account={bob}")));
    let adas = ids(&all_events(&scene.api, &format!("&account={ada}")));
    scene.receiver.until_taken(&bobs);
    assert_eq!(taken(&scene, &bob), bobs);
    let shown = until(&scene.api, &id, |shown| shown["waiting"] == 1 && shown["lag"] == 0);
    assert_eq!(shown["last_failure"]["status"], 503);
    assert_eq!(text(&shown["last_failure"], "body").len(), 1024);
    // Only the first was tried, and the others wait behind it.
    let tried = scene.receiver.received();
    let tried = tried.iter().filter(|one| one.account().as_deref() == Some(&ada));
    assert!(tried.clone().count() == 1 && tried.clone().all(|one| one.id == adas[0]));
    let waiting = scene.api.show(&format!("{ENDPOINTS}/{id}/deliveries?state=waiting"));
    let waiting = &waiting["deliveries"][0];
    assert_eq!((&waiting["state"], &waiting["attempts"]), (&json!("waiting"), &json!(1)));
    assert_eq!((&waiting["event"], &waiting["account"]), (&json!(adas[0]), &json!(ada)));
    // Five seconds later it is tried again, and all that waits comes in order.
    scene.receiver.answers(|_| 200);
    scene.pass(seconds(6));
    scene.receiver.until_taken(&adas);
    assert_eq!(taken(&scene, &ada), adas);
    until(&scene.api, &id, |shown| shown["waiting"] == 0);
    // What happens next goes the usual way.
    scene.api.posted(&ada, "10");
    let adas = ids(&all_events(&scene.api, &format!("&account={ada}")));
    scene.receiver.until_taken(&adas);
    assert_eq!(taken(&scene, &ada), adas);
}

/// A scene whose first event of one account is never taken; its id, and the endpoint's.
fn with_a_dead_letter() -> (Scene, String, String) {
    let scene = Scene::new();
    let id = scene.whole_history();
    scene.receiver.answers(|event| if event["type"] == "account.opened" { 500 } else { 200 });
    let account = scene.api.open_account("USD");
    scene.api.posted(&account, "10");
    let listed = || scene.api.show(&format!("{ENDPOINTS}/{id}/deliveries?state=waiting"));
    // The next pause begins when the failure is noted, not when it is answered.
    let attempts = |count: usize| {
        scene.receiver.until(|received| received.len() == count);
        until(&scene.api, &id, |_| listed()["deliveries"][0]["attempts"] == count);
    };
    attempts(1);
    scene.pass(seconds(6));
    attempts(2);
    // The pauses grow: not before 300 seconds have passed.
    scene.pass(seconds(290));
    assert_eq!(scene.receiver.received().len(), 2);
    scene.pass(seconds(45));
    let dead = until(&scene.api, &id, |shown| shown["dead"] == 1 && shown["waiting"] == 0);
    assert_eq!(dead["lag"], 0);
    let event = ids(&all_events(&scene.api, "&type=account.opened")).remove(0);
    (scene, id, event)
}

#[test]
fn after_the_last_try_an_event_is_a_dead_letter_and_its_account_goes_on() {
    let (scene, id, event) = with_a_dead_letter();
    let rest = all_events(&scene.api, "");
    let rest: Vec<Value> = rest.into_iter().filter(|it| it["id"] != json!(event)).collect();
    scene.receiver.until_taken(&ids(&rest));
    let listed = scene.api.show(&format!("{ENDPOINTS}/{id}/deliveries?state=dead"));
    let dead = &listed["deliveries"][0];
    assert_eq!((&dead["event"], &dead["attempts"]), (&json!(event), &json!(3)));
    assert_eq!((&dead["type"], &dead["due"]), (&json!("account.opened"), &Value::Null));
    // It is tried again when somebody asks for it.
    let retry = format!("{ENDPOINTS}/{id}/deliveries/{event}/retry");
    let again = scene.api.post(&retry, &json!({})).status(200);
    assert_eq!((&again["state"], &again["tried"]["status"]), (&json!("dead"), &json!(500)));
    scene.receiver.answers(|_| 200);
    let again = scene.api.post(&retry, &json!({})).status(200);
    assert_eq!((&again["state"], &again["tried"]["taken"]), (&json!("delivered"), &json!(true)));
    assert!(scene.receiver.received().iter().any(|one| one.id == event && one.taken()));
    scene.api.post(&retry, &json!({})).refused(404, "event_delivery_not_found");
    assert_eq!(scene.api.show(&format!("{ENDPOINTS}/{id}"))["dead"], 0);
}

#[test]
fn what_waits_is_tried_at_once_when_somebody_asks_for_it() {
    let scene = Scene::new();
    scene.receiver.answers(|_| 500);
    let id = scene.whole_history();
    scene.api.open_account("USD");
    until(&scene.api, &id, |shown| shown["waiting"] == 1);
    scene.receiver.answers(|_| 200);
    let event = ids(&all_events(&scene.api, "")).remove(0);
    let retry = format!("{ENDPOINTS}/{id}/deliveries/{event}/retry");
    let asked = scene.api.post(&retry, &json!({})).status(200);
    assert_eq!((&asked["state"], &asked["tried"]), (&json!("waiting"), &Value::Null));
    scene.receiver.until_taken(&[event]);
    until(&scene.api, &id, |shown| shown["waiting"] == 0);
}

#[test]
fn what_concerns_no_account_waits_and_comes_as_well() {
    let scene = Scene::new();
    scene.receiver.answers(|_| 500);
    let id = scene.whole_history();
    for text in ["one", "two", "three"] {
        let role = json!({"name": text, "permissions": ["view_accounts"]});
        scene.api.post("/api/v1/roles", &role).status(201);
        scene.api.open_account("USD");
    }
    until(&scene.api, &id, |shown| shown["waiting"] == 4 && shown["lag"] == 0);
    scene.receiver.answers(|_| 200);
    scene.pass(seconds(6));
    let all = all_events(&scene.api, "");
    let settings = all_events(&scene.api, "&type=settings.changed");
    assert_eq!(settings.len(), 3);
    let received = scene.receiver.until_taken(&ids(&all));
    let taken = received.iter().filter(|one| one.taken() && one.account().is_none());
    assert_eq!(taken.map(|one| one.id.clone()).collect::<Vec<_>>(), ids(&settings));
    until(&scene.api, &id, |shown| shown["waiting"] == 0);
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_at_once() {
    let scene = Scene::new();
    scene.receiver.answers(|_| 410);
    let id = scene.whole_history();
    scene.api.open_account("USD");
    let shown = until(&scene.api, &id, |shown| shown["enabled"] == false);
    assert!(text(&shown, "disabled_reason").contains("410"), "{shown}");
    // Nothing is lost: enabled again, it gets what it missed.
    scene.receiver.answers(|_| 200);
    scene.api.patch(&format!("{ENDPOINTS}/{id}"), &json!({"enabled": true})).status(200);
    scene.pass(seconds(6));
    scene.receiver.until_taken(&ids(&all_events(&scene.api, "")));
}

#[test]
fn five_days_of_nothing_but_failures_disable_an_endpoint() {
    let scene = Scene::new();
    scene.receiver.answers(|_| 500);
    let id = scene.whole_history();
    scene.api.open_account("USD");
    until(&scene.api, &id, |shown| shown["waiting"] == 1);
    scene.pass(SignedDuration::from_hours(4 * 24 + 23));
    scene.receiver.until(|received| received.len() == 2);
    assert_eq!(scene.api.show(&format!("{ENDPOINTS}/{id}"))["enabled"], true);
    scene.pass(SignedDuration::from_hours(2));
    let shown = until(&scene.api, &id, |shown| shown["enabled"] == false);
    assert!(text(&shown, "disabled_reason").contains("five days"), "{shown}");
    assert!(shown["failing_since"].is_string());
}
