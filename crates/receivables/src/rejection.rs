//! Rejections: why a command was refused. One variant per rule, with its numbers.
//!
//! The code of a variant (its name in snake case) is stable and part of every door's contract. The
//! sentence says what to do next.

use jiff::{Timestamp, civil::Date};
use money::{AmountError, Currency, Money};
use serde::Serialize;

use crate::Document;
use crate::gateway::Ability;
use crate::id::Kind;
use crate::journal::Role;
use crate::order::OrderState;
use crate::payment::MethodType;
use crate::period::PeriodStatus;

/// The broad class of a rejection; doors map it to their own status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The thing named does not exist.
    NotFound,
    /// The command is malformed in itself; it can never succeed.
    Invalid,
    /// The books as they are do not allow it; it may succeed at another time.
    Conflict,
}

/// Why a command was refused. A rejection changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[rustfmt::skip]
#[expect(missing_docs, reason = "the sentence of each variant names its numbers")]
pub enum Rejection {
    /// No document with this number or id.
    #[error("there is no {} {document}; check the number or id", kind.name().replace('_', " "))]
    NotFound { document: String, kind: Kind },
    /// The external id belongs to another document.
    #[error("external id {external_id:?} already belongs to {document}; use that one, or choose another id")]
    ExternalIdTaken { external_id: String, document: String },
    /// The account was canceled (domain 2.3 rule 6).
    #[error("account {account} is canceled; reactivate it before recording transactions")]
    AccountCanceled { account: String },
    /// The account already has the status asked for.
    #[error("account {account} is already {status}")]
    AccountStatusUnchanged { account: String, status: &'static str },
    /// An amount the currency cannot hold, or that is too large.
    #[error("{reason}")]
    InvalidAmount { reason: String },
    /// Zero or a negative amount.
    #[error("the amount must be greater than zero, not {amount}; give the absolute value")]
    AmountNotPositive { amount: Money },
    /// The asserted currency is not the account's.
    #[error("the amount is in {given}, but account {account} is in {currency}; nothing is converted silently")]
    CurrencyMismatch { given: Currency, currency: Currency, account: String },
    /// A list is longer than allowed.
    #[error("too many {what}; at most {max} are allowed at once")]
    TooMany { what: &'static str, max: usize },
    /// A list is empty.
    #[error("{what} are missing; give at least one")]
    NothingGiven { what: &'static str },
    /// The same invoice twice in one command.
    #[error("invoice {invoice} is named twice; give one amount for it")]
    InvoiceNamedTwice { invoice: String },
    /// The reason code is not one of its category.
    #[error("reason code {reason_code:?} is not one of {}", allowed.join(", "))]
    UnknownReasonCode { reason_code: String, allowed: Vec<String> },
    /// The accounting code is not in the chart.
    #[error("accounting code {accounting_code:?} is not in the chart of accounts for {}; add it in the settings first", role.name())]
    UnknownAccountingCode { accounting_code: String, role: Role },
    /// The accounting code already means something else.
    #[error("accounting code {accounting_code:?} already stands for {}; choose another code", role.name())]
    AccountingCodeInUse { accounting_code: String, role: Role },
    /// The time zone is unknown.
    #[error("{time_zone:?} is not an IANA time zone such as \"Europe/London\"")]
    UnknownTimeZone { time_zone: String },
    /// Another role has the name, or one that is built in.
    #[error("there is already a role {role:?}; choose another name")]
    RoleNameTaken { role: String },
    /// A role that is built in (domain 6).
    #[error("the role {role:?} is built in and cannot be edited; make a role of your own")]
    RoleNotEditable { role: String },
    /// No role has the name.
    #[error("there is no role {role:?}; see the list of roles")]
    UnknownRole { role: String },
    /// Another approval policy has the name.
    #[error("there is already an approval policy {policy:?}; choose another name")]
    PolicyNameTaken { policy: String },
    /// No approval policy has the name.
    #[error("there is no approval policy {policy:?}; see the list of policies")]
    UnknownPolicy { policy: String },
    /// An approval policy without levels, or with too many.
    #[error("an approval policy has 1 to {max} levels, not {given}")]
    PolicyLevels { given: usize, max: usize },
    /// An approval policy that leaves no time, or too much.
    #[error("a request for approval waits 1 to {max} hours, not {given}")]
    PolicyHours { given: u16, max: u16 },
    /// An approval policy with a total of no days, or of too many.
    #[error("the total of an approval policy is of 1 to {max} days, not {given}")]
    PolicyDays { given: u16, max: u16 },
    /// Another custom field of the object has the name (domain 8.1).
    #[error("there is already a custom field {field} of {object}; choose another name")]
    CustomFieldExists { object: &'static str, field: String },
    /// An object has as many fields as it may (domain 8.1).
    #[error("{object} has {max} {what} custom fields already, and no more are possible; use one of those")]
    CustomFieldLimit { object: &'static str, what: &'static str, max: usize },
    /// Adjustments know the old kind only (domain 8.1).
    #[error("custom fields of {object} are legacy only; define it with the generation legacy")]
    LegacyFieldsOnly { object: &'static str },
    /// A definition that makes no sense.
    #[error("{reason}; correct the definition")]
    CustomFieldDefinition { reason: &'static str },
    /// No such field.
    #[error("there is no custom field {field} of {object}; define it first, and mind upper and lower case")]
    UnknownCustomField { object: &'static str, field: String },
    /// The field was switched off.
    #[error("the custom field {field} of {object} is inactive; leave it out, or activate it first")]
    CustomFieldInactive { object: &'static str, field: String },
    /// A value of another type.
    #[error("the value of {field} must be {expected}")]
    CustomFieldWrongType { field: String, expected: &'static str },
    /// A value that is too long.
    #[error("the value of {field} has {length} characters; at most {max} are allowed")]
    CustomFieldTooLong { field: String, length: usize, max: usize },
    /// A value that the picklist does not have.
    #[error("the value of {field} is not one of {}", allowed.join(", "))]
    CustomFieldNotInPicklist { field: String, allowed: Vec<String> },
    /// A required field without a value.
    #[error("the custom field {field} of {object} is required; give a value in custom_fields")]
    CustomFieldMissing { object: &'static str, field: String },
    /// The compatibility trap (domain 8.1, scenario 39).
    #[error("credit balance refunds do not offer the custom field {field}, because it is advanced and custom_field_compatibility is on; yet it is required, so no credit balance can be refunded: define it as a legacy field, or switch custom_field_compatibility off")]
    AdvancedFieldBlocksCreditBalanceRefund { field: String },
    /// The same for a field that is not required.
    #[error("credit balance refunds do not take the custom field {field}, because it is advanced and custom_field_compatibility is on; leave it out, define it as a legacy field, or switch custom_field_compatibility off")]
    AdvancedFieldNotAccepted { field: String },
    /// A command that makes nothing that could be labeled.
    #[error("{command} takes no custom fields and no metadata; set them on the document itself")]
    LabelsNotTaken { command: &'static str },
    /// The refund does not wait for approval.
    #[error("refund {refund} is {}, so there is nothing to approve, reject or withdraw", state.name())]
    NotAwaitingApproval { refund: String, state: OrderState },
    /// The request for approval has run out.
    #[error("the request to approve refund {refund} ran out at {expired_at}; ask for the refund again")]
    ApprovalExpired { refund: String, expired_at: Timestamp },
    /// A program cannot approve.
    #[error("{caller:?} is a program, and only people approve; use a key that belongs to a person")]
    OnlyPeopleApprove { caller: String },
    /// Nobody judges what they asked for themselves.
    #[error("{person} asked for refund {refund}, so somebody else has to approve or reject it")]
    SelfApproval { refund: String, person: String },
    /// Nobody approves twice.
    #[error("{person} approved refund {refund} before; the next level needs another person")]
    ApprovedAlready { refund: String, person: String },
    /// The level asks for other roles.
    #[error("level {level} of refund {refund} needs someone with the role {}", roles.join(" or "))]
    ApprovalRoleMissing { refund: String, level: usize, roles: Vec<String> },
    /// Only who asked can withdraw.
    #[error("refund {refund} was asked for by {requested_by:?}; only they can withdraw it, others can reject it")]
    NotYours { refund: String, requested_by: String },
    /// The due date lies before the invoice date.
    #[error("the due date {due_date} is before the invoice date {invoice_date}")]
    DueBeforeInvoice { due_date: Date, invoice_date: Date },
    /// A tax item has no charge item before it.
    #[error("item {position} is a tax item without a charge item before it; put the charge first")]
    TaxWithoutCharge { position: usize },
    /// A date in the future.
    #[error("{date} is in the future; today is {today}, and future dates are not enabled")]
    DateInFuture { date: Date, today: Date },
    /// A date before the earliest one possible.
    #[error("{date} is too early; the earliest possible date is {earliest}")]
    DateTooEarly { date: Date, earliest: Date },
    /// The invoice lies in the future (domain 1.6).
    #[error("invoice {invoice} is dated {invoice_date}, after today ({today}); wait until then")]
    InvoiceDatedInFuture { invoice: String, invoice_date: Date, today: Date },
    /// The invoice does not have the status the command needs.
    #[error("invoice {invoice} is {status}; it must be {needed}")]
    InvoiceStatus { invoice: String, status: &'static str, needed: &'static str },
    /// Only the invoice posted last may be unposted (domain 10.3).
    #[error("invoice {invoice} is not the latest of its account; unpost {latest} first")]
    InvoiceNotLatest { invoice: String, latest: String },
    /// Payments or adjustments hang on the invoice (domain 10.3).
    #[error("{attached} payments or adjustments hang on invoice {invoice}; cancel them first")]
    InvoiceHasDocuments { invoice: String, attached: u32 },
    /// The invoice is on another account.
    #[error("invoice {invoice} belongs to account {owner}, not to {account}; credit cannot cross accounts")]
    InvoiceOfAnotherAccount { invoice: String, owner: String, account: String },
    /// Only a negative balance can be transferred (domain 2.3 rule 3).
    #[error("invoice {invoice} has a balance of {balance}; only a negative balance can be transferred to the credit balance")]
    InvoiceNotNegative { invoice: String, balance: Money },
    /// Only a positive balance can be paid (domain 2.3 rule 4).
    #[error("invoice {invoice} has a balance of {balance}; there is nothing to pay")]
    InvoiceNotPositive { invoice: String, balance: Money },
    /// More than the invoice balance.
    #[error("{asked} is more than the balance of invoice {invoice}, which is {balance}")]
    AmountExceedsInvoiceBalance { invoice: String, asked: Money, balance: Money },
    /// The credit balance is zero.
    #[error("account {account} has no credit; there is nothing to use")]
    NoCredit { account: String },
    /// More than the credit balance.
    #[error("{asked} is more than the credit balance of account {account}, of which {available} is available")]
    AmountExceedsCreditBalance { account: String, asked: Money, available: Money },
    /// More than the credit balance on that day (domain 1.6).
    #[error("{asked} was not available on {date} and every day since; {available} was: choose a later date or a smaller amount")]
    AmountExceedsCreditBalanceOn { asked: Money, available: Money, date: Date },
    /// A busy account and a date long ago.
    #[error("the credit balance moved more than {max} times since {date}; choose a later date")]
    TooManyMovements { date: Date, max: usize },
    /// The account has no open invoice.
    #[error("account {account} has no open invoice to apply credit to")]
    NoOpenInvoice { account: String },
    /// The document is already canceled.
    #[error("{document} is already canceled")]
    AlreadyCanceled { document: String },
    /// The credit has been used (domain 2.4).
    #[error("{amount} cannot leave the credit balance, because only {cancellable} is left of it; cancel its applications first, or counter-adjust a part")]
    CreditAlreadyUsed { amount: Money, cancellable: Money },
    /// An Increase from a payment is never canceled (domain 2.4).
    #[error("{adjustment} records the overpayment {payment} and cannot be canceled; refund the credit balance instead, or cancel the payment")]
    AdjustmentOfPayment { adjustment: String, payment: String },
    /// A Decrease from a refund is never canceled (domain 2.4).
    #[error("{adjustment} records the refund {refund}, and a refund is final; if the money came back, record a payment into the credit balance")]
    AdjustmentOfRefund { adjustment: String, refund: String },
    /// A counter-adjustment already took back a part (domain 2.5).
    #[error("canceling {document} would leave invoice {invoice} beyond its amount; later adjustments or payments depend on it: cancel those first")]
    InvoiceBeyondItsAmount { document: String, invoice: String },
    /// More than earlier adjustments of the invoice (domain 2.5).
    #[error("{asked} is more than may be reversed on invoice {invoice}, which is {reversible}")]
    AmountExceedsReversible { invoice: String, asked: Money, reversible: Money },
    /// Nothing was adjusted that could be reversed.
    #[error("no credit balance adjustment of invoice {invoice} is left to reverse")]
    NothingToReverse { invoice: String },
    /// An adjustment away from zero or past it (domain 3.3).
    #[error("the invoice balance can only be adjusted toward zero: {invoice} would go from {balance} to {would_be}")]
    NotTowardZero { invoice: String, balance: Money, would_be: Money },
    /// The same for the item.
    #[error("an item can only be adjusted toward zero: {item} would go from {balance} to {would_be}")]
    ItemNotTowardZero { item: String, balance: Money, would_be: Money },
    /// The invoice has several items and none was named.
    #[error("invoice {invoice} has {items} items; name the item to adjust")]
    ItemAmbiguous { invoice: String, items: u32 },
    /// The invoice is at zero already.
    #[error("invoice {invoice} has no balance; there is nothing to settle")]
    NothingToSettle { invoice: String },
    /// Lines and the wish to have them chosen.
    #[error("give the lines to adjust, or let the rules settle the invoice, not both")]
    LinesOrSettle,
    /// The parts do not add up to the payment (domain 1.5).
    #[error("the parts make {parts}, the whole amount is {amount}; they must be equal")]
    PartsDoNotAddUp { amount: Money, parts: Money },
    /// A payment of nothing.
    #[error("the payment goes nowhere; name invoices, or give an amount for the credit balance")]
    PaymentGoesNowhere,
    /// The payment has refunds (domain 5.4).
    #[error("{refunded} of payment {payment} was refunded; cancel those refunds first")]
    PaymentRefunded { payment: String, refunded: Money },
    /// The method type is missing (domain 4.7 rule 6).
    #[error("an external refund needs a method type, such as check or wire_transfer")]
    MethodTypeMissing,
    /// The method type belongs to external refunds only.
    #[error("an electronic refund takes no method type; name a payment method instead")]
    MethodTypeNotAllowed,
    /// An external payment can only be refunded externally (domain 5.1).
    #[error("payment {payment} was external; refund it externally")]
    ExternalPaymentOnly { payment: String },
    /// There is no gateway to send it through.
    #[error("no payment gateway is configured for account {account}; record an external refund instead")]
    NoGateway { account: String },
    /// More than is left of the payment.
    #[error("{asked} is more than can still be refunded of payment {payment}, which is {refundable}")]
    AmountExceedsPayment { payment: String, asked: Money, refundable: Money },
    /// More than is left of the part one invoice took.
    #[error("{asked} is more than can still be refunded of payment {payment} on invoice {invoice}, which is {refundable}")]
    AmountExceedsApplication { payment: String, invoice: String, asked: Money, refundable: Money },
    /// A partial refund over several invoices needs the parts (domain 5.1).
    #[error("payment {payment} was applied to {invoices} invoices; say how much to refund on each")]
    PartsRequired { payment: String, invoices: usize },
    /// A refund of a credit balance is final (domain 4.5).
    #[error("{refund} refunded a credit balance and is final; if the money came back, record a payment into the credit balance")]
    RefundFinal { refund: String },
    /// Refunded invoices were settled otherwise since.
    #[error("invoice {invoice} has a balance of {balance}, less than the {amount} that {refund} reopened; cancel what settled it first")]
    RefundedInvoiceSettled { refund: String, invoice: String, amount: Money, balance: Money },
    /// A full card number where none may be kept.
    #[error("{field} looks like a full card number, which is never stored; give the gateway's token and the last four digits")]
    CardNumberRefused { field: &'static str },
    /// An account has many methods.
    #[error("account {account} has {max} payment methods already; no more can be added")]
    TooManyPaymentMethods { account: String, max: u32 },
    /// An electronic method without a token.
    #[error("a {} method needs the gateway's token of it", method_type.name())]
    TokenMissing { method_type: MethodType },
    /// An external method with a token.
    #[error("a {} method is external and takes no token", method_type.name())]
    TokenNotAllowed { method_type: MethodType },
    /// Only cards expire.
    #[error("a {} method does not expire", method_type.name())]
    ExpiryNotAllowed { method_type: MethodType },
    /// The method is closed.
    #[error("payment method {payment_method} is closed; choose another one, or add it anew")]
    PaymentMethodClosed { payment_method: String },
    /// No method was named and the account has no default.
    #[error("account {account} has no default payment method; name one, or add one first")]
    PaymentMethodMissing { account: String },
    /// Somebody else's method (scenario 36).
    #[error("payment method {payment_method} does not belong to account {account}; choose one of its own")]
    PaymentMethodOfAnotherAccount { payment_method: String, account: String },
    /// An external kind of method.
    #[error("payment method {payment_method} is a {} method, which no gateway can move money through; record it as external", method_type.name())]
    PaymentMethodNotElectronic { payment_method: String, method_type: MethodType },
    /// The card's month is over (domain 4.7 rule 9).
    #[error("payment method {payment_method} has expired; bring its expiry up to date, or choose another one")]
    PaymentMethodExpired { payment_method: String },
    /// Its token belongs to another gateway.
    #[error("gateway {gateway:?} does not know payment method {payment_method}, whose token belongs to another one; leave the gateway out")]
    PaymentMethodUnknownToGateway { payment_method: String, gateway: String },
    /// No gateway of that name.
    #[error("there is no gateway {gateway:?}; list the gateways to see their names")]
    UnknownGateway { gateway: String },
    /// The name is taken.
    #[error("a gateway named {gateway:?} exists already; choose another name")]
    GatewayNameTaken { gateway: String },
    /// The gateway was deactivated.
    #[error("gateway {gateway:?} is deactivated; activate it, or use another way: an external refund, or a refund of the credit balance through another gateway")]
    GatewayInactive { gateway: String },
    /// The capability table says no (domain 7.2, scenario 37).
    #[error("gateway {gateway:?} cannot do a {} for a {} method in {currency}; {}", ability.name(), method_type.name(), offer(would_work))]
    GatewayCannot { gateway: String, ability: Ability, method_type: MethodType, currency: Currency, would_work: Vec<String> },
    /// Another electronic payment for the invoice is under way.
    #[error("{pending} for invoice {invoice} is being charged already; wait until that is decided")]
    InvoiceBeingCharged { invoice: String, pending: Money },
    /// Nothing is left to collect.
    #[error("account {account} has nothing due to collect")]
    NothingToCollect { account: String },
    /// The payment is not processed.
    #[error("payment {payment} is {}; only a processed one can be refunded or voided", state.name())]
    PaymentNotProcessed { payment: String, state: OrderState },
    /// The payment is disputed.
    #[error("payment {payment} is disputed; refunding it could pay the customer twice: wait for the dispute, or override on purpose")]
    PaymentDisputed { payment: String },
    /// An electronic refund moves nothing yet.
    #[error("an electronic refund reopens its invoices when the money has moved; adjust them then, or record the refund as external")]
    AdjustNotAllowed,
    /// An external refund that waits for approval moves nothing yet.
    #[error("the refund has to be approved first, and reopens its invoices when it is paid; ask for it without adjust, and adjust them then")]
    AdjustBeforeApproval,
    /// A void would pay back what others have to agree to.
    #[error("the void of payment {payment} would pay back what {} has to be approved; refund the payment instead, so that the request can wait", .policies.join(", "))]
    VoidNeedsApproval { payment: String, policies: Vec<String> },
    /// An external refund with approval is not canceled.
    #[error("{refund} went through approval, is {}, and cannot be canceled; return it while it is to be paid, and record a payment if the money came back later", .state.name())]
    ApprovedRefundFinal { refund: String, state: OrderState },
    /// The payment is settled.
    #[error("payment {payment} is settled and cannot be voided; refund it instead")]
    PaymentSettled { payment: String },
    /// The payment is external.
    #[error("payment {payment} was external; cancel it instead")]
    PaymentNotElectronic { payment: String },
    /// An electronic payment is not canceled.
    #[error("payment {payment} was electronic; void it while it is not settled, or refund it")]
    ElectronicPaymentNotCancelable { payment: String },
    /// The payment is too old for its gateway.
    #[error("payment {payment} is {days} days old, and gateway {gateway:?} refunds payments of at most {max} days; refund it externally, or its value as credit")]
    PaymentTooOld { payment: String, gateway: String, days: i32, max: u16 },
    /// Another method than the one the payment came from.
    #[error("a refund of payment {payment} goes back to {original}; to send it elsewhere, allow a non-referenced refund")]
    NotTheOriginalMethod { payment: String, original: String },
    /// An electronic refund is not canceled.
    #[error("{refund} is electronic: the gateway has it, and it cannot be canceled")]
    ElectronicRefundFinal { refund: String },
    /// An electronic refund is dated by the system.
    #[error("an electronic refund or payment takes no date; it is dated the day the money moves")]
    DateNotAllowed,
    /// A gateway or method on something external.
    #[error("an external refund takes no payment method and no gateway; leave them out, or make it electronic")]
    ElectronicFieldsNotAllowed,
    /// The document was never sent through a gateway.
    #[error("{document} was not sent through a gateway")]
    NoOrder { document: String },
    /// Another worker is at it.
    #[error("worker {worker:?} is at {document}; try again in a moment")]
    OrderLeased { document: String, worker: String },
    /// Nothing is to be done now.
    #[error("nothing is to be done for {document} now")]
    OrderNotDue { document: String, due: Option<Timestamp> },
    /// The answer says what is known already.
    #[error("{document} is {} already; nothing changes", state.name())]
    OrderUnchanged { document: String, state: OrderState },
    /// The answer is about another attempt.
    #[error("attempt {attempt} of {document} is not the current one, which is {current}")]
    StaleAttempt { document: String, attempt: u16, current: u16 },
    /// A person said so before (domain 4.5).
    #[error("somebody already said how {document} ended; that can be done only once")]
    AlreadyResolved { document: String },
    /// Nothing to say.
    #[error("{document} is {}; there is no doubt to resolve", state.name())]
    NotInDoubt { document: String, state: OrderState },
    /// The schedule still runs.
    #[error("{document} is still being looked up; from {earliest} on you may say how it ended")]
    TooEarlyToResolve { document: String, earliest: Timestamp },
    /// A date beyond all planning.
    #[error("{date} is too far ahead; the latest possible date is {latest}")]
    DateTooFarAhead { date: Date, latest: Date },
    /// Only what all agreed to is paid by hand.
    #[error("refund {refund} is {}; only one that is to be paid can be paid or returned", state.name().replace('_', " "))]
    NotToBePaid { refund: String, state: OrderState },
    /// Credit balances are off (domain 1.1).
    #[error("this organisation keeps no credit balances: nothing can be transferred, overpaid or prepaid; settle the invoice by an adjustment or a refund, or turn the setting credit_balance on")]
    CreditBalanceOff,
    /// An electronic refund dated ahead (domain 1.6).
    #[error("{date} is neither today, {today}, nor tomorrow; an electronic refund is sent today or tomorrow: refund externally to choose another day")]
    DateNotTodayOrTomorrow { date: Date, today: Date },
    /// The past of an account that had credit dated ahead.
    #[error("since {from} credit of this account was dated ahead, so nothing can be dated before that day; choose {from} instead of {date}, or later")]
    DatedAheadSince { date: Date, from: Date },
    /// The period is locked (domain 8.4).
    #[error("{date} is in accounting period {period:?}, which is {}; date it in an open period, enter it late (late_entry), or have the period reopened", status.name().replace('_', " "))]
    PeriodClosed { date: Date, period: String, status: PeriodStatus },
    /// No such period.
    #[error("there is no accounting period {period:?}; list the periods to see their names")]
    UnknownPeriod { period: String },
    /// The name is taken.
    #[error("an accounting period named {period:?} exists already; choose another name")]
    PeriodNameTaken { period: String },
    /// The days are in the wrong order.
    #[error("the period would end on {last_day}, before it begins on {first_day}")]
    PeriodEndsBeforeItBegins { first_day: Date, last_day: Date },
    /// Periods follow each other.
    #[error("periods follow each other without gaps: the next one begins on {expected}, not on {first_day}")]
    PeriodNotNext { first_day: Date, expected: Date },
    /// Nothing changes.
    #[error("accounting period {period:?} is {} already", status.name().replace('_', " "))]
    PeriodStatusUnchanged { period: String, status: PeriodStatus },
    /// Periods are closed in their order (domain 8.4).
    #[error("accounting period {earlier:?} comes before {period:?} and is not closed; close it first")]
    EarlierPeriodOpen { period: String, earlier: String },
    /// Drafts are dated in it (domain 8.4).
    #[error("accounting period {period:?} has drafts, such as {}; post or cancel them first", drafts.join(", "))]
    PeriodHasDrafts { period: String, drafts: Vec<String> },
    /// Gateways are at work (domain 8.4, scenario 48).
    #[error("accounting period {period:?} has payments or refunds that are not decided yet, such as {}; wait for the gateway, or say how they ended", under_way.join(", "))]
    PeriodHasOrders { period: String, under_way: Vec<String> },
    /// Only the last closed period reopens (domain 8.4).
    #[error("accounting period {next:?} comes after {period:?} and is closed; reopen it first")]
    PeriodNotReopenable { period: String, next: String },
    /// The code is there.
    #[error("the category has a reason code {reason_code:?} already; activate it if it is inactive")]
    ReasonCodeTaken { reason_code: String },
    /// The default stays active.
    #[error("{reason_code:?} is the default of its category; make another one the default before it is deactivated")]
    ReasonCodeIsDefault { reason_code: String },
    /// Sums beyond what can be represented.
    #[error("a balance would become too large")]
    BalanceTooLarge,
}

/// What would work instead of a gateway that cannot.
fn offer(would_work: &[String]) -> String {
    if would_work.is_empty() {
        return "no configured gateway can: record it as external instead".to_owned();
    }
    format!("use {}, or record it as external", would_work.join(" or "))
}

impl Rejection {
    /// Its class.
    pub const fn class(&self) -> Class {
        match self {
            Self::NotFound { .. } | Self::NoOrder { .. } => Class::NotFound,
            Self::InvalidAmount { .. }
            | Self::AmountNotPositive { .. }
            | Self::CurrencyMismatch { .. }
            | Self::TooMany { .. }
            | Self::NothingGiven { .. }
            | Self::InvoiceNamedTwice { .. }
            | Self::UnknownReasonCode { .. }
            | Self::UnknownAccountingCode { .. }
            | Self::UnknownTimeZone { .. }
            | Self::DueBeforeInvoice { .. }
            | Self::TaxWithoutCharge { .. }
            | Self::DateInFuture { .. }
            | Self::DateTooEarly { .. }
            | Self::ItemAmbiguous { .. }
            | Self::PartsDoNotAddUp { .. }
            | Self::PaymentGoesNowhere
            | Self::LinesOrSettle
            | Self::MethodTypeMissing
            | Self::MethodTypeNotAllowed
            | Self::CardNumberRefused { .. }
            | Self::TokenMissing { .. }
            | Self::TokenNotAllowed { .. }
            | Self::ExpiryNotAllowed { .. }
            | Self::UnknownGateway { .. }
            | Self::UnknownRole { .. }
            | Self::UnknownPolicy { .. }
            | Self::LegacyFieldsOnly { .. }
            | Self::CustomFieldDefinition { .. }
            | Self::UnknownCustomField { .. }
            | Self::CustomFieldWrongType { .. }
            | Self::CustomFieldTooLong { .. }
            | Self::CustomFieldNotInPicklist { .. }
            | Self::CustomFieldMissing { .. }
            | Self::LabelsNotTaken { .. }
            | Self::PolicyLevels { .. }
            | Self::PolicyHours { .. }
            | Self::PolicyDays { .. }
            | Self::DateNotAllowed
            | Self::DateNotTodayOrTomorrow { .. }
            | Self::DateTooFarAhead { .. }
            | Self::UnknownPeriod { .. }
            | Self::PeriodEndsBeforeItBegins { .. }
            | Self::AdjustNotAllowed
            | Self::AdjustBeforeApproval
            | Self::ElectronicFieldsNotAllowed
            | Self::PartsRequired { .. } => Class::Invalid,
            _ => Class::Conflict,
        }
    }

    /// The document was not found.
    pub fn not_found(document: Document) -> Self {
        Self::NotFound { document: document.to_string(), kind: document.kind }
    }
}

impl From<AmountError> for Rejection {
    fn from(error: AmountError) -> Self {
        Self::InvalidAmount { reason: error.to_string() }
    }
}

impl From<money::MoneyError> for Rejection {
    fn from(_: money::MoneyError) -> Self {
        Self::BalanceTooLarge
    }
}
