//! Reading a history back in: the other half of an export.

use engine::{Store, StoreError, StoreErrorKind};
use receivables::context::Numbers;
use receivables::evolve::{self, Place};
use receivables::fact::Fact;
use receivables::{AccountNo, Books, Entry, Need};

use crate::store::SqliteStore;

/// Appends `entries` to a store that holds everything before them, folding each as it goes.
///
/// # Errors
///
/// [`StoreError`] if they do not follow on what is there, do not fold, or cannot be written. Nothing
/// of them is there then.
pub fn import_history(store: &mut SqliteStore, entries: &[Entry]) -> Result<(), StoreError> {
    let refuse = |detail: String| StoreError { kind: StoreErrorKind::Other, detail };
    let mut numbers = store.numbers();
    let mut needs = Vec::new();
    for entry in entries {
        if entry.head.account != AccountNo::ORGANISATION {
            needs.push(Need::Account(entry.head.account));
        }
        needs.extend(SqliteStore::needs_of(entry));
    }
    let mut books = store.load(&needs, &[])?.books;
    let mut settings = store.settings();
    for entry in entries {
        let head = &entry.head;
        if head.no.0 != numbers.entry + 1 {
            return Err(refuse(format!("{} does not follow entry {}", head.no, numbers.entry)));
        }
        let place = Place { account: head.account, entry: head.no, at: head.at };
        for fact in &entry.facts {
            if let Fact::SettingsChanged(changed) = fact {
                settings = (**changed).clone();
            }
            evolve::fact(&mut books, place, fact)
                .map_err(|error| refuse(format!("{}: {error}", head.no)))?;
        }
        for posting in &entry.postings {
            evolve::posting(&mut books, place, posting)
                .map_err(|error| refuse(format!("{}: {error}", head.no)))?;
        }
        let today = settings.business_date(head.at);
        evolve::close(&mut books, place, today, &entry.postings)
            .map_err(|error| refuse(format!("{}: {error}", head.no)))?;
        advance(&mut numbers, entry);
    }
    let changed = Books { accounts: books.accounts, invoices: books.invoices, ..Books::default() };
    let entries: Vec<&Entry> = entries.iter().collect();
    store.commit(&entries, changed, numbers)
}

/// Numbers after `entry`.
fn advance(numbers: &mut Numbers, entry: &Entry) {
    numbers.entry = entry.head.no.0;
    for posting in &entry.postings {
        numbers.posting = numbers.posting.max(posting.no.0);
    }
    for fact in &entry.facts {
        match fact {
            Fact::AccountOpened(opened) => numbers.account = opened.no.0,
            Fact::InvoiceDrafted(drafted) => {
                numbers.invoice = drafted.no.0;
                numbers.item = drafted.items.last().map_or(numbers.item, |item| item.no.0);
            }
            Fact::InvoiceItemAdjusted(adjusted) => numbers.item_adjustment = adjusted.no.0,
            Fact::PaymentRecorded(payment) => numbers.payment = payment.no.0,
            Fact::CreditBalanceAdjusted(adjusted) => {
                numbers.adjustment = numbers.adjustment.max(adjusted.no.0);
            }
            Fact::Refunded(refund) => numbers.refund = refund.no.0,
            Fact::AccountChanged(_)
            | Fact::SettingsChanged(_)
            | Fact::InvoiceStatusChanged(_)
            | Fact::Canceled(_) => {}
        }
    }
}
