//! Drafting, posting, unposting and canceling invoices (domain 10).

use money::Money;

use super::{
    ITEMS_MAX, Invoice, InvoiceDrafted, InvoiceItem, InvoiceStatus, InvoiceStatusChanged, Item,
    ItemKind,
};
use crate::account::Account;
use crate::command::{CreateInvoice, NewItem, OneInvoice, Words};
use crate::context::next;
use crate::credit_balance::decide as credit_balance;
use crate::draft::{Draft, Refusal, require_posted};
use crate::fact::Fact;
use crate::id::Numbered;
use crate::journal::{LedgerAccount, Pair, Role};
use crate::{InvoiceNo, ItemNo, Rejection};

/// Drafts an invoice. Checks in this order: account exists and is active; currency; external id
/// free; one to [`ITEMS_MAX`] items; due date; the invoice date is not locked; each item's amount and accounting code.
pub(crate) fn create(draft: &mut Draft<'_>, command: &CreateInvoice) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    draft.check_currency(command.currency, &account)?;
    if let Some(id) = &command.external_id
        && let Some(taken) = draft.base().invoice_ids.get(id)
    {
        let (external_id, document) = (id.to_string(), taken.to_string());
        return Err(Rejection::ExternalIdTaken { external_id, document }.into());
    }
    if command.items.is_empty() {
        return Err(Rejection::NothingGiven { what: "items" }.into());
    }
    if command.items.len() > ITEMS_MAX {
        return Err(Rejection::TooMany { what: "items", max: ITEMS_MAX }.into());
    }
    let invoice_date = command.invoice_date.unwrap_or(draft.ctx.today);
    let due_date = command.due_date.unwrap_or(invoice_date);
    if due_date < invoice_date {
        return Err(Rejection::DueBeforeInvoice { due_date, invoice_date }.into());
    }
    draft.require_open(invoice_date)?;
    let no = InvoiceNo(next(&mut draft.numbers.invoice));
    let items = items(draft, &account, &command.items)?;
    let mut amount = Money::zero(account.currency);
    for item in &items {
        amount = amount.try_add(item.amount)?;
    }
    if amount.minor().abs() > money::MINOR_MAX {
        return Err(Rejection::BalanceTooLarge.into());
    }
    draft.record(Fact::InvoiceDrafted(InvoiceDrafted {
        no,
        account: account.no,
        external_id: command.external_id.clone(),
        invoice_date,
        due_date,
        amount,
        items,
    }))?;
    if command.post { post_draft(draft, no) } else { Ok(()) }
}

fn items(
    draft: &mut Draft<'_>,
    account: &Account,
    new: &[NewItem],
) -> Result<Vec<InvoiceItem>, Refusal> {
    let mut items = Vec::with_capacity(new.len());
    let mut charge: Option<ItemNo> = None;
    for (index, item) in new.iter().enumerate() {
        let amount = item.amount.to_money(account.currency).map_err(Rejection::from)?;
        let no = ItemNo(next(&mut draft.numbers.item));
        let role = match item.kind {
            ItemKind::Charge => Role::Revenue,
            ItemKind::Tax => Role::Tax,
        };
        let tax_on = match item.kind {
            ItemKind::Charge => {
                charge = Some(no);
                None
            }
            ItemKind::Tax if charge.is_none() => {
                return Err(Rejection::TaxWithoutCharge { position: index + 1 }.into());
            }
            ItemKind::Tax => charge,
        };
        items.push(InvoiceItem {
            no,
            kind: item.kind,
            amount,
            ledger_account: ledger_account(draft, item, role)?,
            tax_on,
            sku: item.sku.clone(),
            description: item.description.clone(),
            quantity: item.quantity.clone(),
            unit_price: item.unit_price.clone(),
        });
    }
    Ok(items)
}

fn ledger_account(
    draft: &Draft<'_>,
    item: &NewItem,
    role: Role,
) -> Result<LedgerAccount, Rejection> {
    let chart = &draft.ctx.settings.chart;
    match &item.accounting_code {
        None => Ok(chart.account(role)),
        Some(code) => match chart.find(code) {
            Some(entry) if entry.role == role => Ok(entry.account),
            _ => Err(Rejection::UnknownAccountingCode { accounting_code: code.to_string(), role }),
        },
    }
}

/// Posts a draft. Checks: invoice exists, account active; it is a draft.
pub(crate) fn post(draft: &mut Draft<'_>, command: &OneInvoice) -> Result<(), Refusal> {
    let invoice = draft.invoice_of(command.invoice)?;
    require_draft(&invoice)?;
    post_draft(draft, invoice.no)
}

fn post_draft(draft: &mut Draft<'_>, no: InvoiceNo) -> Result<(), Refusal> {
    let status = InvoiceStatus::Posted;
    draft.record(Fact::InvoiceStatusChanged(InvoiceStatusChanged { invoice: no, status }))?;
    let invoice = draft.invoice_now(no)?;
    let receivable = draft.ledger(Role::AccountsReceivable);
    for (account, net) in net_by_ledger_account(&draft.items_now(no)?)? {
        let (debit, credit) =
            if net.is_negative() { (account, receivable) } else { (receivable, account) };
        draft.post(Pair {
            debit,
            credit,
            amount: net.abs(),
            date: invoice.invoice_date,
            document: no.document(),
            invoice: Some(no),
        })?;
    }
    automate(draft, &invoice)
}

/// Items of one ledger account make one posting, in the order the accounts first appear.
fn net_by_ledger_account(items: &[Item]) -> Result<Vec<(LedgerAccount, Money)>, Refusal> {
    let mut nets: Vec<(LedgerAccount, Money)> = Vec::new();
    for item in items {
        match nets.iter_mut().find(|(account, _)| *account == item.ledger_account) {
            Some((_, net)) => *net = net.try_add(item.amount)?,
            None => nets.push((item.ledger_account, item.amount)),
        }
    }
    Ok(nets)
}

/// Automatic transfer of a negative invoice, automatic application to a positive one. An invoice
/// dated in the future is left alone: credit may not move before its date (domain 1.6).
fn automate(draft: &mut Draft<'_>, invoice: &Invoice) -> Result<(), Refusal> {
    if invoice.invoice_date > draft.ctx.today {
        return Ok(());
    }
    let account = draft.account_now()?;
    let settings = draft.ctx.settings;
    let cause = Some(invoice.no.document());
    let balance = draft.invoice_now(invoice.no)?.balance()?;
    if balance.is_negative() {
        let wanted = account.automatic_transfer.resolve(settings.automatic_transfer);
        if wanted && settings.credit_balance {
            let date = draft.bookable(draft.ctx.today)?;
            let how = credit_balance::How { date, words: &Words::default(), cause };
            return credit_balance::increase(draft, invoice.no, balance.abs(), &how);
        }
    } else if account.automatic_application.resolve(settings.automatic_application) {
        let amount = balance.at_most(draft.available()?);
        if amount.is_positive() {
            let date = draft.bookable(draft.ctx.today)?;
            let how = credit_balance::How { date, words: &Words::default(), cause };
            return credit_balance::decrease(draft, invoice.no, amount, &how);
        }
    }
    Ok(())
}

/// Takes a posted invoice back to draft. Checks: invoice exists, account active; it is posted; it is
/// the latest posted of its account; nothing hangs on it (domain 10.3).
///
/// The mirror carries the invoice date, so that no day shows the invoice twice once it is posted anew.
pub(crate) fn unpost(draft: &mut Draft<'_>, command: &OneInvoice) -> Result<(), Refusal> {
    let invoice = draft.invoice_of(command.invoice)?;
    require_posted(&invoice)?;
    let latest = draft.account_now()?.latest_posted;
    if latest != Some(invoice.no) {
        return Err(Rejection::InvoiceNotLatest {
            invoice: invoice.no.to_string(),
            latest: latest.map_or_else(String::new, |no| no.to_string()),
        }
        .into());
    }
    if invoice.attached > 0 {
        let (invoice, attached) = (invoice.no.to_string(), invoice.attached);
        return Err(Rejection::InvoiceHasDocuments { invoice, attached }.into());
    }
    draft.mirror(invoice.no.document(), None)?;
    let status = InvoiceStatus::Draft;
    draft.record(Fact::InvoiceStatusChanged(InvoiceStatusChanged { invoice: invoice.no, status }))
}

/// Cancels a draft for ever. Checks: invoice exists, account active; it is a draft.
pub(crate) fn cancel(draft: &mut Draft<'_>, command: &OneInvoice) -> Result<(), Refusal> {
    let invoice = draft.invoice_of(command.invoice)?;
    require_draft(&invoice)?;
    let status = InvoiceStatus::Canceled;
    draft.record(Fact::InvoiceStatusChanged(InvoiceStatusChanged { invoice: invoice.no, status }))
}

fn require_draft(invoice: &Invoice) -> Result<(), Rejection> {
    match invoice.status {
        InvoiceStatus::Draft => Ok(()),
        InvoiceStatus::Posted | InvoiceStatus::Canceled => Err(Rejection::InvoiceStatus {
            invoice: invoice.no.to_string(),
            status: invoice.status.name(),
            needed: "draft",
        }),
    }
}
