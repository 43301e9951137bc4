//! What has to be loaded to decide a command.

use super::{
    ClaimOrder, Command, Due, InvoicePart, Need, NoteDispute, PayRefund, ReportOrder, ResolveOrder,
    Review, Spread,
};
use crate::id::{Numbered, Ref};
use crate::refund::RefundType;
use crate::{
    AccountNo, AdjustmentNo, Document, InvoiceNo, ItemAdjustmentNo, Kind, MethodNo, PaymentNo,
    RefundNo,
};

impl Command {
    /// Tells `need` everything that has to be loaded, without duplicates within the command.
    pub fn needs(&self, need: &mut impl FnMut(Need)) {
        match self {
            Self::OpenAccount(command) => {
                if let Some(id) = &command.external_id {
                    need(Need::AccountId(id.clone()));
                }
            }
            Self::ChangeAccount(command) => need(Need::Account(command.account.no)),
            Self::ChangeSettings(_) => need(Need::Organisation),
            Self::CreateInvoice(command) => {
                need(Need::Account(command.account.no));
                if let Some(id) = &command.external_id {
                    need(Need::InvoiceId(id.clone()));
                }
            }
            Self::PostInvoice(command) => {
                need(Need::Invoice(command.invoice.no));
                need(Need::Items(command.invoice.no));
            }
            Self::CancelInvoice(command) => need(Need::Invoice(command.invoice.no)),
            Self::UnpostInvoice(command) => {
                need(Need::Invoice(command.invoice.no));
                need(Need::InvoicePostings(command.invoice.no));
            }
            Self::AdjustInvoiceItems(command) => {
                need(Need::Invoice(command.invoice.no));
                need(Need::Items(command.invoice.no));
            }
            Self::CancelInvoiceItemAdjustment(command) => {
                need(Need::ItemAdjustment(command.document.no));
            }
            Self::RecordPayment(command) => {
                need(Need::Account(command.account.no));
                invoices(&command.applications, need);
            }
            Self::CancelPayment(command) => {
                need(Need::Payment { no: command.document.no, items: false, cancel: true });
            }
            Self::TransferToCreditBalance(command) => need(Need::Invoice(command.invoice.no)),
            Self::ApplyCreditBalance(command) => {
                need(Need::Account(command.account.no));
                match &command.spread {
                    Spread::Chosen(parts) => invoices(parts, need),
                    Spread::OldestDueFirst(_) => need(Need::OpenInvoices(command.account.no)),
                }
            }
            Self::CancelCreditBalanceAdjustment(command) => {
                need(Need::Adjustment { no: command.adjustment.no, items: command.settle });
            }
            Self::CounterAdjust(command) => need(Need::Invoice(command.invoice.no)),
            Self::RefundCreditBalance(command) => {
                need(Need::Account(command.account.no));
                if let Some(date) = command.date {
                    need(Need::Movements(command.account.no, date));
                }
                if command.kind == RefundType::Electronic {
                    method(command.method, command.account.no, need);
                }
            }
            Self::RefundPayment(command) => {
                need(Need::Payment {
                    no: command.payment.no,
                    items: command.adjust,
                    cancel: false,
                });
                if let Some(method) = command.method {
                    need(Need::Method(method.no));
                }
            }
            Self::CancelRefund(command) => need(Need::Refund(command.document.no)),
            _ => self.electronic_needs(need),
        }
    }

    /// The same for what concerns payment methods, gateways and orders.
    fn electronic_needs(&self, need: &mut impl FnMut(Need)) {
        match self {
            Self::AddPaymentMethod(command) => need(Need::Account(command.account.no)),
            Self::ChangePaymentMethod(command) => need(Need::Method(command.method.no)),
            Self::AddGateway(_)
            | Self::ChangeGateway(_)
            | Self::MakeRole(_)
            | Self::MakePolicy(_)
            | Self::ChangePolicy(_)
            | Self::ChangeRole(_)
            | Self::MakeReasonCode(_)
            | Self::ChangeReasonCode(_)
            | Self::MakePeriod(_) => need(Need::Organisation),
            Self::ChangePeriod(command) => need(Need::Unfinished(command.period.clone())),
            Self::DefineCustomField(_) | Self::ChangeCustomField(_) => need(Need::Organisation),
            Self::ChargePayment(command) => {
                need(Need::Account(command.account.no));
                invoices(&command.applications, need);
                method(command.method, command.account.no, need);
            }
            Self::Collect(command) => {
                need(Need::Account(command.account.no));
                match &command.due {
                    Due::Invoice(invoice) => need(Need::Invoice(invoice.no)),
                    Due::Until(_) => need(Need::OpenInvoices(command.account.no)),
                }
                method(command.method, command.account.no, need);
            }
            Self::VoidPayment(command) => need(Need::Order(command.document.no.document())),
            Self::ApproveRefund(Review { order, .. })
            | Self::RejectRefund(Review { order, .. })
            | Self::WithdrawRefund(Review { order, .. })
            | Self::ReturnRefund(Review { order, .. })
            | Self::PayRefund(PayRefund { order, .. })
            | Self::ClaimOrder(ClaimOrder { order, .. })
            | Self::ReportOrder(ReportOrder { order, .. })
            | Self::HurryOrder(order)
            | Self::ResolveOrder(ResolveOrder { order, .. })
            | Self::NoteDispute(NoteDispute { order, .. }) => need(Need::Order(order.document)),
            Self::ChangeLabels(command) => labels(command.of.document, need),
            Self::NotePersonalData(command) => need(Need::Account(command.account.no)),
            Self::WithLabels(with) => with.command.needs(need),
            _ => {}
        }
    }
}

/// The method a command names, or the account's default.
fn method(named: Option<Ref<MethodNo>>, account: AccountNo, need: &mut impl FnMut(Need)) {
    match named {
        Some(named) => need(Need::Method(named.no)),
        None => need(Need::DefaultMethod(account)),
    }
}

/// A document with its labels.
fn labels(of: Document, need: &mut impl FnMut(Need)) {
    let no = of.number;
    match of.kind {
        Kind::Account => need(Need::Account(AccountNo(no))),
        Kind::Invoice => need(Need::Invoice(InvoiceNo(no))),
        Kind::Payment => need(Need::Payment { no: PaymentNo(no), items: false, cancel: false }),
        Kind::CreditBalanceAdjustment => {
            need(Need::Adjustment { no: AdjustmentNo(no), items: false });
        }
        Kind::Refund => need(Need::Refund(RefundNo(no))),
        Kind::InvoiceItemAdjustment => need(Need::ItemAdjustment(ItemAdjustmentNo(no))),
        Kind::PaymentMethod => need(Need::Method(MethodNo(no))),
        // They have no labels that can be changed.
        Kind::JournalEntry | Kind::InvoiceItem => return,
    }
    need(Need::Labels(of));
}

fn invoices(parts: &[InvoicePart], need: &mut impl FnMut(Need)) {
    for part in parts {
        need(Need::Invoice(part.invoice.no));
    }
}
