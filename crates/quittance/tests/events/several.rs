//! Servers that die, and servers that share a database.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::receiver::Received;
use super::support::books::text;
use super::support::store::{Store, store};
use super::{Scene, all_events, ids, serve_in, until};

/// Fails if events of an account were taken first in another order than that of the history.
#[track_caller]
fn in_order(received: &[Received]) {
    let mut last: BTreeMap<Option<String>, (u64, u64)> = BTreeMap::new();
    let mut seen = Vec::new();
    for one in received.iter().filter(|one| one.taken()) {
        if seen.contains(&one.id) {
            continue;
        }
        seen.push(one.id.clone());
        let sequence = text(&one.json(), "sequence");
        let (entry, index) = sequence.split_once('.').unwrap();
        let at = (entry.parse().unwrap(), index.parse().unwrap());
        let before = last.insert(one.account(), at);
        assert!(before.is_none_or(|before| before < at), "{} came too late", one.id);
    }
}

#[test]
fn a_server_that_is_killed_loses_no_event() {
    let mut scene = Scene::new();
    let id = scene.whole_history();
    let begin: Timestamp = text(&scene.api.show("/api/v1/clock"), "now").parse().unwrap();
    let accounts: Vec<String> = (0..4).map(|_| scene.api.open_account("USD")).collect();
    for round in 0..4 {
        for account in &accounts {
            scene.api.posted(account, "10");
        }
        // In the midst of it: somewhere between the first event and the last.
        scene.receiver.until(|received| received.len() > round * 8);
        let key = scene.server.key.clone();
        scene.server.kill9();
        scene.server = serve_in(scene.directory.path(), Some(&key));
        scene.api = scene.server.api();
        // What the dead server held is free again a little later. The clock of the new one begins anew.
        let minutes = i64::try_from(round + 1).unwrap() * 10;
        scene.api.set_clock(begin + SignedDuration::from_mins(minutes));
    }
    let all = ids(&all_events(&scene.api, ""));
    let received = scene.receiver.until_taken(&all);
    in_order(&received);
    until(&scene.api, &id, |shown| shown["lag"] == 0 && shown["waiting"] == 0);
}

#[test]
fn of_several_servers_on_one_database_one_delivers_and_another_takes_over() {
    if store() == Store::Sqlite {
        // One process writes a file; a second one is kept out.
        let scene = Scene::new();
        scene.whole_history();
        scene.api.open_account("USD");
        scene.receiver.until_taken(&ids(&all_events(&scene.api, "")));
        return;
    }
    let mut scene = Scene::new();
    let second = serve_in(scene.directory.path(), Some(&scene.server.key));
    let now = text(&scene.api.show("/api/v1/clock"), "now").parse().unwrap();
    second.api().set_clock(now);
    let id = scene.whole_history();
    let accounts: Vec<String> = (0..6).map(|_| scene.api.open_account("USD")).collect();
    for account in &accounts {
        scene.api.posted(account, "10");
        second.api().posted(account, "10");
    }
    let all = ids(&all_events(&scene.api, ""));
    let received = scene.receiver.until_taken(&all);
    until(&scene.api, &id, |shown| shown["lag"] == 0);
    in_order(&received);
    assert_eq!(scene.receiver.received().len(), all.len(), "both delivered");
    // One of them dies; after its lease has ended the other one goes on.
    scene.server.kill9();
    let api = second.api();
    for account in &accounts {
        api.posted(account, "10");
    }
    let body = json!({"now": "2099-01-01T00:00:00Z"});
    api.put("/api/v1/clock", &body).status(200);
    let all = ids(&all_events(&api, ""));
    let received = scene.receiver.until_taken(&all);
    in_order(&received);
    until(&api, &id, |shown| shown["lag"] == 0 && shown["waiting"] == 0);
}
