//! Records beside the history.

use engine::{Reader, SideKind, SideRecord, SideWrite};

use super::{filled, reopened};
use crate::agree::agree;
use crate::place::Place;

fn write(kind: SideKind, id: &str, expected: Option<u64>, body: Option<&str>) -> SideWrite {
    SideWrite { kind, id: id.to_owned(), expected, body: body.map(str::to_owned) }
}

fn listed(reader: &dyn Reader, kind: SideKind, after: &str, limit: usize) -> Vec<(String, u64)> {
    let found = reader.sides(kind, after, limit).unwrap();
    found.into_iter().map(|record| (record.id, record.version)).collect()
}

/// A record is made once, changed by whoever saw its last version, and erased; all of a list or none.
pub fn a_record_is_changed_by_who_saw_it_last<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    let user = SideKind::User;
    let mut put = |writes: &[SideWrite]| opened.store().put_side(writes).unwrap();
    assert!(put(&[
        write(user, "zoë", None, Some("{\"a\":1}")),
        write(user, "b\'", None, Some("1"))
    ]));
    assert!(put(&[write(SideKind::Session, "zoë", None, Some("3"))]));
    assert!(!put(&[write(user, "c", None, Some("4")), write(user, "b\'", None, Some("2"))]));
    assert!(!put(&[write(user, "b\'", Some(2), Some("2"))]));
    assert!(put(&[write(user, "b\'", Some(1), Some("2"))]));
    assert!(!put(&[write(user, "b\'", Some(1), None)]));
    assert!(!put(&[write(user, "nobody", Some(1), Some("2"))]));
    assert!(!put(&[write(user, "nobody", Some(1), None)]));
    assert!(put(&[write(user, "Big", None, Some("5"))]));
    let all = [("Big", 1), ("b\'", 2), ("zoë", 1)].map(|(id, version)| (id.to_owned(), version));
    let check = |reader: &dyn Reader| {
        assert_eq!(listed(reader, user, "", 10), all);
        assert_eq!(listed(reader, user, "Big", 1), &all[1..2]);
        let zoe = SideRecord { id: "zoë".to_owned(), version: 1, body: "{\"a\":1}".to_owned() };
        assert_eq!(reader.side(user, "zoë").unwrap(), Some(zoe));
        assert_eq!(reader.side(user, "c").unwrap(), None);
        assert_eq!(listed(reader, SideKind::Session, "", 10).len(), 1);
    };
    check(opened.reader.as_ref());
    let opened = reopened(&place, opened);
    check(opened.reader.as_ref());
    let place = place.crash(opened);
    check(place.open_to_read().as_ref());
    let mut opened = place.open(1);
    assert!(opened.store().put_side(&[write(user, "b\'", Some(2), None)]).unwrap());
    assert_eq!(listed(opened.reader.as_ref(), user, "", 10).len(), 2);
    agree(&model, opened.reader.as_ref());
}
