//! Reading a history back in: the other half of an export.

use std::sync::Arc;

use receivables::context::Numbers;
use receivables::evolve::{self, Place};
use receivables::fact::Fact;
use receivables::refund::RefundSource;
use receivables::{
    AccountNo, AdjustmentNo, Books, Entry, ItemAdjustmentNo, Kind, Need, PaymentNo, RefundNo,
    Settings,
};

use crate::store::{Loaded, Store, StoreError, StoreErrorKind};

/// Whether numbers may be missing in a history that is read in. A database with several writers leaves
/// gaps where a commit failed; one with a single writer leaves none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// A missing number is an error.
    Refused,
    /// Numbers only have to ascend.
    Accepted,
}

/// Appends `entries` to a store that holds everything before them, folding each as it goes.
///
/// # Errors
///
/// [`StoreError`] if they do not follow on what is there, do not fold, or cannot be written. Nothing
/// of them is there then.
pub fn import_history(
    store: &mut dyn Store,
    entries: &[Entry],
    gaps: Gaps,
) -> Result<(), StoreError> {
    let mut needs = Vec::new();
    for entry in entries {
        if entry.head.account != AccountNo::ORGANISATION {
            needs.push(Need::Account(entry.head.account));
        }
        needs.extend(fold_needs(entry));
    }
    let loaded = store.load(&needs, &[])?;
    let folded = fold(loaded, entries, gaps);
    let (changed, numbers, gaps) = match folded {
        Ok(folded) => folded,
        Err(detail) => {
            store.release();
            return Err(StoreError { kind: StoreErrorKind::Other, detail });
        }
    };
    let entries: Vec<&Entry> = entries.iter().collect();
    store.adopt_numbers(numbers, gaps)?;
    store.commit(&entries, changed, numbers)
}

/// The states and numbers after `entries`, and whether numbers are missing.
fn fold(loaded: Loaded, entries: &[Entry], gaps: Gaps) -> Result<(Books, Numbers, Gaps), String> {
    let (mut books, mut numbers) = (loaded.books, loaded.numbers);
    let mut settings = loaded.settings;
    let mut found = Gaps::Refused;
    for entry in entries {
        let head = &entry.head;
        let follows = advance(&mut numbers, entry);
        if follows == Follows::Not || (follows == Follows::WithGap && gaps == Gaps::Refused) {
            return Err(format!("{} does not follow on what is there", head.no));
        }
        if follows == Follows::WithGap {
            found = Gaps::Accepted;
        }
        let last = books.accounts.get(&head.account).and_then(|account| account.last_entry);
        if head.account != AccountNo::ORGANISATION && head.previous != last {
            return Err(format!("{} does not follow on the last entry of its account", head.no));
        }
        let place = Place { account: head.account, entry: head.no, at: head.at };
        let refuse = |error: &dyn std::fmt::Display| format!("{}: {error}", head.no);
        for fact in &entry.facts {
            if let Fact::SettingsChanged(changed) = fact {
                settings = Arc::new((**changed).clone());
            }
            evolve::fact(&mut books, place, fact).map_err(|error| refuse(&error))?;
        }
        for posting in &entry.postings {
            evolve::posting(&mut books, place, posting).map_err(|error| refuse(&error))?;
        }
        let today = settings.business_date(head.at);
        let closed = evolve::close(&mut books, place, today, &entry.postings);
        closed.map_err(|error| refuse(&error))?;
    }
    let changed = Books {
        accounts: books.accounts,
        invoices: books.invoices,
        methods: books.methods,
        orders: books.orders,
        ..Books::default()
    };
    Ok((changed, numbers, found))
}

/// How an entry's numbers follow on those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Follows {
    Directly,
    WithGap,
    Not,
}

fn step(last: &mut u64, number: u64) -> Follows {
    let follows = match number.checked_sub(*last) {
        Some(1) => Follows::Directly,
        None | Some(0) => Follows::Not,
        Some(_) => Follows::WithGap,
    };
    *last = number;
    follows
}

/// Numbers after `entry`, and how they follow.
fn advance(numbers: &mut Numbers, entry: &Entry) -> Follows {
    let mut worst = step(&mut numbers.entry, entry.head.no.0);
    for posting in &entry.postings {
        worst = worst.max(step(&mut numbers.posting, posting.no.0));
    }
    for fact in &entry.facts {
        let follows = match fact {
            Fact::AccountOpened(opened) => step(&mut numbers.account, opened.no.0),
            Fact::InvoiceDrafted(drafted) => {
                let items = drafted.items.iter();
                let items = items.map(|item| step(&mut numbers.item, item.no.0)).max();
                step(&mut numbers.invoice, drafted.no.0).max(items.unwrap_or(Follows::Directly))
            }
            Fact::InvoiceItemAdjusted(adjusted) => {
                step(&mut numbers.item_adjustment, adjusted.no.0)
            }
            Fact::PaymentRecorded(payment) => step(&mut numbers.payment, payment.no.0),
            Fact::CreditBalanceAdjusted(adjusted) => step(&mut numbers.adjustment, adjusted.no.0),
            Fact::Refunded(refund) => step(&mut numbers.refund, refund.no.0),
            Fact::AccountChanged(_)
            | Fact::SettingsChanged(_)
            | Fact::InvoiceStatusChanged(_)
            | Fact::PaymentMethodChanged(_)
            | Fact::OrderPlaced(_)
            | Fact::OrderMoved(_)
            | Fact::EnteredLate(_)
            | Fact::Labeled(_)
            | Fact::PersonalDataNoted(_)
            | Fact::Canceled(_) => Follows::Directly,
            Fact::PaymentMethodAdded(method) => step(&mut numbers.method, method.no.0),
        };
        worst = worst.max(follows);
    }
    worst
}

/// True if a program of schema 1 must not go on with books that hold this fact: it knows of no gateways, roles,
/// policies, periods and labels, would pass over what is held, and forget them with the next change of the settings.
pub fn ends_schema_1(fact: &Fact) -> bool {
    match fact {
        Fact::SettingsChanged(settings) => {
            let Settings { gateways, roles, policies, custom_fields, .. } = settings.as_ref();
            let Settings { reason_codes, periods, credit_balance, future_dates, .. } =
                settings.as_ref();
            let none = gateways.is_empty() && roles.is_empty() && policies.is_empty();
            let none = none && custom_fields.is_empty() && !settings.custom_field_compatibility;
            !(none && reason_codes.is_empty() && periods.is_empty())
                || *future_dates
                || !credit_balance
        }
        Fact::PaymentMethodAdded(_) | Fact::Labeled(_) | Fact::PersonalDataNoted(_) => true,
        _ => false,
    }
}

/// What has to be loaded to fold an entry that is already in the database.
pub fn fold_needs(entry: &Entry) -> Vec<Need> {
    let mut needs = Vec::new();
    if entry.head.account != AccountNo::ORGANISATION {
        needs.push(Need::Account(entry.head.account));
    }
    for fact in &entry.facts {
        match fact {
            Fact::SettingsChanged(_) => needs.push(Need::Organisation),
            Fact::InvoiceStatusChanged(changed) => needs.push(Need::Invoice(changed.invoice)),
            Fact::InvoiceItemAdjusted(adjusted) => needs.push(Need::Invoice(adjusted.invoice)),
            Fact::Refunded(refund) => {
                if let RefundSource::Payment { parts, .. } = &refund.source {
                    needs.extend(parts.iter().map(|part| Need::Invoice(part.invoice)));
                }
            }
            Fact::Canceled(canceled) => {
                let number = canceled.document.number;
                match canceled.document.kind {
                    Kind::Payment => needs.push(Need::Payment {
                        no: PaymentNo(number),
                        items: false,
                        cancel: false,
                    }),
                    Kind::CreditBalanceAdjustment => {
                        needs.push(Need::Adjustment { no: AdjustmentNo(number), items: false });
                    }
                    Kind::Refund => needs.push(Need::Refund(RefundNo(number))),
                    Kind::InvoiceItemAdjustment => {
                        needs.push(Need::ItemAdjustment(ItemAdjustmentNo(number)));
                    }
                    _ => {}
                }
            }
            Fact::PaymentMethodChanged(changed) => needs.push(Need::Method(changed.no)),
            Fact::OrderPlaced(placed) => {
                needs.extend(placed.parts.iter().map(|part| Need::Invoice(part.invoice)));
            }
            // Which invoices it holds or lets go of stands in the order.
            Fact::OrderMoved(moved) => needs.push(Need::Order(moved.document)),
            _ => {}
        }
    }
    let invoices = entry.postings.iter().filter_map(|posting| posting.invoice);
    needs.extend(invoices.map(|side| Need::Invoice(side.invoice)));
    needs
}
