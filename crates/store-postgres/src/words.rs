//! Words of the names of accounts as rows, to look for accounts by their beginnings: always current, written with the fact
//! that gives or takes a name; and filled for the accounts of an older release.

use std::collections::{BTreeMap, BTreeSet};

use columns::int;
use columns::orders::PERSONAL_DATA_OF_ACCOUNT;
use engine::ByWord;
use engine::words::{ACCOUNTS_MAX, SPELLINGS_MAX, words};
use receivables::fact::Fact;
use receivables::personal_data::PersonalDataStep;
use receivables::{AccountNo, Entry};
use tokio_postgres::Row;

use crate::error::Pg;
use crate::fetch::Answers;
use crate::link::{Link, Query};
use crate::rows::{get, number};
use crate::sql;
use crate::tables::{WordRow, Words};

/// So many accounts are filled at a time; they are locked meanwhile.
const STRETCH: i64 = 1_000;

/// How accounts are called after a batch.
#[derive(Default)]
pub(crate) struct WordRows {
    /// Accounts whose words were there before.
    removed: Vec<i64>,
    words: Words,
}

impl WordRows {
    /// The rows of `entries`.
    pub(crate) fn of(entries: &[&Entry]) -> Self {
        let mut named: BTreeMap<AccountNo, Option<&str>> = BTreeMap::new();
        let mut opened: BTreeSet<AccountNo> = BTreeSet::new();
        for fact in entries.iter().flat_map(|entry| &entry.facts) {
            match fact {
                Fact::AccountOpened(account) => {
                    opened.insert(account.no);
                    named.insert(account.no, Some(account.name.as_str()));
                }
                Fact::AccountChanged(changed) => {
                    if let Some(name) = &changed.name {
                        named.insert(changed.no, Some(name.as_str()));
                    }
                }
                Fact::PersonalDataNoted(noted) if noted.step == PersonalDataStep::Erased => {
                    named.insert(noted.account, None);
                }
                _ => {}
            }
        }
        let mut rows = Self::default();
        for (account, name) in named {
            if !opened.contains(&account) {
                rows.removed.push(int(account.0));
            }
            rows.push(int(account.0), words(name.unwrap_or_default()));
        }
        rows
    }

    fn push(&mut self, account_no: i64, words: BTreeSet<String>) {
        for word in words {
            self.words.push(WordRow { word: word.into_bytes(), account_no });
        }
    }

    /// One statement to take words away and one to write others, if there are any.
    pub(crate) fn inserts(self) -> impl Iterator<Item = Query> {
        let Self { removed, words } = self;
        let remove =
            (!removed.is_empty()).then(|| Query::new(sql::DELETE_ACCOUNT_WORD).with(removed));
        remove.into_iter().chain(words.insert())
    }
}

/// The question for accounts with a word that begins with `beginning`. Words are compared as bytes.
pub(crate) fn ask(beginning: &str) -> Query {
    let end = format!("{beginning}{}", char::MAX).into_bytes();
    let query = Query::new(sql::ACCOUNTS_BY_WORD).with(beginning.as_bytes().to_vec()).with(end);
    let spellings = i32::try_from(SPELLINGS_MAX).unwrap_or(i32::MAX);
    query.with(spellings).with(i64::try_from(ACCOUNTS_MAX).unwrap_or(i64::MAX))
}

/// The answer to [`ask`].
pub(crate) fn found(rows: &[Row]) -> Pg<ByWord> {
    let mut spellings: BTreeMap<i32, Vec<AccountNo>> = BTreeMap::new();
    for row in rows {
        spellings.entry(get(row, 0)?).or_default().push(AccountNo(number(row, 1)?));
    }
    Ok(ByWord::of(spellings.into_values()))
}

/// Writes the words of every account's name where they are missing or others, a stretch of accounts at a time, from where
/// it stopped last. Committers may go on beside it: each account is locked while its name is read.
pub(crate) fn fill(link: &mut Link) -> Pg<()> {
    loop {
        let position = link.one(Query::new(sql::WORD_FILLING))?;
        let Some(row) = position.first() else { return Ok(()) };
        let after: i64 = get(row, 0)?;
        let next = Query::new(sql::ACCOUNTS_AFTER).with(after).with(STRETCH);
        let numbers: Vec<i64> = link.one(next)?.iter().map(|row| get(row, 0)).collect::<Pg<_>>()?;
        let Some(last) = numbers.last().copied() else {
            link.one(Query::new(sql::END_WORD_FILLING))?;
            return Ok(());
        };
        if let Err(error) = stretch(link, numbers, last) {
            drop(link.run(vec![Query::text("ROLLBACK")]));
            return Err(error);
        }
    }
}

/// Fills some accounts and notes the last of them, all or none.
fn stretch(link: &mut Link, numbers: Vec<i64>, last: i64) -> Pg<()> {
    let names = Query::new(sql::NAMES_TO_FIND).with(numbers.clone()).with(PERSONAL_DATA_OF_ACCOUNT);
    let mut answers = Answers::of(
        link,
        vec![
            Query::text("BEGIN"),
            Query::new(sql::LOCK_KNOWN_ACCOUNTS).with(numbers.clone()),
            names,
            Query::new(sql::ACCOUNT_WORDS).with(numbers),
        ],
    )?;
    drop((answers.next(), answers.next()));
    let mut wanted: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for row in &answers.next() {
        wanted.insert(get(row, 0)?, words(get(row, 1)?));
    }
    let mut stored: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for row in &answers.next() {
        let word = String::from_utf8_lossy(get(row, 1)?).into_owned();
        stored.entry(get(row, 0)?).or_default().insert(word);
    }
    // Of those that shall not be found nothing stays.
    let removed = stored.keys().filter(|no| !wanted.contains_key(no)).copied().collect();
    let mut rows = WordRows { removed, ..WordRows::default() };
    for (account, words) in wanted {
        let before = stored.get(&account);
        if before.is_some_and(|before| *before != words) {
            rows.removed.push(account);
        }
        if before != Some(&words) {
            rows.push(account, words);
        }
    }
    let mut queries: Vec<Query> = rows.inserts().collect();
    queries.push(Query::new(sql::MOVE_WORD_FILLING).with(last));
    queries.push(Query::text("COMMIT"));
    link.run(queries)?;
    Ok(())
}
