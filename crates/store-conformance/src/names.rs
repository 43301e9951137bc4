//! Whether a reader finds accounts by the words of their names, and nobody by a name that was taken away.

use std::collections::{BTreeMap, BTreeSet};

use engine::words::{ACCOUNTS_MAX, SPELLINGS_MAX, words};
use engine::{ByWord, Reader};
use receivables::AccountNo;
use receivables::fact::Fact;
use receivables::personal_data::PersonalDataStep;

use crate::model::Model;

/// Holds what `reader` finds by the beginning of every word that was ever in a name against the history. Nobody may write
/// meanwhile. Not for a reader of a database that an older release wrote and that is not filled yet.
///
/// # Panics
///
/// If they differ.
#[track_caller]
pub fn names(model: &Model, reader: &dyn Reader) {
    let mut named: BTreeMap<AccountNo, Option<String>> = BTreeMap::new();
    let mut ever: BTreeSet<String> = BTreeSet::new();
    for fact in model.entries().iter().flat_map(|entry| &entry.facts) {
        let (account, name) = match fact {
            Fact::AccountOpened(opened) => (opened.no, Some(opened.name.to_string())),
            Fact::AccountChanged(changed) => match &changed.name {
                Some(name) => (changed.no, Some(name.to_string())),
                None => continue,
            },
            Fact::PersonalDataNoted(noted) if noted.step == PersonalDataStep::Erased => {
                (noted.account, None)
            }
            _ => continue,
        };
        ever.extend(name.iter().flat_map(|name| words(name)));
        named.insert(account, name);
    }
    let mut spelled: BTreeMap<String, Vec<AccountNo>> = BTreeMap::new();
    for (account, name) in named.iter().rev() {
        for word in name.iter().flat_map(|name| words(name)) {
            spelled.entry(word).or_default().push(*account);
        }
    }
    let mut asked: BTreeSet<String> = ["x".to_owned(), "\u{10ffff}".to_owned()].into();
    for word in ever {
        let ends = word.char_indices().map(|(end, _)| end).skip(1).take(3);
        asked.extend(ends.chain([word.len()]).map(|end| word[..end].to_owned()));
        asked.insert(format!("{word}x"));
    }
    let asked: Vec<String> = asked.into_iter().collect();
    let found = reader.accounts_by_word(&asked).unwrap();
    assert_eq!(found.len(), asked.len());
    for (beginning, found) in asked.iter().zip(found) {
        let range = spelled.range(beginning.clone()..);
        let range = range.take_while(|(word, _)| word.starts_with(beginning.as_str()));
        let newest = range.take(SPELLINGS_MAX).map(|(_, accounts)| {
            accounts.iter().copied().take(ACCOUNTS_MAX).collect::<Vec<AccountNo>>()
        });
        let expected = ByWord::of(newest);
        assert_eq!(found, expected, "{beginning:?}");
    }
    assert!(reader.accounts_by_word(&[]).unwrap().is_empty());
}
