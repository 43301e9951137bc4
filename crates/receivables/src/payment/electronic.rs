//! Payments through a gateway: charging a stored method, collecting what is due, voiding, and what a
//! rejected one leads to (domain 1.5, 5.4, 7.4).

use money::Money;

use super::decide::{applications, credit_part, require_credit_wanted};
use super::{APPLICATIONS_MAX, MethodType, Payment, PaymentApplication};
use crate::account::Account;
use crate::approval::decide::{Wish, policies_on};
use crate::command::{Cancel, ChargePayment, Collect, Due, Words};
use crate::context::next;
use crate::credit_balance::decide as credit_balance;
use crate::credit_balance::decide::{require_owner, require_positive};
use crate::draft::{Draft, Refusal, require_posted};
use crate::fact::Fact;
use crate::gateway::Ability;
use crate::gateway::GatewayName;
use crate::gateway::decide::{require_able, route};
use crate::id::{Numbered, Ref};
use crate::invoice::Invoice;
use crate::order::decide::begin_void;
use crate::order::{Order, OrderPlaced, OrderState, Settlement};
use crate::payment_method::decide::usable_method;
use crate::reason::{Category, ReasonCode};
use crate::refund::decide::{External, post_payment_refund, record_credit_refund};
use crate::refund::{Refund, RefundPart, RefundSource};
use crate::{MethodNo, PaymentNo, RefundNo, Rejection};

/// Charges a stored method. Checks as an external payment does, then: no other electronic payment for
/// the same part of an invoice is under way; the method and the gateway (see [`usable_method`] and
/// [`route`]). Nothing moves in the books until the gateway says so.
pub(crate) fn charge(draft: &mut Draft<'_>, command: &ChargePayment) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    draft.check_currency(command.currency, &account)?;
    if command.applications.len() > APPLICATIONS_MAX {
        return Err(Rejection::TooMany { what: "invoices", max: APPLICATIONS_MAX }.into());
    }
    let today = draft.date(None)?;
    let applications = applications(draft, &account, today, &command.applications)?;
    let mut applied = Money::zero(account.currency);
    for part in &applications {
        require_not_charged(&draft.invoice_now(part.invoice)?, part.amount)?;
        applied = applied.try_add(part.amount)?;
    }
    let given = (command.amount, command.credit_balance_amount);
    let credit = credit_part(draft, &account, given, applied)?;
    require_credit_wanted(draft, credit)?;
    let amount = applied.try_add(credit)?;
    if !amount.is_positive() {
        return Err(Rejection::PaymentGoesNowhere.into());
    }
    let how =
        How { method: command.method, gateway: command.gateway.as_ref(), words: &command.words };
    place(draft, &account, &how, applications, credit, amount)
}

/// Refuses to charge for a part of an invoice that is being charged already.
fn require_not_charged(invoice: &Invoice, asked: Money) -> Result<(), Refusal> {
    let free = invoice.balance()?.try_sub(invoice.pending)?;
    if invoice.pending.is_zero() || asked.minor() <= free.minor() {
        return Ok(());
    }
    let pending = invoice.pending;
    Err(Rejection::InvoiceBeingCharged { invoice: invoice.no.to_string(), pending }.into())
}

/// What charges of one step have in common.
struct How<'a> {
    method: Option<Ref<MethodNo>>,
    gateway: Option<&'a GatewayName>,
    words: &'a Words,
}

fn place(
    draft: &mut Draft<'_>,
    account: &Account,
    how: &How<'_>,
    applications: Vec<PaymentApplication>,
    credit: Money,
    amount: Money,
) -> Result<(), Refusal> {
    let method = usable_method(draft, account, how.method)?.clone();
    let (gateway, _) = route(draft.ctx.settings, account, &method, how.gateway, Ability::Payment)?;
    let (gateway, method) = (gateway.no, method.method);
    let date = draft.date(None)?;
    let no = PaymentNo(next(&mut draft.numbers.payment));
    let parts = applications.iter().map(|part| RefundPart::from(*part)).collect();
    draft.record(Fact::PaymentRecorded(Payment {
        no,
        method_type: method.method_type,
        date,
        amount,
        credit_balance_amount: credit,
        credit_balance_adjustment: None,
        applications,
        reference: how.words.reference.clone(),
        comment: how.words.comment.clone(),
        method: Some(method.no),
    }))?;
    draft.record(Fact::OrderPlaced(Box::new(OrderPlaced {
        document: no.document(),
        gateway,
        method: method.no,
        ability: Ability::Payment,
        amount,
        parts,
        payment: None,
        credit: Some(credit),
        approval: None,
        not_before: None,
    })))
}

/// Collects what is due (scenarios 14 to 16): the credit balance is applied first, oldest due first, then
/// the method is charged once for the rest. Checks in this order: account exists and is active; the
/// invoice exists, is its own, posted, with a balance (or: something is due); method and gateway, if
/// anything is left to charge.
pub(crate) fn collect(draft: &mut Draft<'_>, command: &Collect) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    let mut applications = Vec::new();
    let mut charged = Money::zero(account.currency);
    let mut moved = false;
    let today = draft.date(None)?;
    for invoice in due(draft, &account, &command.due)? {
        let mut open = invoice.receivable()?.try_sub(invoice.pending)?;
        let credit = open.at_most(draft.available()?);
        let usable = invoice.invoice_date <= today;
        if command.use_credit && usable && credit.is_positive() {
            let how = credit_balance::How { date: today, words: &command.words, cause: None };
            credit_balance::decrease(draft, invoice.no, credit, &how)?;
            open = open.try_sub(credit)?;
            moved = true;
        }
        if open.is_positive() && applications.len() < APPLICATIONS_MAX {
            charged = charged.try_add(open)?;
            applications.push(PaymentApplication { invoice: invoice.no, amount: open });
        }
    }
    if applications.is_empty() {
        let account = account.no.to_string();
        return if moved { Ok(()) } else { Err(Rejection::NothingToCollect { account }.into()) };
    }
    let account = draft.account_now()?;
    let zero = Money::zero(account.currency);
    let how =
        How { method: command.method, gateway: command.gateway.as_ref(), words: &command.words };
    place(draft, &account, &how, applications, zero, charged)
}

/// Open invoices that are due, oldest first, with something that is not being charged already.
fn due(draft: &Draft<'_>, account: &Account, due: &Due) -> Result<Vec<Invoice>, Refusal> {
    let until = match due {
        Due::Invoice(named) => {
            let found = draft.invoice_now(named.no).ok();
            let invoice = found
                .filter(|found| named.matches(found.drafted_at))
                .ok_or_else(|| Rejection::not_found(named.no.document()))?;
            require_owner(&invoice, account)?;
            require_posted(&invoice)?;
            require_positive(&invoice, invoice.balance()?)?;
            require_not_charged(&invoice, invoice.balance()?)?;
            return Ok(vec![invoice]);
        }
        Due::Until(date) => *date,
    };
    let mut open = credit_balance::open_by_due_date(draft, account)?;
    open.retain(|invoice| {
        invoice.due_date <= until && invoice.pending.minor() < invoice.ledger.minor()
    });
    Ok(open)
}

/// Voids a payment before it is settled (domain 5.4). Checks in this order: it exists, account active, not
/// canceled; electronic; processed; not disputed; not settled; nothing refunded or being refunded; its day is not
/// locked; the credit it brought is still there; the gateway can void; no policy is about such a refund.
pub(crate) fn void(draft: &mut Draft<'_>, command: &Cancel<PaymentNo>) -> Result<(), Refusal> {
    let state = draft.payment_of(command.document)?;
    let payment = &state.recorded.document;
    let name = || payment.no.to_string();
    let Some(order) = draft.base().orders.get(&payment.no.document()) else {
        return Err(Rejection::PaymentNotElectronic { payment: name() }.into());
    };
    if order.state != OrderState::Processed {
        return Err(Rejection::PaymentNotProcessed { payment: name(), state: order.state }.into());
    }
    if order.disputed {
        return Err(Rejection::PaymentDisputed { payment: name() }.into());
    }
    if order.settlement == Settlement::Settled {
        return Err(Rejection::PaymentSettled { payment: name() }.into());
    }
    let mut refunded = Money::zero(payment.amount.currency());
    for part in state.refunded.iter().chain(&state.held) {
        refunded = refunded.try_add(*part)?;
    }
    if refunded.is_positive() {
        return Err(Rejection::PaymentRefunded { payment: name(), refunded }.into());
    }
    draft.cancellation_date(payment.date)?;
    let account = draft.account_now()?;
    let (amount, cancellable) = (order.landed_credit()?, draft.available()?);
    if amount.minor() > cancellable.minor() {
        return Err(Rejection::CreditAlreadyUsed { amount, cancellable }.into());
    }
    let settings = draft.ctx.settings;
    let no_gateway = || Rejection::NoGateway { account: account.no.to_string() };
    let gateway = settings.gateway(order.placed.gateway).ok_or_else(no_gateway)?;
    let method = draft.base().methods.get(&order.placed.method).ok_or_else(no_gateway)?;
    require_able(settings, gateway, method, account.currency, Ability::Void)?;
    require_no_policy(draft, &account, payment, command)?;
    begin_void(draft, order)
}

/// Refuses to void a payment whose refund would have to wait for others: the money goes back all the same.
fn require_no_policy(
    draft: &Draft<'_>,
    account: &Account,
    payment: &Payment,
    command: &Cancel<PaymentNo>,
) -> Result<(), Rejection> {
    let reason_code = command.words.reason_code.as_ref();
    let reason_code = Category::PaymentRefund.resolve(draft.ctx.settings, reason_code)?;
    let wish = Wish {
        amount: payment.amount,
        external: false,
        method_type: payment.method_type,
        reason_code: &reason_code,
        ability: Ability::ReferencedRefund,
        uncounted: true,
    };
    let policies = policies_on(draft, account, &wish);
    if policies.is_empty() {
        return Ok(());
    }
    let policies = policies.iter().map(|policy| policy.name.to_string()).collect();
    Err(Rejection::VoidNeedsApproval { payment: payment.no.to_string(), policies })
}

/// A processed payment came back: it is recorded as refunded outside, its invoices reopen, and the
/// credit it brought is refunded too as far as it is still there and the organisation wants it
/// (domain 7.4). What was refunded before is not refunded again.
pub(crate) fn reject(draft: &mut Draft<'_>, no: PaymentNo, reason: &str) -> Result<(), Refusal> {
    let Some(state) = draft.base().payments.get(&no).cloned() else {
        return Err(Rejection::not_found(no.document()).into());
    };
    let payment = &state.recorded.document;
    let mut parts = Vec::new();
    let mut amount = Money::zero(payment.amount.currency());
    for (index, application) in payment.applications.iter().enumerate() {
        let left = state.left(index, application.amount)?;
        if left.is_positive() {
            amount = amount.try_add(left)?;
            parts.push(RefundPart { invoice: application.invoice, amount: left });
        }
    }
    if !parts.is_empty() {
        came_back(draft, no, parts, amount, reason)?;
    }
    let date = draft.booking_day();
    let credit = payment.credit_balance_amount;
    let takes_credit = draft.ctx.settings.refund_credit_of_rejected_payment;
    if takes_credit && credit.is_positive() && draft.covers(credit)? {
        let reason_code = Category::CreditBalanceRefund.resolve(draft.ctx.settings, None)?;
        let how = External { method_type: MethodType::Other, date, reason_code };
        record_credit_refund(draft, credit, how, &Words::default())?;
    }
    Ok(())
}

/// Records that parts of a payment came back: a refund outside, by which their invoices reopen.
fn came_back(
    draft: &mut Draft<'_>,
    payment: PaymentNo,
    parts: Vec<RefundPart>,
    amount: Money,
    reason: &str,
) -> Result<(), Refusal> {
    let (date, reason) = (draft.booking_day(), ReasonCode::try_new(reason).ok());
    let no = RefundNo(next(&mut draft.numbers.refund));
    draft.record(Fact::Refunded(Refund {
        no,
        source: RefundSource::Payment { payment, parts: parts.clone() },
        method_type: MethodType::Other,
        date,
        amount,
        reason_code: Category::PaymentRefund.or_default(draft.ctx.settings, reason.as_ref())?,
        reference: None,
        comment: None,
        method: None,
    }))?;
    post_payment_refund(draft, no, &parts, date)
}

/// What a refund held of a payment, and lets go of unpaid, came back with the payment if that came back meanwhile: the
/// rest was recorded then, and this could not be.
pub(crate) fn let_go(draft: &mut Draft<'_>, refund: &Order) -> Result<(), Refusal> {
    let Some(payment) = refund.placed.payment else { return Ok(()) };
    let order = draft.base().orders.get(&payment.document());
    if order.is_none_or(|order| order.state != OrderState::FailedLate) {
        return Ok(());
    }
    let parts = refund.placed.parts.clone();
    came_back(draft, payment, parts, refund.placed.amount, "Payment Rejection")
}
