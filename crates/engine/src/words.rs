//! Names as one looks for them: by the beginnings of their words.
//!
//! A store keeps the words of each account's name in their order, so that a beginning is a range of them. What one types
//! may begin the names of millions, so a range is not read to its end: a reader answers the newest accounts of so many
//! words and says whether that was all.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use receivables::AccountNo;

use crate::reader::{AccountProfile, ReadError, Reader};

/// So many words that begin with what was asked are looked at, in their order.
pub const SPELLINGS_MAX: usize = 40;
/// So many accounts of each word, the newest.
pub const ACCOUNTS_MAX: usize = 500;
/// So many words of what was asked are looked for in the index, the longest; names are held against all of them.
const ASKED_MAX: usize = 6;
/// The names of so many accounts are held against what was asked.
const NAMES_MAX: usize = 2_000;
/// So many at a time.
const NAMES_STEP: usize = 100;

/// The words of a text, in small letters, each once: what stands between characters that are neither letters nor digits.
pub fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Accounts with a word in their name that begins in a certain way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByWord {
    /// The newest of each word, by their numbers.
    pub accounts: BTreeSet<AccountNo>,
    /// Whether these are all.
    pub complete: bool,
}

impl ByWord {
    /// From words in their order, each with its newest accounts: at most [`SPELLINGS_MAX`] words with at most
    /// [`ACCOUNTS_MAX`] accounts.
    pub fn of(spellings: impl IntoIterator<Item = Vec<AccountNo>>) -> Self {
        let (mut found, mut count) = (Self { complete: true, ..Self::default() }, 0);
        for accounts in spellings {
            count += 1;
            found.complete &= accounts.len() < ACCOUNTS_MAX;
            found.accounts.extend(accounts);
        }
        found.complete &= count < SPELLINGS_MAX;
        found
    }
}

/// Accounts in whose names every word of `text` begins a word, the newest first, at most `limit`. Looks at a bounded
/// number of accounts: it may miss old ones if every word of `text` begins the names of thousands.
///
/// # Errors
///
/// [`ReadError`] if the database cannot be read.
pub fn accounts_named(
    reader: &dyn Reader,
    text: &str,
    limit: usize,
) -> Result<Vec<AccountProfile>, ReadError> {
    let asked = words(text);
    let mut longest: Vec<String> = asked.iter().cloned().collect();
    longest.sort_by_key(|word| Reverse(word.len()));
    longest.truncate(ASKED_MAX);
    if longest.is_empty() {
        return Ok(Vec::new());
    }
    let candidates = candidates(&reader.accounts_by_word(&longest)?);
    let mut found = Vec::new();
    for some in candidates.chunks(NAMES_STEP) {
        // A name may have changed since the index was read.
        for profile in reader.account_profiles(some)? {
            if found.len() < limit && all_begin(&asked, &words(&profile.name)) {
                found.push(profile);
            }
        }
        if found.len() == limit {
            break;
        }
    }
    Ok(found)
}

/// Whether each of `asked` begins one of `words`.
fn all_begin(asked: &BTreeSet<String>, words: &BTreeSet<String>) -> bool {
    asked.iter().all(|asked| {
        words.range::<String, _>(asked..).next().is_some_and(|word| word.starts_with(asked))
    })
}

/// The accounts worth a look: those that every complete answer names; first those that most of the others name too, and
/// the newest of them first.
fn candidates(answers: &[ByWord]) -> Vec<AccountNo> {
    let mut named: BTreeMap<AccountNo, usize> = BTreeMap::new();
    for account in answers.iter().flat_map(|answer| &answer.accounts) {
        *named.entry(*account).or_default() += 1;
    }
    let complete = |account: &AccountNo| {
        answers.iter().all(|answer| !answer.complete || answer.accounts.contains(account))
    };
    let mut ranked: Vec<_> = named
        .into_iter()
        .filter(|(account, _)| complete(account))
        .map(|(account, count)| Reverse((count, account)))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|Reverse((_, account))| account).take(NAMES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_are_letters_and_digits_in_small_letters() {
        assert_eq!(words("Acme Corporation"), set(&["acme", "corporation"]));
        assert_eq!(words("O'Brien & Söhne, 24/7"), set(&["o", "brien", "söhne", "24", "7"]));
        assert_eq!(words("ÉCOLE École"), set(&["école"]));
        assert_eq!(words("東京 株式会社"), set(&["東京", "株式会社"]));
        assert_eq!(words(" -- \u{1f980} '"), set(&[]));
    }

    #[test]
    fn every_word_that_is_asked_begins_a_word() {
        let name = words("Acme Corporation of Corfu");
        for asked in ["acm", "CORP", "cor acme", "corp corf", "o", ""] {
            assert!(all_begin(&words(asked), &name), "{asked}");
        }
        for asked in ["cme", "acme corps", "acme x", "ofc"] {
            assert!(!all_begin(&words(asked), &name), "{asked}");
        }
    }

    #[test]
    fn complete_answers_decide_and_the_others_rank() {
        let by_word = |numbers: &[u64], complete| ByWord {
            accounts: numbers.iter().copied().map(AccountNo).collect(),
            complete,
        };
        let all =
            [by_word(&[1, 2, 3, 9], true), by_word(&[2, 8, 9], false), by_word(&[2, 3], false)];
        assert_eq!(candidates(&all), [2, 9, 3, 1].map(AccountNo));
        assert_eq!(candidates(&all[1..]), [2, 9, 8, 3].map(AccountNo));
        assert_eq!(candidates(&[by_word(&[], true), by_word(&[1], false)]), []);
    }

    #[test]
    fn an_answer_is_complete_unless_something_was_cut_off() {
        let accounts = |count: usize| (0..count as u64).map(AccountNo).collect::<Vec<_>>();
        assert!(ByWord::of([]).complete);
        assert!(ByWord::of([accounts(ACCOUNTS_MAX - 1)]).complete);
        assert!(!ByWord::of([accounts(1), accounts(ACCOUNTS_MAX)]).complete);
        assert!(ByWord::of(vec![accounts(1); SPELLINGS_MAX - 1]).complete);
        assert!(!ByWord::of(vec![accounts(1); SPELLINGS_MAX]).complete);
    }
}
