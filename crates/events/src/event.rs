//! An event: a view of one entry of the history.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use receivables::fact::EntryHead;
use receivables::id::{Numbered, Ref};
use receivables::{AccountNo, Entry, EntryNo, PublicId};

use crate::kind::EventKind;

/// Where an event stands: the entry, and its place among the events of the entry. Written `412.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence {
    /// The entry.
    pub entry: EntryNo,
    /// From zero.
    pub index: u16,
}

/// The text is no sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sequence is the number of an entry and a place in it, such as 412.1")]
pub struct BadSequence;

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entry.0, self.index)
    }
}

impl FromStr for Sequence {
    type Err = BadSequence;

    fn from_str(text: &str) -> Result<Self, BadSequence> {
        let (entry, index) = text.split_once('.').ok_or(BadSequence)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(entry) || !digits(index) {
            return Err(BadSequence);
        }
        let entry = entry.parse().ok().filter(|no| *no < 1 << 56).ok_or(BadSequence)?;
        Ok(Self { entry: EntryNo(entry), index: index.parse().map_err(|_| BadSequence)? })
    }
}

impl serde::Serialize for Sequence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Sequence {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The id of an event, the same for ever: `evt_`, the public id of its entry, and its place in it. Without a dot,
/// because the signature puts dots around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId {
    entry: Ref<EntryNo>,
    index: u16,
}

/// The text is no id of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the id of an event, such as evt_019dd3c0a8c070018700000000000001_0")]
pub struct BadEventId;

impl EventId {
    /// The id as it is written.
    pub fn text(head: &EntryHead, index: u16) -> String {
        format!("evt_{}_{index}", PublicId::new(head.no.document(), head.at, head.account))
    }

    /// Where the event stands, without checking that it exists.
    pub const fn sequence(&self) -> Sequence {
        Sequence { entry: self.entry.no, index: self.index }
    }

    /// True if the entry decided at `at` is the one meant.
    pub fn matches(&self, at: Timestamp) -> bool {
        self.entry.matches(at)
    }
}

impl FromStr for EventId {
    type Err = BadEventId;

    fn from_str(text: &str) -> Result<Self, BadEventId> {
        let rest = text.strip_prefix("evt_").ok_or(BadEventId)?;
        let (entry, index) = rest.split_once('_').ok_or(BadEventId)?;
        let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        if entry.len() != 32 || !digits {
            return Err(BadEventId);
        }
        let entry = entry.parse().map_err(|_| BadEventId)?;
        Ok(Self { entry, index: index.parse().map_err(|_| BadEventId)? })
    }
}

/// What an event shows of its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The fact at this place.
    Fact(usize),
    /// All postings.
    Journal,
}

/// One event of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its type.
    pub kind: EventKind,
    /// Where it stands.
    pub sequence: Sequence,
    /// What it shows.
    pub part: Part,
}

/// An event as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: EventKind,
    /// Where it stands.
    pub sequence: Sequence,
    /// The account it concerns, or the organisation.
    pub account: AccountNo,
    /// The JSON.
    pub body: String,
}

/// Every event of an entry, in order: of each fact at least one, then the postings, if there are any.
pub fn events_of(entry: &Entry) -> Vec<Event> {
    let facts = entry.facts.iter().enumerate();
    let of_facts = facts
        .flat_map(|(at, fact)| EventKind::of(fact).into_iter().map(move |it| (it, Part::Fact(at))));
    let journal = (!entry.postings.is_empty()).then_some((EventKind::JournalPosted, Part::Journal));
    let numbered = of_facts.chain(journal).zip(0u16..);
    numbered
        .map(|((kind, part), index)| {
            let sequence = Sequence { entry: entry.head.no, index };
            Event { kind, sequence, part }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_read_as_it_is_written_and_in_order() {
        let earlier: Sequence = "9.12".parse().unwrap();
        let later: Sequence = "10.0".parse().unwrap();
        assert!(earlier < later);
        assert_eq!(later.to_string(), "10.0");
        for text in ["", "1", "1.", ".1", "-1.0", "1.70000", "1.0.0", "+1.0", "72057594037927936.0"]
        {
            assert!(text.parse::<Sequence>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_leads_to_its_event_and_says_if_the_entry_is_another() {
        let at: Timestamp = "2026-11-23T10:00:00.123Z".parse().unwrap();
        let entry = PublicId::new(EntryNo(412).document(), at, AccountNo(7));
        let id: EventId = format!("evt_{entry}_3").parse().unwrap();
        assert_eq!(id.sequence().to_string(), "412.3");
        assert!(id.matches(at));
        assert!(!id.matches("2026-11-23T10:00:00.124Z".parse().unwrap()));
        let invoice = PublicId::new(receivables::InvoiceNo(1).document(), at, AccountNo(7));
        for text in
            ["evt_", "evt_JE-00000001_0", &format!("evt_{entry}"), &format!("evt_{invoice}_0")]
        {
            assert!(text.parse::<EventId>().is_err(), "{text}");
        }
    }
}
