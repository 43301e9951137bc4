//! Refunds of late, for policies with totals: one more round trip, and only while there is such a policy.

use columns::int;
use jiff::Timestamp;
use money::Money;
use receivables::approval::{Asker, Party, PastRefunds, REFUNDS_MAX, RefundsNeeded, counts};
use receivables::order::OrderState;
use receivables::{AccountNo, Books, Kind, PaymentNo, Settings};
use rustc_hash::FxHashMap;
use tokio_postgres::Row;

use crate::error::{Pg, corrupt};
use crate::fetch::Answers;
use crate::link::{Link, Query};
use crate::rows::{self, get, number};
use crate::sql;

/// From when on refunds are wanted, by whose they are.
#[derive(Default)]
struct Wanted {
    accounts: FxHashMap<AccountNo, Timestamp>,
    askers: FxHashMap<Asker, Timestamp>,
}

impl Wanted {
    fn of(needed: &[RefundsNeeded], settings: &Settings, books: &Books) -> Self {
        let mut wanted = Self::default();
        for needed in needed {
            let looked_at = settings.refunds_looked_at(needed.at);
            let account = match needed.of.kind {
                Kind::Account => Some(AccountNo(needed.of.number)),
                _ => books.payments.get(&PaymentNo(needed.of.number)).map(|it| it.recorded.account),
            };
            if let (Some(since), Some(account)) = (looked_at.account, account) {
                let earliest = wanted.accounts.entry(account).or_insert(since);
                *earliest = since.min(*earliest);
            }
            if let Some(since) = looked_at.asker {
                let earliest = wanted.askers.entry(needed.asker.clone()).or_insert(since);
                *earliest = since.min(*earliest);
            }
        }
        wanted
    }
}

/// Loads what active policies look at. The accounts are locked; so are those who ask, from here on, because one person
/// may ask for refunds to many accounts at once.
pub(crate) fn load(
    link: &mut Link,
    needed: &[RefundsNeeded],
    settings: &Settings,
    books: &mut Books,
) -> Pg<()> {
    let Wanted { accounts, askers } = Wanted::of(needed, settings, books);
    if accounts.is_empty() && askers.is_empty() {
        return Ok(());
    }
    let us = |since: &Timestamp| since.as_microsecond();
    let names: Vec<String> = askers.keys().map(|asker| asker.as_str().to_owned()).collect();
    let limit = int(REFUNDS_MAX as u64 + 1);
    let queries = vec![
        Query::new(sql::LOCK_ASKERS).with(names.clone()),
        Query::new(sql::REFUNDS_TO)
            .with(accounts.keys().map(|no| int(no.0)).collect::<Vec<i64>>())
            .with(accounts.values().map(us).collect::<Vec<i64>>())
            .with(limit),
        Query::new(sql::REFUNDS_BY)
            .with(names)
            .with(askers.values().map(us).collect::<Vec<i64>>())
            .with(limit),
    ];
    let mut answers = Answers::of(link, queries)?;
    drop(answers.next());
    let known = &mut books.past_refunds;
    let none = |since| PastRefunds { since, refunds: Vec::new() };
    known.extend(accounts.into_iter().map(|(no, since)| (Party::Account(no), none(since))));
    known.extend(askers.into_iter().map(|(asker, since)| (Party::Asker(asker), none(since))));
    for row in &answers.next() {
        take(known, Party::Account(AccountNo(number(row, 0)?)), row)?;
    }
    for row in &answers.next() {
        take(known, Party::Asker(Asker::from(get::<String>(row, 0)?)), row)?;
    }
    Ok(())
}

fn take(known: &mut FxHashMap<Party, PastRefunds>, party: Party, row: &Row) -> Pg<()> {
    let state: Option<OrderState> = match get::<Option<&str>>(row, 4)? {
        Some(name) => {
            let quoted = serde_json::Value::from(name);
            Some(serde_json::from_value(quoted).map_err(corrupt)?)
        }
        None => None,
    };
    if state.is_some_and(|state| !counts(state)) {
        return Ok(());
    }
    let currency = get::<&str>(row, 3)?.parse().map_err(corrupt)?;
    let amount = Money::from_minor(get(row, 2)?, currency);
    if let Some(past) = known.get_mut(&party) {
        past.refunds.push((rows::instant(row, 1)?, amount));
    }
    Ok(())
}
