//! What a command requires.

use super::{Permission as P, Permissions};
use crate::command::{ChangeAccount, Collect, RefundPayment};
use crate::personal_data::PersonalDataStep;
use crate::refund::RefundType;
use crate::{Command, Kind};

/// What a caller must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// All of these.
    All(Permissions),
    /// Only our own programs do this: workers that talk to gateways.
    Program,
}

impl Command {
    /// What the caller must have. A command that does on the way what another command does by itself
    /// requires the permission of that one, too; so no permission can be got around.
    pub fn requires(&self) -> Required {
        let one = |permission| Permissions::NONE.with(permission);
        let and = |permission, needed: bool, further| {
            let set = Permissions::NONE.with(permission);
            if needed { set.with(further) } else { set }
        };
        Required::All(match self {
            Self::OpenAccount(_) => one(P::ManageAccounts),
            Self::ChangeAccount(command) => change_account(command),
            Self::ChangeSettings(_) | Self::MakeReasonCode(_) | Self::ChangeReasonCode(_) => {
                one(P::ManagePaymentsSettings)
            }
            Self::MakePeriod(_) | Self::ChangePeriod(_) => one(P::ManageCloseProcess),
            Self::CreateInvoice(command) => and(P::ManageInvoices, command.post, P::PostInvoice),
            Self::CancelInvoice(_) => one(P::ManageInvoices),
            Self::PostInvoice(_) => one(P::PostInvoice),
            Self::UnpostInvoice(_) => one(P::CancelPostedBillingDocument),
            Self::AdjustInvoiceItems(_) => one(P::CreateInvoiceItemAdjustment),
            Self::CancelInvoiceItemAdjustment(_) => one(P::CancelInvoiceItemAdjustment),
            Self::RecordPayment(_) => one(P::ProcessExternalPayment),
            Self::CancelPayment(_) => one(P::CancelExternalPayment),
            Self::TransferToCreditBalance(_)
            | Self::ApplyCreditBalance(_)
            | Self::CounterAdjust(_) => one(P::CreateCreditBalanceAdjustment),
            Self::CancelCreditBalanceAdjustment(command) => and(
                P::CancelCreditBalanceAdjustment,
                command.settle,
                P::CreateInvoiceItemAdjustment,
            ),
            Self::RefundCreditBalance(command) => one(match command.kind {
                RefundType::External => P::CreditBalanceExternalRefund,
                RefundType::Electronic => P::CreditBalanceElectronicRefund,
            }),
            Self::RefundPayment(command) => refund_payment(command),
            // An electronic refund cannot be canceled once a gateway may have it.
            Self::CancelRefund(_) => one(P::CancelExternalRefund),
            Self::AddPaymentMethod(_) | Self::ChangePaymentMethod(_) => {
                one(P::ManagePaymentMethods)
            }
            Self::AddGateway(_) | Self::ChangeGateway(_) => one(P::ManageGateways),
            Self::MakeRole(_) | Self::ChangeRole(_) => one(P::ManageUserRoles),
            Self::MakePolicy(_) | Self::ChangePolicy(_) => one(P::ManageApprovalPolicies),
            Self::ApproveRefund(_) | Self::RejectRefund(_) => one(P::ApproveRefund),
            // Whose it is, and what it refunds, are rules.
            Self::WithdrawRefund(_) | Self::PayRefund(_) | Self::ReturnRefund(_) => {
                Permissions::NONE
            }
            Self::ChargePayment(_) => one(P::ProcessElectronicPayment),
            Self::Collect(command) => collect(command),
            Self::VoidPayment(_) => one(P::CancelElectronicPayment),
            Self::HurryOrder(order) => one(match order.document.kind {
                Kind::Refund => P::IssueElectronicRefund,
                _ => P::ProcessElectronicPayment,
            }),
            Self::ResolveOrder(_) | Self::NoteDispute(_) => one(P::EditPaymentGatewayStatus),
            Self::DefineCustomField(_) | Self::ChangeCustomField(_) => {
                one(P::ManagePaymentsSettings)
            }
            Self::ChangeLabels(command) => one(labels_of(command.of.document.kind)),
            Self::NotePersonalData(command) => one(match command.step {
                PersonalDataStep::Stored => P::ManageAccounts,
                PersonalDataStep::Erased => P::EraseCustomerData,
            }),
            Self::WithLabels(with) => return with.command.requires(),
            Self::ClaimOrder(_) | Self::ReportOrder(_) => return Required::Program,
        })
    }
}

/// Custom fields and metadata of a document that exists. Whoever may make such documents may label them; for refunds
/// the field has a permission of its own to change what they say.
const fn labels_of(kind: Kind) -> P {
    match kind {
        Kind::Invoice | Kind::InvoiceItem => P::ManageInvoices,
        Kind::Payment => P::ProcessExternalPayment,
        Kind::Refund => P::ChangeReasonCode,
        Kind::CreditBalanceAdjustment => P::CreateCreditBalanceAdjustment,
        Kind::InvoiceItemAdjustment => P::CreateInvoiceItemAdjustment,
        Kind::PaymentMethod => P::ManagePaymentMethods,
        Kind::Account | Kind::JournalEntry => P::ManageAccounts,
    }
}

fn change_account(command: &ChangeAccount) -> Permissions {
    let ChangeAccount {
        account: _,
        name,
        status,
        automatic_transfer,
        automatic_application,
        gateway,
    } = command;
    let others = name.is_some()
        || status.is_some()
        || automatic_transfer.is_some()
        || automatic_application.is_some();
    let mut set = Permissions::NONE;
    if gateway.is_some() {
        set = set.with(P::EditPaymentGatewayRouting);
    }
    if others || gateway.is_none() { set.with(P::ManageAccounts) } else { set }
}

/// To another method than the one that paid, a refund is non-referenced, like that of a credit balance.
fn refund_payment(command: &RefundPayment) -> Permissions {
    let mut set = Permissions::NONE;
    match command.kind {
        RefundType::External => set = set.with(P::IssueExternalRefund),
        RefundType::Electronic => {
            set = set.with(P::IssueElectronicRefund);
            if command.method.is_some() {
                set = set.with(P::CreditBalanceElectronicRefund);
            }
        }
    }
    if command.adjust { set.with(P::CreateInvoiceItemAdjustment) } else { set }
}

fn collect(command: &Collect) -> Permissions {
    let set = Permissions::NONE.with(P::ProcessElectronicPayment);
    if command.use_credit { set.with(P::CreateCreditBalanceAdjustment) } else { set }
}
