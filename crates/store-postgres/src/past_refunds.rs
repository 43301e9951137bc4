//! Refunds of late, for policies with totals: two more round trips, and only while there is such a policy.

use columns::facts::{self, FactRef};
use columns::int;
use jiff::Timestamp;
use money::Money;
use receivables::approval::{Asker, LOOKED_AT_MAX, Party, PastRefunds, RefundsNeeded, counts};
use receivables::order::OrderState;
use receivables::{AccountNo, Books, Kind, PaymentNo, RefundNo, Settings};
use rustc_hash::FxHashMap;

use crate::error::{Pg, corrupt};
use crate::fetch::{Answers, by_numbers};
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
    let limit = int(LOOKED_AT_MAX as u64 + 1);
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
    let mut asked: Vec<(Party, Timestamp, RefundNo)> = Vec::new();
    let mut counted: FxHashMap<Party, Looked> = FxHashMap::default();
    let mut looks = |party: &Party, at| counted.entry(party.clone()).or_default().look(at);
    for row in &answers.next() {
        let (party, at) = (Party::Account(AccountNo(number(row, 0)?)), rows::instant(row, 1)?);
        if !looks(&party, at) {
            continue;
        }
        for fact in facts::decode(get(row, 2)?)?.facts {
            if let FactRef::Refunded(refund) = fact {
                asked.push((party.clone(), at, RefundNo(refund)));
            }
        }
    }
    for row in &answers.next() {
        let party = Party::Asker(Asker::from(get::<String>(row, 0)?));
        let at = rows::instant(row, 1)?;
        if looks(&party, at) {
            asked.push((party, at, RefundNo(number(row, 2)?)));
        }
    }
    let standing = standing(link, &asked)?;
    let mut found: FxHashMap<Party, Vec<(Timestamp, Money)>> = FxHashMap::default();
    for (party, at, refund) in asked {
        if let Some(amount) = standing.get(&refund) {
            found.entry(party).or_default().push((at, *amount));
        }
    }
    let accounts = accounts.into_iter().map(|(no, since)| (Party::Account(no), since));
    let askers = askers.into_iter().map(|(asker, since)| (Party::Asker(asker), since));
    for (party, since) in accounts.chain(askers) {
        let cut_at = counted.get(&party).and_then(|looked| looked.cut_at);
        let refunds = found.remove(&party).unwrap_or_default();
        books.past_refunds.insert(party, PastRefunds::new(since, refunds, cut_at));
    }
    Ok(())
}

/// How many of a party were looked at, the latest first.
#[derive(Default)]
struct Looked {
    count: usize,
    cut_at: Option<Timestamp>,
}

impl Looked {
    /// Whether one more is looked at.
    fn look(&mut self, at: Timestamp) -> bool {
        self.count += 1;
        if self.count > LOOKED_AT_MAX {
            self.cut_at = self.cut_at.or(Some(at));
        }
        self.cut_at.is_none()
    }
}

/// The amounts of those refunds that may have paid something out, or still may.
fn standing(
    link: &mut Link,
    asked: &[(Party, Timestamp, RefundNo)],
) -> Pg<FxHashMap<RefundNo, Money>> {
    let mut numbers: Vec<u64> = asked.iter().map(|(_, _, refund)| refund.0).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Ok(FxHashMap::default());
    }
    let mut found = FxHashMap::default();
    for row in &link.one(by_numbers(sql::REFUNDS_STANDING, numbers))? {
        let state: Option<OrderState> = match get::<Option<&str>>(row, 3)? {
            Some(name) => {
                let quoted = serde_json::Value::from(name);
                Some(serde_json::from_value(quoted).map_err(corrupt)?)
            }
            None => None,
        };
        if state.is_none_or(counts) {
            let currency = get::<&str>(row, 1)?.parse().map_err(corrupt)?;
            found.insert(RefundNo(number(row, 0)?), Money::from_minor(get(row, 2)?, currency));
        }
    }
    Ok(found)
}
