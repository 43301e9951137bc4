//! Commands: what callers may ask for, and what has to be loaded to decide it.
//!
//! A command is hashed as it is serialized, so that its key can be sent again for ever. A field that is
//! added later must therefore be left out while it says nothing (`skip_serializing_if`).

mod accounts;
mod administration;
mod credit;
mod electronic;
mod invoices;
mod needs;
mod texts;

use jiff::civil::Date;
use money::Amount;
use serde::Serialize;

pub use accounts::{ChangeAccount, ChangeSettings, OpenAccount};
pub use administration::{
    ChangePeriod, ChangePolicy, ChangeReasonCode, ChangeRole, MakePeriod, MakeReasonCode, MakeRole,
    PayRefund, Review,
};
pub use credit::{
    ApplyCreditBalance, CancelAdjustment, CounterAdjust, RecordPayment, RefundCreditBalance,
    RefundPayment, Spread, TransferToCreditBalance,
};
pub use electronic::{
    AddGateway, AddPaymentMethod, AnswerSource, ChangeGateway, ChangePaymentMethod, ChargePayment,
    ClaimOrder, Collect, Due, NoteDispute, OrderRef, ReportOrder, ResolveOrder,
};
pub use invoices::{AdjustInvoiceItems, AdjustmentLine, CreateInvoice, NewItem, OneInvoice};

use crate::approval::{Policy, RefundsNeeded};
use crate::id::{Numbered, Ref};
use crate::labels::{ChangeCustomField, ChangeLabels, CustomField, WithLabels};
use crate::period::PeriodName;
use crate::personal_data::{NotePersonalData, PersonalDataStep};
use crate::reason::ReasonCode;
use crate::text::{Comment, ExternalId, Reference};
use crate::{
    AccountNo, AdjustmentNo, Document, InvoiceNo, ItemAdjustmentNo, MethodNo, PaymentNo, RefundNo,
};

/// Free words that go with a money command.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Words {
    /// Why; the default of the category if left out.
    pub reason_code: Option<ReasonCode>,
    /// Free comment.
    pub comment: Option<Comment>,
    /// Free reference, such as a cheque number.
    pub reference: Option<Reference>,
    /// If the day it belongs to is in a closed accounting period: enter it on the next open day instead (domain 8.4).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late_entry: bool,
}

/// Cancels one document.
#[derive(Clone, Debug, Serialize)]
pub struct Cancel<N> {
    /// Which document.
    pub document: Ref<N>,
    /// Reason and comment.
    pub words: Words,
}

/// An invoice and how much of it; the amount may be left to the rules.
#[derive(Clone, Debug, Serialize)]
pub struct InvoicePart {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
    /// How much; if left out, as much as possible.
    pub amount: Option<Amount>,
}

/// One request to change the books.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Opens an account.
    OpenAccount(OpenAccount),
    /// Changes an account.
    ChangeAccount(ChangeAccount),
    /// Changes the settings.
    ChangeSettings(ChangeSettings),
    /// Drafts an invoice.
    CreateInvoice(CreateInvoice),
    /// Posts a draft.
    PostInvoice(OneInvoice),
    /// Takes a posted invoice back to draft.
    UnpostInvoice(OneInvoice),
    /// Cancels a draft.
    CancelInvoice(OneInvoice),
    /// Adjusts invoice items.
    AdjustInvoiceItems(AdjustInvoiceItems),
    /// Cancels an invoice item adjustment.
    CancelInvoiceItemAdjustment(Cancel<ItemAdjustmentNo>),
    /// Records an external payment.
    RecordPayment(RecordPayment),
    /// Cancels an external payment.
    CancelPayment(Cancel<PaymentNo>),
    /// Transfers a negative invoice to the credit balance.
    TransferToCreditBalance(TransferToCreditBalance),
    /// Applies the credit balance to invoices.
    ApplyCreditBalance(ApplyCreditBalance),
    /// Cancels a credit balance adjustment.
    CancelCreditBalanceAdjustment(CancelAdjustment),
    /// Reverses adjustments by one of the opposite type.
    CounterAdjust(CounterAdjust),
    /// Refunds the credit balance.
    RefundCreditBalance(RefundCreditBalance),
    /// Refunds a payment.
    RefundPayment(RefundPayment),
    /// Cancels a payment refund.
    CancelRefund(Cancel<RefundNo>),
    /// Adds a payment method.
    AddPaymentMethod(AddPaymentMethod),
    /// Changes a payment method.
    ChangePaymentMethod(ChangePaymentMethod),
    /// Configures a gateway.
    AddGateway(AddGateway),
    /// Changes a gateway.
    ChangeGateway(ChangeGateway),
    /// Makes a role.
    MakeRole(MakeRole),
    /// Changes a role.
    ChangeRole(ChangeRole),
    /// Makes an approval policy.
    MakePolicy(Policy),
    /// Changes an approval policy.
    ChangePolicy(ChangePolicy),
    /// Adds a reason code.
    MakeReasonCode(MakeReasonCode),
    /// Changes a reason code.
    ChangeReasonCode(ChangeReasonCode),
    /// Makes an accounting period.
    MakePeriod(MakePeriod),
    /// Opens or closes an accounting period.
    ChangePeriod(ChangePeriod),
    /// Approves a refund that waits.
    ApproveRefund(Review),
    /// Rejects a refund that waits.
    RejectRefund(Review),
    /// Takes back a refund that waits.
    WithdrawRefund(Review),
    /// Says that a refund that was agreed to was paid by hand.
    PayRefund(PayRefund),
    /// Says that a refund that was agreed to came back unpaid.
    ReturnRefund(Review),
    /// Charges a payment method.
    ChargePayment(ChargePayment),
    /// Collects what is due.
    Collect(Collect),
    /// Voids an electronic payment.
    VoidPayment(Cancel<PaymentNo>),
    /// A worker claims an order.
    ClaimOrder(ClaimOrder),
    /// A worker reports what became of an order.
    ReportOrder(ReportOrder),
    /// Asks that an order be looked at now.
    HurryOrder(OrderRef),
    /// A person says how an order ended.
    ResolveOrder(ResolveOrder),
    /// A dispute was opened or closed.
    NoteDispute(NoteDispute),
    /// Defines a custom field.
    DefineCustomField(CustomField),
    /// Changes the definition of a custom field.
    ChangeCustomField(ChangeCustomField),
    /// Changes custom fields and metadata of a document.
    ChangeLabels(ChangeLabels),
    /// Stores or erases personal data.
    NotePersonalData(NotePersonalData),
    /// Makes documents, with custom fields and metadata.
    WithLabels(Box<WithLabels>),
}

/// Something that has to be loaded before a command can be decided. Whatever is loaded brings its
/// account with it; documents bring the invoices they touch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// The settings of the organisation, to change them: nothing is decided under the old ones meanwhile.
    Organisation,
    /// The same, and what is unfinished until the end of an accounting period.
    Unfinished(PeriodName),
    /// An account.
    Account(AccountNo),
    /// Whether an external id of an account is taken.
    AccountId(ExternalId),
    /// An invoice.
    Invoice(InvoiceNo),
    /// Whether an external id of an invoice is taken.
    InvoiceId(ExternalId),
    /// The items of an invoice.
    Items(InvoiceNo),
    /// The open invoices of an account.
    OpenInvoices(AccountNo),
    /// A payment, its invoices, and their items if wanted; for an electronic one also its order and
    /// its method.
    Payment {
        /// Which payment.
        no: PaymentNo,
        /// Load the items of its invoices too.
        items: bool,
        /// Load what a cancellation needs: its postings and the later movements of the credit balance.
        cancel: bool,
    },
    /// A credit balance adjustment, its invoice, its postings, and the invoice's items if wanted.
    Adjustment {
        /// Which adjustment.
        no: AdjustmentNo,
        /// Load the items of its invoice too.
        items: bool,
    },
    /// An invoice item adjustment, its invoice with items, and its postings.
    ItemAdjustment(ItemAdjustmentNo),
    /// A refund, its payment and invoices, and its postings; for an electronic one also its order and its
    /// method.
    Refund(RefundNo),
    /// The postings that posted an invoice.
    InvoicePostings(InvoiceNo),
    /// Movements of a credit balance after a date.
    Movements(AccountNo, Date),
    /// A payment method.
    Method(MethodNo),
    /// The default payment method of an account.
    DefaultMethod(AccountNo),
    /// The order of a refund or payment, with everything that the need of the document brings.
    Order(Document),
    /// The labels of a document.
    Labels(Document),
    /// Refunds of late, if a policy looks at them.
    PastRefunds(Box<RefundsNeeded>),
}

impl Command {
    /// The stable name, used in the history, in metrics and as event type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenAccount(_) => "open_account",
            Self::ChangeAccount(_) => "change_account",
            Self::ChangeSettings(_) => "change_settings",
            Self::CreateInvoice(_) => "create_invoice",
            Self::PostInvoice(_) => "post_invoice",
            Self::UnpostInvoice(_) => "unpost_invoice",
            Self::CancelInvoice(_) => "cancel_invoice",
            Self::AdjustInvoiceItems(_) => "adjust_invoice_items",
            Self::CancelInvoiceItemAdjustment(_) => "cancel_invoice_item_adjustment",
            Self::RecordPayment(_) => "record_payment",
            Self::CancelPayment(_) => "cancel_payment",
            Self::TransferToCreditBalance(_) => "transfer_to_credit_balance",
            Self::ApplyCreditBalance(_) => "apply_credit_balance",
            Self::CancelCreditBalanceAdjustment(_) => "cancel_credit_balance_adjustment",
            Self::CounterAdjust(_) => "counter_adjust",
            Self::RefundCreditBalance(_) => "refund_credit_balance",
            Self::RefundPayment(_) => "refund_payment",
            Self::CancelRefund(_) => "cancel_refund",
            Self::AddPaymentMethod(_) => "add_payment_method",
            Self::ChangePaymentMethod(_) => "change_payment_method",
            Self::MakeRole(_) => "make_role",
            Self::ChangeRole(_) => "change_role",
            Self::PayRefund(_) => "pay_refund",
            Self::ReturnRefund(_) => "return_refund",
            Self::MakeReasonCode(_) => "make_reason_code",
            Self::ChangeReasonCode(_) => "change_reason_code",
            Self::MakePeriod(_) => "make_period",
            Self::ChangePeriod(_) => "change_period",
            Self::MakePolicy(_) => "make_approval_policy",
            Self::ChangePolicy(_) => "change_approval_policy",
            Self::ApproveRefund(_) => "approve_refund",
            Self::RejectRefund(_) => "reject_refund",
            Self::WithdrawRefund(_) => "withdraw_refund",
            Self::AddGateway(_) => "add_gateway",
            Self::ChangeGateway(_) => "change_gateway",
            Self::ChargePayment(_) => "charge_payment",
            Self::Collect(_) => "collect",
            Self::VoidPayment(_) => "void_payment",
            Self::ClaimOrder(_) => "claim_order",
            Self::ReportOrder(_) => "report_order",
            Self::HurryOrder(_) => "hurry_order",
            Self::ResolveOrder(_) => "resolve_order",
            Self::NoteDispute(_) => "note_dispute",
            Self::DefineCustomField(_) => "define_custom_field",
            Self::ChangeCustomField(_) => "change_custom_field",
            Self::ChangeLabels(_) => "change_labels",
            Self::NotePersonalData(NotePersonalData { step: PersonalDataStep::Stored, .. }) => {
                "store_personal_data"
            }
            Self::NotePersonalData(_) => "erase_personal_data",
            Self::WithLabels(with) => with.command.name(),
        }
    }

    /// True for commands that look back at what earlier decisions left in the history: items,
    /// postings, movements, open invoices, labels. Those are loaded from the database, so everything decided
    /// on the account before must be committed first.
    pub fn looks_back(&self) -> bool {
        matches!(
            self.bare(),
            Self::UnpostInvoice(_)
                | Self::AdjustInvoiceItems(_)
                | Self::CancelInvoiceItemAdjustment(_)
                | Self::CancelPayment(_)
                | Self::CancelCreditBalanceAdjustment(_)
                | Self::RefundPayment(_)
                | Self::CancelRefund(_)
                | Self::Collect(Collect { due: Due::Until(_), .. })
                | Self::VoidPayment(_)
                | Self::ChangePeriod(_)
                | Self::ChangeLabels(_)
                | Self::RefundCreditBalance(RefundCreditBalance { date: Some(_), .. })
                | Self::ApplyCreditBalance(ApplyCreditBalance {
                    spread: Spread::OldestDueFirst(_),
                    ..
                })
        )
    }

    /// The document the command names first: who it is about, for logs and messages.
    pub fn subject(&self) -> Option<Document> {
        Some(match self {
            Self::OpenAccount(_)
            | Self::ChangeSettings(_)
            | Self::MakeRole(_)
            | Self::ChangeRole(_)
            | Self::MakePolicy(_)
            | Self::ChangePolicy(_)
            | Self::MakeReasonCode(_)
            | Self::ChangeReasonCode(_)
            | Self::MakePeriod(_)
            | Self::ChangePeriod(_)
            | Self::AddGateway(_)
            | Self::ChangeGateway(_)
            | Self::DefineCustomField(_)
            | Self::ChangeCustomField(_) => return None,
            Self::ChangeLabels(command) => command.of.document,
            Self::NotePersonalData(command) => command.account.no.document(),
            Self::WithLabels(with) => return with.command.subject(),
            Self::ChangeAccount(command) => command.account.no.document(),
            Self::CreateInvoice(command) => command.account.no.document(),
            Self::PostInvoice(command)
            | Self::UnpostInvoice(command)
            | Self::CancelInvoice(command) => command.invoice.no.document(),
            Self::AdjustInvoiceItems(command) => command.invoice.no.document(),
            Self::CancelInvoiceItemAdjustment(command) => command.document.no.document(),
            Self::RecordPayment(command) => command.account.no.document(),
            Self::CancelPayment(command) => command.document.no.document(),
            Self::TransferToCreditBalance(command) => command.invoice.no.document(),
            Self::ApplyCreditBalance(command) => command.account.no.document(),
            Self::CancelCreditBalanceAdjustment(command) => command.adjustment.no.document(),
            Self::CounterAdjust(command) => command.invoice.no.document(),
            Self::RefundCreditBalance(command) => command.account.no.document(),
            Self::RefundPayment(command) => command.payment.no.document(),
            Self::CancelRefund(command) => command.document.no.document(),
            Self::AddPaymentMethod(command) => command.account.no.document(),
            Self::ChangePaymentMethod(command) => command.method.no.document(),
            Self::ChargePayment(command) => command.account.no.document(),
            Self::Collect(command) => command.account.no.document(),
            Self::VoidPayment(command) => command.document.no.document(),
            Self::ApproveRefund(Review { order, .. })
            | Self::RejectRefund(Review { order, .. })
            | Self::WithdrawRefund(Review { order, .. })
            | Self::ReturnRefund(Review { order, .. })
            | Self::PayRefund(PayRefund { order, .. })
            | Self::ClaimOrder(ClaimOrder { order, .. })
            | Self::ReportOrder(ReportOrder { order, .. })
            | Self::HurryOrder(order)
            | Self::ResolveOrder(ResolveOrder { order, .. })
            | Self::NoteDispute(NoteDispute { order, .. }) => order.document,
        })
    }
}
