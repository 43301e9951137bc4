//! Endpoints: what is delivered to them, signed by what, and where they may be.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::receiver::Received;
use super::support::books::text;
use super::support::judge::judge;
use super::support::sandbox::serve;
use super::support::store::is_stored;
use super::{ENDPOINTS, Scene, all_events, ids, until};

/// Has the library of Standard Webhooks verify what came in.
fn verified(received: &Received, secret: &str) -> bool {
    let request = json!({"secret": secret, "body": received.body, "headers": {
        "webhook-id": received.id, "webhook-timestamp": received.timestamp,
        "webhook-signature": received.signature}});
    match judge("verify.py", &request).as_str() {
        "verified" => true,
        "refused" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_delivered_is_signed_so_that_the_library_of_standard_webhooks_verifies_it() {
    let scene = Scene::new();
    let made = scene.endpoint(&json!({"types": ["account.opened"]}));
    let (id, secret) = (text(&made, "id"), text(&made, "secret"));
    scene.api.open_account("USD");
    let received = scene.receiver.until(|received| !received.is_empty()).remove(0);
    let event = received.json();
    assert_eq!(event["id"], json!(received.id));
    assert_eq!(scene.api.show(&format!("/api/v1/events/{}", received.id)), event);
    assert!(verified(&received, &secret));
    let forged = Received { body: received.body.replace("USD", "EUR"), ..received.clone() };
    assert!(!verified(&forged, &secret));
    // The secret is shown once, and stored sealed.
    let shown = scene.api.get(&format!("{ENDPOINTS}/{id}"));
    assert!(!shown.text.contains("whsec_"), "{}", shown.text);
    assert!(!is_stored(scene.directory.path(), secret.strip_prefix("whsec_").unwrap()));
}

#[test]
fn a_secret_that_is_rolled_signs_beside_the_new_one_for_a_day() {
    let scene = Scene::new();
    let made = scene.endpoint(&json!({"types": ["account.opened"]}));
    let (id, old) = (text(&made, "id"), text(&made, "secret"));
    let rolled = scene.api.post(&format!("{ENDPOINTS}/{id}/roll-secret"), &json!({})).status(200);
    let new = text(&rolled, "secret");
    assert_ne!(old, new);
    assert!(rolled["old_secret_until"].is_string());
    let test = format!("{ENDPOINTS}/{id}/test");
    scene.api.post(&test, &json!({})).status(200);
    let both = scene.receiver.until(|received| received.len() == 1).remove(0);
    assert_eq!(both.signature.split(' ').count(), 2);
    assert!(verified(&both, &old) && verified(&both, &new));
    scene.pass(SignedDuration::from_hours(24));
    scene.api.post(&test, &json!({})).status(200);
    let one = scene.receiver.until(|received| received.len() == 2).remove(1);
    assert_eq!(one.signature.split(' ').count(), 1);
}

#[test]
fn an_endpoint_gets_what_it_wants_and_nothing_else() {
    let scene = Scene::new();
    let (ada, _) = scene.api.account_with_credit("100");
    let (bob, _) = scene.api.account_with_credit("100");
    let wanted = json!({"start": "0.0", "types": ["credit_balance_adjustment.*", "account.opened"],
        "accounts": [ada]});
    let id = text(&scene.endpoint(&wanted), "id");
    let end = until(&scene.api, &id, |shown| shown["lag"] == 0);
    assert_eq!((&end["waiting"], &end["dead"]), (&json!(0), &json!(0)));
    assert!(end["last_success"].is_string());
    let kinds = |received: Vec<Received>| -> Vec<(String, Option<String>)> {
        received.iter().map(|one| (one.kind(), one.account())).collect()
    };
    let of = |account: &str, kind: &str| (kind.to_owned(), Some(account.to_owned()));
    let adas = vec![of(&ada, "account.opened"), of(&ada, "credit_balance_adjustment.created")];
    assert_eq!(kinds(scene.receiver.received()), adas);
    // Changed, it goes on with what happens from then on.
    let change = json!({"accounts": [bob], "types": ["invoice.posted"]});
    let changed = scene.api.patch(&format!("{ENDPOINTS}/{id}"), &change).status(200);
    assert_eq!(changed["types"], json!(["invoice.posted"]));
    scene.receiver.forget();
    scene.api.posted(&ada, "10");
    scene.api.posted(&bob, "10");
    scene.receiver.until(|received| !received.is_empty());
    until(&scene.api, &id, |shown| shown["lag"] == 0);
    assert_eq!(kinds(scene.receiver.received()), [of(&bob, "invoice.posted")]);
}

#[test]
fn a_disabled_endpoint_goes_on_where_it_stopped_and_a_replay_comes_under_the_same_ids() {
    let scene = Scene::new();
    let id = scene.whole_history();
    let path = format!("{ENDPOINTS}/{id}");
    scene.api.open_account("USD");
    until(&scene.api, &id, |shown| shown["lag"] == 0);
    let off = scene.api.patch(&path, &json!({"enabled": false})).status(200);
    assert_eq!(off["enabled"], false);
    assert!(text(&off, "disabled_reason").contains(&scene.api.administrator()), "{off}");
    scene.api.account_with_credit("50");
    let behind = scene.api.show(&path);
    assert!(behind["lag"].as_u64().unwrap() > 0);
    scene.api.patch(&path, &json!({"enabled": true})).status(200);
    let all = ids(&all_events(&scene.api, ""));
    let first = scene.receiver.until_taken(&all);
    assert!(first.len() >= all.len());
    until(&scene.api, &id, |shown| shown["lag"] == 0);
    scene.receiver.forget();
    let replayed = scene.api.post(&format!("{path}/replay"), &json!({"from": "2.0"})).status(200);
    assert_eq!(replayed["position"], "JE-00000001");
    let later: Vec<String> = all_events(&scene.api, "")
        .iter()
        .filter(|event| event["entry"] != "JE-00000001")
        .map(|event| text(event, "id"))
        .collect();
    scene.receiver.until_taken(&later);
    until(&scene.api, &id, |shown| shown["lag"] == 0);
    let again: Vec<String> = scene.receiver.received().into_iter().map(|one| one.id).collect();
    assert!(again.iter().all(|id| later.contains(id)), "what was not asked for came, too");
    // What is deleted is gone with all that was kept of it.
    scene.api.command("DELETE", &path, None, &Value::Null).status(200);
    scene.api.get(&path).refused(404, "event_endpoint_not_found");
    assert_eq!(scene.api.show(ENDPOINTS)["event_endpoints"], json!([]));
}

#[test]
fn a_replay_from_ahead_leaves_nothing_out() {
    let scene = Scene::new();
    let id = scene.whole_history();
    let path = format!("{ENDPOINTS}/{id}");
    scene.api.open_account("USD");
    until(&scene.api, &id, |shown| shown["lag"] == 0);
    scene.api.patch(&path, &json!({"enabled": false})).status(200);
    scene.api.account_with_credit("50");
    scene.api.post(&format!("{path}/replay"), &json!({"from": "9999.0"})).status(200);
    scene.api.patch(&path, &json!({"enabled": true})).status(200);
    scene.receiver.until_taken(&ids(&all_events(&scene.api, "")));
    until(&scene.api, &id, |shown| shown["lag"] == 0);
}

#[test]
fn a_test_is_sent_at_once_and_shows_what_the_receiver_said() {
    let scene = Scene::new();
    let id = text(&scene.endpoint(&json!({"types": ["refund.*"]})), "id");
    let test = format!("{ENDPOINTS}/{id}/test");
    let taken = scene.api.post(&test, &json!({})).status(200);
    assert_eq!(
        (&taken["taken"], &taken["status"], &taken["error"]),
        (&json!(true), &json!(204), &Value::Null)
    );
    let received = scene.receiver.received().remove(0);
    assert_eq!(
        (received.kind().as_str(), json!(received.id)),
        ("endpoint.test", taken["event"].clone())
    );
    scene.receiver.answers(|_| 302);
    let refused = scene.api.post(&test, &json!({})).status(200);
    assert_eq!((&refused["taken"], &refused["status"]), (&json!(false), &json!(302)));
    assert!(text(&refused, "error").contains("redirects are not followed"));
    assert_eq!(text(&refused, "body").len(), 1024, "only the beginning is read");
    assert_eq!(scene.receiver.received().len(), 2, "the redirect was followed");
}

#[test]
fn events_go_to_public_addresses_only_whenever_they_are_sent() {
    let scene = Scene::new();
    let id = scene.whole_history();
    scene.api.open_account("USD");
    until(&scene.api, &id, |shown| shown["lag"] == 0);
    let Scene { mut server, receiver, directory, .. } = scene;
    let key = server.key.clone();
    server.terminate();
    receiver.forget();
    let strict = ["--event-poll", "5", "--event-retries", "5,300"];
    let server = serve(directory.path(), Some(&key), &strict);
    let api = server.api();
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost:8443/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://0x7f000001/",
        "https://user@93.184.216.34/",
        "ftp://93.184.216.34/",
        "https://no-such-host.invalid/",
        "nonsense",
    ] {
        api.post(ENDPOINTS, &json!({"url": url})).refused(422, "event_endpoint_url_refused");
        let change = api.patch(&format!("{ENDPOINTS}/{id}"), &json!({"url": url}));
        change.refused(422, "event_endpoint_url_refused");
    }
    // An endpoint that was allowed before is looked at again with each delivery.
    api.open_account("EUR");
    let failing = until(&api, &id, |shown| shown["last_failure"].is_object());
    assert_eq!(failing["waiting"], 1);
    let error = text(&failing["last_failure"], "error");
    assert!(error.contains("https://"), "{error}");
    assert_eq!(receiver.received().len(), 0);
}

#[test]
fn what_is_asked_wrongly_is_refused_with_what_to_do() {
    let scene = Scene::new();
    let post = |body: Value| scene.api.post(ENDPOINTS, &body);
    let url = &scene.receiver.url;
    post(json!({"url": url, "types": ["invoice.pasted"]})).refused(422, "event_type_unknown");
    post(json!({"url": url, "accounts": ["A00000009"]})).refused(404, "not_found");
    post(json!({"url": url, "start": "soon"})).refused(400, "body_invalid");
    post(json!({"url": url, "types": vec!["*"; 101]})).refused(400, "body_invalid");
    post(json!({"url": url, "secret": "mine"})).refused(400, "body_invalid");
    let id = text(&scene.endpoint(&json!({})), "id");
    let path = format!("{ENDPOINTS}/{id}");
    for id in ["ep_unknown", &"e".repeat(500)] {
        let unknown = format!("{ENDPOINTS}/{id}");
        scene.api.get(&unknown).refused(404, "event_endpoint_not_found");
        let test = scene.api.post(&format!("{unknown}/test"), &json!({}));
        test.refused(404, "event_endpoint_not_found");
    }
    let cursor = scene.api.get(&format!("{path}/deliveries?cursor=x"));
    cursor.refused(400, "cursor_invalid");
    scene.api.get(&format!("{path}/deliveries?state=lost")).refused(400, "query_invalid");
    let fine = &all_events(&scene.api, "").first().map(|event| text(event, "id"));
    let never_failed = fine.clone().unwrap_or_else(|| "evt_1".to_owned());
    let retry = scene.api.post(&format!("{path}/deliveries/{never_failed}/retry"), &json!({}));
    retry.refused(404, "event_delivery_not_found");
    for _ in 1..50 {
        post(json!({"url": url})).status(201);
    }
    post(json!({"url": url})).refused(409, "too_many_event_endpoints");
}
