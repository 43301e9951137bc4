//! API keys, which are no part of the history.

use engine::ApiKey;
use jiff::Timestamp;
use receivables::permission::Standard;

use super::{empty, filled, reopened};
use crate::agree::agree;
use crate::place::Place;
use crate::say;
use crate::turn::{BEGINNING, Desk, Turn};

fn key(name: &str, role: Standard) -> ApiKey {
    let created_at: Timestamp = BEGINNING.parse().unwrap();
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(&engine::hash(name.as_bytes()).0);
    let roles = vec![say::text(role.name())];
    ApiKey {
        name: name.to_owned(),
        hash,
        roles,
        created_at,
        revoked_at: None,
        expires_at: None,
        person: None,
    }
}

/// A key is there at once, for every reader, and after a crash.
pub fn a_key_is_there_at_once<P: Place>() {
    let (place, mut opened) = empty::<P>();
    assert_eq!(opened.reader.api_keys().unwrap(), Vec::new());
    let keys = [
        key("'quoted' \"name\" \\", Standard::Viewer),
        key("shop", Standard::PaymentsStandardUser),
        key("zoë 🦀", Standard::Administrator),
    ];
    // They are listed by name, in whatever order they were made.
    for key in keys.iter().rev() {
        opened.store().put_api_key(key).unwrap();
    }
    assert_eq!(opened.reader.api_keys().unwrap(), keys);
    let opened = reopened(&place, opened);
    assert_eq!(opened.reader.api_keys().unwrap(), keys);
    let place = place.crash(opened);
    assert_eq!(place.open_to_read().api_keys().unwrap(), keys);
}

/// Of two keys of one name the later one counts.
pub fn a_key_replaces_the_one_of_its_name<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let first = key("shop", Standard::PaymentsStandardUser);
    opened.store().put_api_key(&first).unwrap();
    opened.store().put_api_key(&key("till", Standard::PaymentsStandardUser)).unwrap();
    let revoked_at: Timestamp = "2026-03-05T08:00:00.000001Z".parse().unwrap();
    let revoked = ApiKey { revoked_at: Some(revoked_at), ..first };
    opened.store().put_api_key(&revoked).unwrap();
    let again = ApiKey {
        hash: [7; 32],
        roles: vec![say::text("Refund desk"), say::text("Viewer")],
        person: Some(say::text("Zoë")),
        expires_at: Some("2027-03-05T08:00:00.000001Z".parse().unwrap()),
        ..key("till", Standard::Viewer)
    };
    opened.store().put_api_key(&again).unwrap();
    assert_eq!(opened.reader.api_keys().unwrap(), [revoked, again]);
    agree(&model, opened.reader.as_ref());
}

/// A key may be put between batches, and does not touch them.
pub fn a_key_may_be_put_between_batches<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::on(opened.store(), model);
    desk.store.put_api_key(&key("before", Standard::Viewer)).unwrap();
    let account = desk.account("EUR");
    let ask = desk.ask(say::deposit(account, "1"));
    let mut turn = Turn::load(desk.store, vec![ask.clone()]).unwrap();
    turn.take_numbers(desk.store).unwrap();
    desk.store.release();
    desk.store.put_api_key(&key("between", Standard::Viewer)).unwrap();
    desk.hand_in(vec![ask]).pop().unwrap().done();
    agree(&desk.model, reader.as_ref());
    let names: Vec<String> = reader.api_keys().unwrap().into_iter().map(|key| key.name).collect();
    assert_eq!(names, ["before", "between"]);
}
