//! Words of the names of accounts, to look for accounts by their beginnings: always current, written with the fact that
//! gives or takes a name.

use std::collections::BTreeSet;

use columns::orders::PERSONAL_DATA_OF_ACCOUNT;
use engine::ByWord;
use engine::words::{ACCOUNTS_MAX, SPELLINGS_MAX, words};
use receivables::AccountNo;
use rusqlite::Connection;

use crate::codec::{Db, int, number};
use crate::rows::{all, one};

/// Writes the words of an account's first name.
pub(crate) fn add(conn: &Connection, account: AccountNo, name: &str) -> Db<()> {
    let sql = "INSERT OR IGNORE INTO account_word (word, account_no) VALUES (?1, ?2)";
    let mut insert = conn.prepare_cached(sql)?;
    for word in words(name) {
        insert.execute((word, int(account.0)))?;
    }
    Ok(())
}

/// Writes the words of the name that an account has from now on, instead of those before.
pub(crate) fn replace(conn: &Connection, account: AccountNo, name: &str) -> Db<()> {
    remove(conn, account)?;
    add(conn, account, name)
}

/// From now on the account is not found by its name.
pub(crate) fn remove(conn: &Connection, account: AccountNo) -> Db<()> {
    let sql = "DELETE FROM account_word WHERE account_no = ?1";
    conn.prepare_cached(sql)?.execute([int(account.0)])?;
    Ok(())
}

/// The accounts with a word that begins with `beginning`.
pub(crate) fn find(conn: &Connection, beginning: &str) -> Db<ByWord> {
    let next = "SELECT word FROM account_word WHERE word >= ?1 AND word < ?2 ORDER BY word LIMIT 1";
    let newest =
        "SELECT account_no FROM account_word WHERE word = ?1 ORDER BY account_no DESC LIMIT ?2";
    let end = format!("{beginning}{}", char::MAX);
    let (mut from, mut spellings) = (beginning.to_owned(), Vec::new());
    while spellings.len() < SPELLINGS_MAX {
        let word = one(conn, next, (&from, &end), |row| Ok(row.get::<_, String>(0)?))?;
        let Some(mut word) = word else { break };
        let limit = int(ACCOUNTS_MAX as u64);
        spellings.push(all(conn, newest, (&word, limit), |row| Ok(AccountNo(number(row, 0)?)))?);
        // The least text behind this word.
        word.push('\0');
        from = word;
    }
    Ok(ByWord::of(spellings))
}

/// Adds the words of the next accounts behind `after` that have a name to be found by, at most `limit` accounts; answers
/// the last of them.
pub(crate) fn fill(conn: &Connection, after: u64, limit: i64) -> Db<Option<u64>> {
    // A name is not found any more once personal data was erased after it was given.
    let sql = "SELECT a.account_no, coalesce(c.name, a.name), EXISTS (SELECT 1 FROM gateway_fact f \
               WHERE f.document_kind = ?3 AND f.document_no = a.account_no \
               AND f.entry_no > coalesce(c.entry_no, a.entry_no) AND f.fact LIKE '%\"erased\"%') \
               FROM account a LEFT JOIN account_change c ON c.change_id = \
               (SELECT l.change_id FROM account_change l WHERE l.account_no = a.account_no \
               AND l.name IS NOT NULL ORDER BY l.change_id DESC LIMIT 1) \
               WHERE a.account_no > ?1 ORDER BY a.account_no LIMIT ?2";
    let rows = all(conn, sql, (int(after), limit, PERSONAL_DATA_OF_ACCOUNT), |row| {
        Ok((number(row, 0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?))
    })?;
    // In the order of the table: pages are then written once.
    let mut pairs: BTreeSet<(String, u64)> = BTreeSet::new();
    for (account, name, _) in rows.iter().filter(|(_, _, erased)| !erased) {
        pairs.extend(words(name).into_iter().map(|word| (word, *account)));
    }
    let sql = "INSERT OR IGNORE INTO account_word (word, account_no) VALUES (?1, ?2)";
    let mut insert = conn.prepare_cached(sql)?;
    for (word, account) in &pairs {
        insert.execute((word, int(*account)))?;
    }
    Ok(rows.last().map(|(account, ..)| *account))
}
