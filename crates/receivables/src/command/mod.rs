//! Commands: what callers may ask for, and what has to be loaded to decide it.
//!
//! A command is hashed as it is serialized, so that its key can be sent again for ever. A field that is
//! added later must therefore be left out while it says nothing (`skip_serializing_if`).

mod administration;
mod electronic;
mod needs;
mod texts;

use jiff::civil::Date;
use money::{Amount, Currency};
use serde::Serialize;

pub use administration::{
    ChangePeriod, ChangePolicy, ChangeReasonCode, ChangeRole, MakePeriod, MakeReasonCode, MakeRole,
    PayRefund, Review,
};
pub use electronic::{
    AddGateway, AddPaymentMethod, AnswerSource, ChangeGateway, ChangePaymentMethod, ChargePayment,
    ClaimOrder, Collect, Due, NoteDispute, OrderRef, ReportOrder, ResolveOrder,
};

use crate::account::{AccountStatus, Automation};
use crate::adjustment::AdjustmentType;
use crate::approval::Policy;
use crate::gateway::GatewayName;
use crate::id::{Numbered, Ref};
use crate::invoice::ItemKind;
use crate::journal::Role;
use crate::labels::{ChangeCustomField, ChangeLabels, CustomField, WithLabels};
use crate::payment::MethodType;
use crate::period::PeriodName;
use crate::personal_data::{NotePersonalData, PersonalDataStep};
use crate::reason::ReasonCode;
use crate::refund::RefundType;
use crate::settings::{AccountingCode, RefundRejected};
use crate::text::{Comment, Description, ExternalId, Figure, Name, Reference, Sku};
use crate::{
    AccountNo, AdjustmentNo, Document, InvoiceNo, ItemAdjustmentNo, ItemNo, MethodNo, PaymentNo,
    RefundNo,
};

/// Opens an account.
#[derive(Clone, Debug, Serialize)]
pub struct OpenAccount {
    /// Identifier in the system it comes from; unique.
    pub external_id: Option<ExternalId>,
    /// The customer's name.
    pub name: Name,
    /// The currency of everything on it.
    pub currency: Currency,
    /// Transfer negative invoices when posted.
    pub automatic_transfer: Automation,
    /// Apply credit to positive invoices when posted.
    pub automatic_application: Automation,
}

/// Changes an account; fields left out stay.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeAccount {
    /// Which account.
    pub account: Ref<AccountNo>,
    /// New name.
    pub name: Option<Name>,
    /// New status.
    pub status: Option<AccountStatus>,
    /// New choice for automatic transfer.
    pub automatic_transfer: Option<Automation>,
    /// New choice for automatic application.
    pub automatic_application: Option<Automation>,
    /// New gateway for its electronic payments and refunds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayName>,
}

/// Changes the settings of the organisation; fields left out stay.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChangeSettings {
    /// IANA time zone name.
    pub time_zone: Option<String>,
    /// Transfer negative invoices when posted.
    pub automatic_transfer: Option<bool>,
    /// Apply credit to positive invoices when posted.
    pub automatic_application: Option<bool>,
    /// Count negative invoices in the account balance.
    pub negative_invoices_in_account_balance: Option<bool>,
    /// Refuse cards whose month is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_expired_cards: Option<bool>,
    /// What a refund that comes back late does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_rejected: Option<RefundRejected>,
    /// Refund the credit part of a rejected payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_credit_of_rejected_payment: Option<bool>,
    /// Let credit arise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_balance: Option<bool>,
    /// Let credit balance adjustments and refunds be dated in the future.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub future_dates: Option<bool>,
    /// Refunds of credit balances know legacy custom fields only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field_compatibility: Option<bool>,
    /// Accounting codes to use from now on.
    pub accounting_codes: Vec<(Role, AccountingCode)>,
    /// Further accounting codes that invoice items may name.
    pub additional_codes: Vec<(Role, AccountingCode)>,
}

/// One line of a new invoice.
#[derive(Clone, Debug, Serialize)]
pub struct NewItem {
    /// Charge or tax. A tax item belongs to the charge item before it.
    pub kind: ItemKind,
    /// Signed amount.
    pub amount: Amount,
    /// Accounting code; the chart's revenue or tax account if left out.
    pub accounting_code: Option<AccountingCode>,
    /// Stock keeping unit.
    pub sku: Option<Sku>,
    /// What it is for.
    pub description: Option<Description>,
    /// Quantity as written, for information.
    pub quantity: Option<Figure>,
    /// Price as written, for information.
    pub unit_price: Option<Figure>,
}

/// Drafts an invoice, and posts it in the same step if wanted.
#[derive(Clone, Debug, Serialize)]
pub struct CreateInvoice {
    /// The account to bill.
    pub account: Ref<AccountNo>,
    /// Its number in the system it comes from; unique.
    pub external_id: Option<ExternalId>,
    /// Date of the invoice; today if left out.
    pub invoice_date: Option<Date>,
    /// When it falls due; the invoice date if left out.
    pub due_date: Option<Date>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// Its lines.
    pub items: Vec<NewItem>,
    /// Post it at once.
    pub post: bool,
}

/// Names one invoice, for commands that need nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct OneInvoice {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
}

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

/// One adjusted line.
#[derive(Clone, Debug, Serialize)]
pub struct AdjustmentLine {
    /// The item; may be left out if the invoice has only one.
    pub item: Option<Ref<ItemNo>>,
    /// Credit or Charge.
    pub kind: AdjustmentType,
    /// How much; positive.
    pub amount: Amount,
}

/// Adjusts items of one invoice; several lines are judged on the net (domain 3.3).
#[derive(Clone, Debug, Serialize)]
pub struct AdjustInvoiceItems {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
    /// The lines; none if `settle` is set.
    pub lines: Vec<AdjustmentLine>,
    /// Let the rules choose the lines that bring the invoice to zero.
    pub settle: bool,
    /// Effective date; today if left out, not before the invoice date.
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// Cancels one document.
#[derive(Clone, Debug, Serialize)]
pub struct Cancel<N> {
    /// Which document.
    pub document: Ref<N>,
    /// Reason and comment.
    pub words: Words,
}

/// Cancels a credit balance adjustment, and settles the reopened invoice if wanted.
#[derive(Clone, Debug, Serialize)]
pub struct CancelAdjustment {
    /// Which adjustment.
    pub adjustment: Ref<AdjustmentNo>,
    /// Make the Charge adjustment ("debit memo") that brings the reopened negative invoice to zero.
    pub settle: bool,
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

/// Records an external payment.
#[derive(Clone, Debug, Serialize)]
pub struct RecordPayment {
    /// The account that paid.
    pub account: Ref<AccountNo>,
    /// The whole payment; the sum of the parts if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// The parts for invoices.
    pub applications: Vec<InvoicePart>,
    /// The part for the credit balance; what the invoices leave of `amount` if left out.
    pub credit_balance_amount: Option<Amount>,
    /// How the money came.
    pub method_type: MethodType,
    /// Effective date; today if left out, never in the future.
    pub date: Option<Date>,
    /// Comment and reference.
    pub words: Words,
}

/// Transfers a negative invoice to the credit balance.
#[derive(Clone, Debug, Serialize)]
pub struct TransferToCreditBalance {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
    /// How much; the whole balance if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// Effective date; today if left out. Another day needs the setting for future dates (domain 1.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// How credit is spread over invoices.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// These invoices, in this order.
    Chosen(Vec<InvoicePart>),
    /// Open invoices by due date, invoice date and number, up to an amount.
    OldestDueFirst(Option<Amount>),
}

/// Applies the credit balance to invoices.
#[derive(Clone, Debug, Serialize)]
pub struct ApplyCreditBalance {
    /// Whose credit balance.
    pub account: Ref<AccountNo>,
    /// To which invoices.
    pub spread: Spread,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// Effective date; today if left out. Another day needs the setting for future dates (domain 1.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// Reverses earlier adjustments of an invoice by one of the opposite type (domain 2.5).
#[derive(Clone, Debug, Serialize)]
pub struct CounterAdjust {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
    /// How much; all that may be reversed if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// Effective date; today if left out. Another day needs the setting for future dates (domain 1.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// Refunds the credit balance.
#[derive(Clone, Debug, Serialize)]
pub struct RefundCreditBalance {
    /// Whose credit balance.
    pub account: Ref<AccountNo>,
    /// How much; all that is available if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// External or electronic.
    pub kind: RefundType,
    /// How the money goes; required for an external refund.
    pub method_type: Option<MethodType>,
    /// The stored method an electronic refund goes to; the default one if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Ref<MethodNo>>,
    /// The gateway an electronic refund goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayName>,
    /// Effective date; today if left out, never in the future. Not for an electronic refund.
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// Refunds a payment; the invoices reopen.
#[derive(Clone, Debug, Serialize)]
pub struct RefundPayment {
    /// Which payment.
    pub payment: Ref<PaymentNo>,
    /// How much; the sum of the parts, or all that is left, if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// The parts per invoice; required for a partial refund of several invoices.
    pub parts: Vec<InvoicePart>,
    /// External or electronic.
    pub kind: RefundType,
    /// How the money goes; required for an external refund.
    pub method_type: Option<MethodType>,
    /// For an electronic refund, another stored method than the one the payment came from: the money is
    /// then pushed there without reference to the payment (domain 5.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Ref<MethodNo>>,
    /// For a refund to another method, the gateway it goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayName>,
    /// Refund although the payment is disputed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub override_dispute: bool,
    /// Effective date; today if left out, not before the payment, never in the future.
    pub date: Option<Date>,
    /// Credit the items of the reopened invoices so that they come to zero, in the same step.
    pub adjust: bool,
    /// Reason, comment, reference.
    pub words: Words,
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
