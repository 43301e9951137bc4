//! Holding a copy against its source: entry by entry, and balance by balance.

use engine::{DayTotal, Reader, StoredState, fold_needs};
use jiff::civil::Date;
use money::Currency;
use receivables::account::Account;
use receivables::fact::Fact;
use receivables::invoice::Invoice;
use receivables::journal::{LedgerAccount, Posting};
use receivables::{AccountNo, Entry, EntryNo, InvoiceNo, Need, Settings};
use rustc_hash::{FxHashMap, FxHashSet};

use super::CHUNK;
use super::tally::{Sums, Tally};
use super::transfer::read_ahead;
use crate::output::{Done, Sentence, sentence};

/// Compares every entry up to `end`, and the settings they leave. `progress` is told the entries done.
pub(super) fn histories(
    source: &dyn Reader,
    target: &dyn Reader,
    end: EntryNo,
    progress: &mut dyn FnMut(u64),
) -> Done<Tally> {
    let (mut ours, mut theirs) = (Tally::default(), Tally::default());
    let mut settings = Settings::default();
    let mut after = EntryNo(0);
    read_ahead(source, after, end, |entries| {
        let mut copied = target.entries(after, entries.len())?;
        copied.retain(|entry| entry.head.no <= end);
        if let Some(odd) = first_difference(&entries, &copied) {
            return Err(sentence(format!("{odd} is not the same in the copy as in the source")));
        }
        for (entry, copy) in entries.iter().zip(&copied) {
            ours.add(entry);
            theirs.add(copy);
            for fact in &entry.facts {
                if let Fact::SettingsChanged(changed) = fact {
                    settings = (**changed).clone();
                }
            }
        }
        after = entries.last().map_or(after, |entry| entry.head.no);
        progress(after.0);
        Ok(())
    })?;
    if ours != theirs {
        return Err(sentence(format!("the copy counts {theirs:?}, the source {ours:?}")));
    }
    if target.settings()? != settings {
        return Err(sentence("the settings of the copy are not those of the source"));
    }
    Ok(theirs)
}

fn first_difference(source: &[Entry], copy: &[Entry]) -> Option<EntryNo> {
    let longest = source.len().max(copy.len());
    (0..longest).find_map(|index| {
        let (ours, theirs) = (source.get(index), copy.get(index));
        if ours == theirs { None } else { ours.or(theirs).map(|entry| entry.head.no) }
    })
}

/// Compares every stored balance and day total as of `end`. Answers the sums, and how many accounts had
/// to be left out, because their balances in the source moved on since.
pub(super) fn balances(
    source: &dyn Reader,
    target: &dyn Reader,
    end: EntryNo,
    tally: &Tally,
) -> Done<(Vec<Sums>, u64)> {
    let ours = States::at(source, end)?;
    let theirs = States::at(target, end)?;
    let moved_on = |account: &AccountNo| ours.moved_on.contains(account);
    let accounts = theirs.accounts.iter().filter(|(no, _)| !moved_on(no));
    let invoices = theirs.invoices.iter().filter(|(_, found)| !moved_on(&found.account));
    same(&ours.accounts, accounts, AccountNo::to_string)?;
    same(&ours.invoices, invoices, InvoiceNo::to_string)?;
    same(&ours.totals, theirs.totals.iter(), |(currency, date, account)| {
        format!("{currency} on {date}, ledger account {}", account.0)
    })?;
    let sums = tally.sums(theirs.accounts.values(), theirs.invoices.values());
    Ok((sums, ours.moved_on.len() as u64))
}

/// Exactly the same keys with the same values on both sides.
fn same<'a, K, V>(
    ours: &FxHashMap<K, V>,
    theirs: impl Iterator<Item = (&'a K, &'a V)>,
    name: impl Fn(&K) -> String,
) -> Done
where
    K: std::hash::Hash + Eq + 'a,
    V: PartialEq + std::fmt::Debug + 'a,
{
    let mut count = 0;
    for (key, value) in theirs {
        count += 1;
        let found = ours.get(key);
        if found != Some(value) {
            let key = name(key);
            return Err(odd(format!("{key}: {value:?} in the copy, {found:?} in the source")));
        }
    }
    if count == ours.len() {
        return Ok(());
    }
    Err(odd(format!("{count} in the copy, {} in the source", ours.len())))
}

fn odd(what: String) -> Sentence {
    sentence(format!("a balance is not the same in the copy as in the source: {what}"))
}

type TotalKey = (Currency, Date, LedgerAccount);

/// Stored balances, as of one entry.
#[derive(Default)]
struct States {
    accounts: FxHashMap<AccountNo, Account>,
    invoices: FxHashMap<InvoiceNo, Invoice>,
    totals: FxHashMap<TotalKey, (i128, i128)>,
    /// Accounts written to after that entry; their balances as of it are not stored any more.
    moved_on: FxHashSet<AccountNo>,
}

impl States {
    /// The stored states are those of some entry before or after `end`: what came in between is added
    /// or taken away.
    fn at(reader: &dyn Reader, end: EntryNo) -> Done<Self> {
        let mut states = Self::default();
        let folded = reader.stored_states(&mut |state| states.take(state))?;
        states.forward(reader, folded, end)?;
        states.backward(reader, end, folded)?;
        let later = states.accounts.values().filter(|account| account.last_entry > Some(end));
        states.moved_on.extend(later.map(|account| account.no));
        let moved_on = &states.moved_on;
        states.accounts.retain(|no, _| !moved_on.contains(no));
        states.invoices.retain(|_, invoice| !moved_on.contains(&invoice.account));
        states.totals.retain(|_, total| *total != (0, 0));
        Ok(states)
    }

    fn take(&mut self, state: StoredState) {
        match state {
            StoredState::Account(account) => drop(self.accounts.insert(account.no, account)),
            StoredState::Invoice(invoice) => drop(self.invoices.insert(invoice.no, invoice)),
            StoredState::Total(DayTotal { currency, date, account, debit, credit }) => {
                let total = (i128::from(debit.minor()), i128::from(credit.minor()));
                self.totals.insert((currency, date, account), total);
            }
            // Made by the entries alone, which are compared one by one; `verify` folds them again.
            StoredState::Method(_) | StoredState::Order(_) | StoredState::Asked(_) => {}
        }
    }

    /// The states after `folded` up to `end` are not written back yet; the reader has them in memory.
    fn forward(&mut self, reader: &dyn Reader, folded: EntryNo, end: EntryNo) -> Done {
        if folded >= end {
            return Ok(());
        }
        read_ahead(reader, folded, end, |entries| {
            let accounts: FxHashSet<AccountNo> =
                entries.iter().map(|entry| entry.head.account).collect();
            let invoices: FxHashSet<InvoiceNo> = entries.iter().flat_map(invoices_of).collect();
            let (accounts, invoices) = (Vec::from_iter(accounts), Vec::from_iter(invoices));
            for account in reader.accounts(&accounts)? {
                self.accounts.insert(account.no, account);
            }
            for invoice in reader.invoices(&invoices)? {
                self.invoices.insert(invoice.no, invoice);
            }
            for posting in entries.iter().flat_map(|entry| &entry.postings) {
                self.total(posting, 1);
            }
            Ok(())
        })
    }

    /// Takes back the totals after `end` up to `folded`.
    fn backward(&mut self, reader: &dyn Reader, end: EntryNo, folded: EntryNo) -> Done {
        let mut after = end;
        while after < folded {
            let entries = reader.entries(after, CHUNK)?;
            let Some(last) = entries.last() else { break };
            after = last.head.no;
            for entry in entries.iter().filter(|entry| entry.head.no <= folded) {
                entry.postings.iter().for_each(|posting| self.total(posting, -1));
            }
        }
        Ok(())
    }

    fn total(&mut self, posting: &Posting, sign: i128) {
        let amount = sign * i128::from(posting.amount.minor());
        let currency = posting.amount.currency();
        self.totals.entry((currency, posting.date, posting.debit)).or_default().0 += amount;
        self.totals.entry((currency, posting.date, posting.credit)).or_default().1 += amount;
    }
}

/// Every invoice an entry may have changed.
fn invoices_of(entry: &Entry) -> Vec<InvoiceNo> {
    let needed = fold_needs(entry).into_iter().filter_map(|need| match need {
        Need::Invoice(no) => Some(no),
        _ => None,
    });
    let drafted = entry.facts.iter().filter_map(|fact| match fact {
        Fact::InvoiceDrafted(drafted) => Some(drafted.no),
        _ => None,
    });
    needed.chain(drafted).collect()
}
