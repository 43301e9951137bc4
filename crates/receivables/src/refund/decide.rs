//! Refunding a credit balance (domain 4) and a payment (domain 5).

use jiff::civil::Date;
use money::Money;

use super::{Refund, RefundPart, RefundSource, RefundType};
use crate::account::Account;
use crate::adjustment::decide::{How, settle};
use crate::approval::ApprovalNeeded;
use crate::approval::decide::needed;
use crate::books::PaymentState;
use crate::command::{Cancel, RefundCreditBalance, RefundPayment, Words};
use crate::context::next;
use crate::credit_balance::decide::{require_available, require_credit};
use crate::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use crate::draft::{Draft, Refusal};
use crate::fact::{Canceled, Fact};
use crate::gateway::decide::{pay_out, require_able};
use crate::gateway::{Abilities, Ability, Gateway, GatewayNo};
use crate::id::Numbered;
use crate::journal::{Pair, Role};
use crate::order::{OrderPlaced, OrderState};
use crate::payment::{MethodType, Payment};
use crate::payment_method::PaymentMethod;
use crate::payment_method::decide::own_method;
use crate::reason::{Category, ReasonCode};
use crate::{AdjustmentNo, MethodNo, PaymentNo, RefundNo, Rejection};

/// Refunds a credit balance. Checks in this order (domain 4.7): account exists and is active;
/// currency; method type against refund type; reason code; date not in the future, unless
/// that is set, and not locked; for an electronic one none, or today or tomorrow; amount positive and precise; some credit; amount within what is available of the
/// credit balance, on the refund date and ever since. Then, for an electronic one, the method and the
/// gateway: see [`own_method`] and [`pay_out`].
pub(crate) fn refund_credit_balance(
    draft: &mut Draft<'_>,
    command: &RefundCreditBalance,
) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    draft.check_currency(command.currency, &account)?;
    let given = command.method.is_some() || command.gateway.is_some();
    let external = external_method(command.kind, command.method_type, given)?;
    let words = &command.words;
    let reason_code =
        Category::CreditBalanceRefund.resolve(draft.ctx.settings, words.reason_code.as_ref())?;
    let date = credit_refund_date(draft, command.kind, command.date)?;
    let asked = match command.amount {
        Some(amount) => Some(draft.positive(amount, account.currency)?),
        None => None,
    };
    require_credit(&account)?;
    let available = account.available()?;
    let there = draft.available_since(date)?;
    let amount = asked.unwrap_or(if there.is_positive() { there } else { available });
    require_available(&account, amount, available)?;
    let available = there;
    if amount.minor() > available.minor() {
        return Err(
            Rejection::AmountExceedsCreditBalanceOn { asked: amount, available, date }.into()
        );
    }
    let Some(method_type) = external else {
        let method = own_method(draft, &account, command.method)?;
        let (asked, ability) = (command.gateway.as_ref(), Ability::NonReferencedRefund);
        let (settings, today) = (draft.ctx.settings, draft.ctx.today);
        let gateway = pay_out(settings, &account, &method, asked, today)?;
        let no = RefundNo(next(&mut draft.numbers.refund));
        let method = method.method;
        let refund = Refund {
            no,
            source: RefundSource::CreditBalance(None),
            method_type: method.method_type,
            date,
            amount,
            reason_code,
            reference: words.reference.clone(),
            comment: words.comment.clone(),
            method: Some(method.no),
        };
        let approval = needed(draft, &account, &refund, ability);
        draft.record(Fact::Refunded(refund))?;
        return draft.record(Fact::OrderPlaced(Box::new(OrderPlaced {
            document: no.document(),
            gateway: gateway.no,
            method: method.no,
            ability,
            amount,
            parts: Vec::new(),
            payment: None,
            credit: None,
            approval,
            not_before: draft.beginning_of(date),
        })));
    };
    let refund = Refund {
        no: RefundNo(draft.numbers.refund + 1),
        source: RefundSource::CreditBalance(None),
        method_type,
        date,
        amount,
        reason_code: reason_code.clone(),
        reference: words.reference.clone(),
        comment: words.comment.clone(),
        method: None,
    };
    if let Some(approval) = needed(draft, &account, &refund, Ability::NonReferencedRefund) {
        return ask_approval(draft, refund, approval);
    }
    let how = External { method_type, date, reason_code };
    record_credit_refund(draft, amount, how, words)
}

/// An external refund that others have to agree to: the amount is held, nothing is posted before it is paid.
fn ask_approval(
    draft: &mut Draft<'_>,
    mut refund: Refund,
    approval: ApprovalNeeded,
) -> Result<(), Refusal> {
    refund.no = RefundNo(next(&mut draft.numbers.refund));
    refund.method = Some(MethodNo::BY_HAND);
    let (document, amount) = (refund.no.document(), refund.amount);
    let not_before = draft.beginning_of(refund.date);
    let (ability, payment, parts) = match &refund.source {
        RefundSource::CreditBalance(_) => (Ability::NonReferencedRefund, None, Vec::new()),
        RefundSource::Payment { payment, parts } => {
            (Ability::ReferencedRefund, Some(*payment), parts.clone())
        }
    };
    draft.record(Fact::Refunded(refund))?;
    draft.record(Fact::OrderPlaced(Box::new(OrderPlaced {
        document,
        gateway: GatewayNo::BY_HAND,
        method: MethodNo::BY_HAND,
        ability,
        amount,
        parts,
        payment,
        credit: None,
        approval: Some(approval),
        not_before,
    })))
}

/// What is to be known of an external refund beside its amount.
pub(crate) struct External {
    pub(crate) method_type: MethodType,
    pub(crate) date: Date,
    pub(crate) reason_code: ReasonCode,
}

/// Records an external refund of the credit balance with the Decrease that shows it.
pub(crate) fn record_credit_refund(
    draft: &mut Draft<'_>,
    amount: Money,
    how: External,
    words: &Words,
) -> Result<(), Refusal> {
    let External { method_type, date, reason_code } = how;
    let no = RefundNo(next(&mut draft.numbers.refund));
    let adjustment = AdjustmentNo(next(&mut draft.numbers.adjustment));
    draft.record(Fact::Refunded(Refund {
        no,
        source: RefundSource::CreditBalance(Some(adjustment)),
        method_type,
        date,
        amount,
        reason_code,
        reference: words.reference.clone(),
        comment: words.comment.clone(),
        method: None,
    }))?;
    draft.record(Fact::CreditBalanceAdjusted(CreditBalanceAdjustment {
        no: adjustment,
        direction: Direction::Decrease,
        source: Source::Refund(no),
        amount,
        date,
        reason_code: Category::CreditBalanceAdjustment.resolve(draft.ctx.settings, None)?,
        comment: None,
        reference: None,
        cause: None,
    }))?;
    draft.post(Pair {
        debit: draft.ledger(Role::CustomerCashOnAccount),
        credit: draft.ledger(Role::Bank),
        amount,
        date,
        document: adjustment.document(),
        invoice: None,
    })
}

/// The method type of an external refund, none for an electronic one (domain 4.7 rule 6).
fn external_method(
    kind: RefundType,
    method_type: Option<MethodType>,
    electronic_fields: bool,
) -> Result<Option<MethodType>, Rejection> {
    match (kind, method_type) {
        (RefundType::External, _) if electronic_fields => {
            Err(Rejection::ElectronicFieldsNotAllowed)
        }
        (RefundType::External, Some(method_type)) => Ok(Some(method_type)),
        (RefundType::External, None) => Err(Rejection::MethodTypeMissing),
        (RefundType::Electronic, Some(_)) => Err(Rejection::MethodTypeNotAllowed),
        (RefundType::Electronic, None) => Ok(None),
    }
}

/// The refund date: as given for an external refund, today for an electronic one (domain 4.3).
fn date_of(
    draft: &mut Draft<'_>,
    kind: RefundType,
    given: Option<Date>,
) -> Result<Date, Rejection> {
    if kind == RefundType::Electronic && given.is_some() {
        return Err(Rejection::DateNotAllowed);
    }
    draft.date(given)
}

/// The date of a refund of credit. With future dates an external one may be dated when credit will be there, and an
/// electronic one today or tomorrow (domain 1.6).
fn credit_refund_date(
    draft: &mut Draft<'_>,
    kind: RefundType,
    given: Option<Date>,
) -> Result<Date, Rejection> {
    let Some(date) = given.filter(|_| draft.ctx.settings.future_dates) else {
        return date_of(draft, kind, given);
    };
    let today = draft.ctx.today;
    let tomorrow = today.tomorrow().unwrap_or(today);
    if kind == RefundType::Electronic && date != today && date != tomorrow {
        return Err(Rejection::DateNotTodayOrTomorrow { date, today });
    }
    draft.date_or_future(Some(date))
}

/// Refunds a payment; its invoices reopen, and come to zero by Credit adjustments if asked for.
/// Checks in this order: payment exists, account active, not canceled; currency; an external payment
/// is refunded externally; method type; reason code; date not in the future, not before the payment
/// (domain 5.1); the payment is processed; it is not disputed, unless overridden; an electronic one
/// adjusts nothing; the parts (see [`parts`]). Then, for an electronic one: method and gateway, age (see
/// [`electronic`]). An external one that has to wait for approval adjusts nothing either.
pub(crate) fn refund_payment(
    draft: &mut Draft<'_>,
    command: &RefundPayment,
) -> Result<(), Refusal> {
    let state = draft.payment_of(command.payment)?;
    let payment = &state.recorded.document;
    let account = draft.account_now()?;
    draft.check_currency(command.currency, &account)?;
    if command.kind == RefundType::Electronic && payment.method.is_none() {
        return Err(Rejection::ExternalPaymentOnly { payment: payment.no.to_string() }.into());
    }
    let given = command.method.is_some() || command.gateway.is_some();
    let external = external_method(command.kind, command.method_type, given)?;
    let words = &command.words;
    let reason_code =
        Category::PaymentRefund.resolve(draft.ctx.settings, words.reason_code.as_ref())?;
    let date = date_of(draft, command.kind, command.date)?;
    if date < payment.date {
        return Err(Rejection::DateTooEarly { date, earliest: payment.date }.into());
    }
    if payment.method.is_some() {
        require_processed(draft, payment.no)?;
        require_undisputed(draft, payment.no, command)?;
    }
    if external.is_none() && command.adjust {
        return Err(Rejection::AdjustNotAllowed.into());
    }
    let parts = parts(draft, &state, command)?;
    let mut amount = Money::zero(account.currency);
    for part in &parts {
        amount = amount.try_add(part.amount)?;
    }
    let way = match external {
        Some(_) => None,
        None => Some(electronic(draft, &account, &state, command)?),
    };
    let source = RefundSource::Payment { payment: payment.no, parts: parts.clone() };
    let method_type = external.or(way.as_ref().map(|way| way.method.method_type));
    let mut refund = Refund {
        no: RefundNo(draft.numbers.refund + 1),
        source,
        method_type: method_type.ok_or(Rejection::MethodTypeMissing)?,
        date,
        amount,
        reason_code,
        reference: words.reference.clone(),
        comment: words.comment.clone(),
        method: way.as_ref().map(|way| way.method.no),
    };
    let ability = way.as_ref().map_or(Ability::ReferencedRefund, |way| way.ability);
    let approval = needed(draft, &account, &refund, ability);
    let override_dispute = command.override_dispute;
    let approval = approval.map(|needed| ApprovalNeeded { override_dispute, ..needed });
    let approval = match (&way, approval) {
        (None, Some(_)) if command.adjust => return Err(Rejection::AdjustBeforeApproval.into()),
        (None, Some(approval)) => return ask_approval(draft, refund, approval),
        (_, approval) => approval,
    };
    let no = RefundNo(next(&mut draft.numbers.refund));
    refund.no = no;
    draft.record(Fact::Refunded(refund))?;
    if let Some(way) = way {
        return draft.record(Fact::OrderPlaced(Box::new(OrderPlaced {
            document: no.document(),
            gateway: way.gateway,
            method: way.method.no,
            ability: way.ability,
            amount,
            parts,
            payment: Some(payment.no),
            credit: None,
            approval,
            not_before: None,
        })));
    }
    post_payment_refund(draft, no, &parts, date)?;
    if command.adjust {
        settle_refunded(draft, no, &parts, command)?;
    }
    Ok(())
}

/// Posts the refund of parts of a payment: the invoices reopen.
pub(crate) fn post_payment_refund(
    draft: &mut Draft<'_>,
    no: RefundNo,
    parts: &[RefundPart],
    date: Date,
) -> Result<(), Refusal> {
    for part in parts {
        draft.post(Pair {
            debit: draft.ledger(Role::AccountsReceivable),
            credit: draft.ledger(Role::Bank),
            amount: part.amount,
            date,
            document: no.document(),
            invoice: Some(part.invoice),
        })?;
    }
    Ok(())
}

/// Refuses an electronic payment whose money has not moved, or moved back.
pub(crate) fn require_processed(draft: &Draft<'_>, payment: PaymentNo) -> Result<(), Rejection> {
    let state = draft.base().orders.get(&payment.document()).map(|order| order.state);
    match state {
        Some(OrderState::Processed) | None => Ok(()),
        Some(state) => Err(Rejection::PaymentNotProcessed { payment: payment.to_string(), state }),
    }
}

/// Refuses to refund a disputed payment, by whatever way, unless overridden (gateways 6.9): the customer
/// could be paid twice.
fn require_undisputed(
    draft: &Draft<'_>,
    payment: PaymentNo,
    command: &RefundPayment,
) -> Result<(), Rejection> {
    let order = draft.base().orders.get(&payment.document());
    if order.is_some_and(|order| order.disputed) && !command.override_dispute {
        return Err(Rejection::PaymentDisputed { payment: payment.to_string() });
    }
    Ok(())
}

/// How an electronic refund of a payment goes.
struct Way {
    gateway: GatewayNo,
    method: PaymentMethod,
    ability: Ability,
}

/// The way an electronic refund of a payment goes: back to its own method through its own gateway
/// (domain 5.1), whatever the card's expiry says, since networks often re-route; or, if another method
/// is named, pushed there without reference (domain 5.3). Checks in this order: it has an order; the gateway is active and able; the payment is not too old for it.
fn electronic(
    draft: &Draft<'_>,
    account: &Account,
    state: &PaymentState,
    command: &RefundPayment,
) -> Result<Way, Rejection> {
    let payment = &state.recorded.document;
    let missing = || Rejection::NoOrder { document: payment.no.to_string() };
    let order = draft.base().orders.get(&payment.no.document()).ok_or_else(missing)?;
    if let Some(named) = command.method.filter(|named| named.no != order.placed.method) {
        let ability = Ability::NonReferencedRefund;
        let method = own_method(draft, account, Some(named))?;
        let (settings, today) = (draft.ctx.settings, draft.ctx.today);
        let gateway = pay_out(settings, account, &method, command.gateway.as_ref(), today)?;
        return Ok(Way { gateway: gateway.no, method: method.method, ability });
    }
    let settings = draft.ctx.settings;
    let gateway = settings.gateway(order.placed.gateway).ok_or_else(missing)?;
    if command.gateway.as_ref().is_some_and(|asked| *asked != gateway.name) {
        let original = format!("its own gateway {:?}", gateway.name.as_str());
        let payment = payment.no.to_string();
        return Err(Rejection::NotTheOriginalMethod { payment, original });
    }
    let method = draft.base().methods.get(&order.placed.method).ok_or_else(missing)?;
    let ability = Ability::ReferencedRefund;
    let able = require_able(settings, gateway, method, account.currency, ability)?;
    require_not_too_old(draft, payment, gateway, able)?;
    Ok(Way { gateway: gateway.no, method: method.method.clone(), ability })
}

/// Refuses to refund a payment that its gateway finds too old.
pub(crate) fn require_not_too_old(
    draft: &Draft<'_>,
    payment: &Payment,
    gateway: &Gateway,
    able: Abilities,
) -> Result<(), Rejection> {
    let days = draft.ctx.today.since(payment.date).map_or(0, |span| span.get_days());
    match able.refund_age_max_days {
        Some(max) if days > i32::from(max) => Err(Rejection::PaymentTooOld {
            payment: payment.no.to_string(),
            gateway: gateway.name.to_string(),
            days,
            max,
        }),
        _ => Ok(()),
    }
}

fn settle_refunded(
    draft: &mut Draft<'_>,
    no: RefundNo,
    parts: &[RefundPart],
    command: &RefundPayment,
) -> Result<(), Refusal> {
    let words = crate::command::Words { reason_code: None, ..command.words.clone() };
    for part in parts {
        let earliest = draft.invoice_now(part.invoice)?.invoice_date;
        let how = How {
            date: draft.bookable(draft.ctx.today.max(earliest))?,
            reason: Category::InvoiceItemAdjustment.resolve(draft.ctx.settings, None)?,
            words: &words,
            cause: Some(no.document()),
        };
        settle(draft, part.invoice, &how)?;
    }
    Ok(())
}

/// How much of which application is refunded. Given parts: each invoice once, each within what is
/// left of its application, and together the amount if one is given. No parts: the whole rest, or
/// the amount on the only invoice; a partial amount over several invoices needs the parts.
fn parts(
    draft: &Draft<'_>,
    state: &PaymentState,
    command: &RefundPayment,
) -> Result<Vec<RefundPart>, Refusal> {
    let payment = &state.recorded.document;
    let currency = payment.amount.currency();
    let name = || payment.no.to_string();
    let mut left = Vec::with_capacity(payment.applications.len());
    let mut refundable = Money::zero(currency);
    for (index, application) in payment.applications.iter().enumerate() {
        let rest = state.left(index, application.amount)?;
        refundable = refundable.try_add(rest)?;
        left.push(RefundPart { invoice: application.invoice, amount: rest });
    }
    let asked = match command.amount {
        Some(amount) => Some(draft.positive(amount, currency)?),
        None => None,
    };
    if let Some(asked) = asked
        && asked.minor() > refundable.minor()
    {
        return Err(Rejection::AmountExceedsPayment { payment: name(), asked, refundable }.into());
    }
    if !refundable.is_positive() {
        let asked = asked.unwrap_or(refundable);
        return Err(Rejection::AmountExceedsPayment { payment: name(), asked, refundable }.into());
    }
    if command.parts.is_empty() {
        left.retain(|part| part.amount.is_positive());
        return match (asked, left.as_mut_slice()) {
            (None, _) => Ok(left),
            (Some(asked), _) if asked == refundable => Ok(left),
            (Some(asked), [only]) => {
                only.amount = asked;
                Ok(left)
            }
            (Some(_), several) => {
                Err(Rejection::PartsRequired { payment: name(), invoices: several.len() }.into())
            }
        };
    }
    let mut parts: Vec<RefundPart> = Vec::with_capacity(command.parts.len());
    let mut sum = Money::zero(currency);
    for part in &command.parts {
        let invoice = part.invoice.no;
        if parts.iter().any(|known| known.invoice == invoice) {
            return Err(Rejection::InvoiceNamedTwice { invoice: invoice.to_string() }.into());
        }
        let rest = left
            .iter()
            .find(|left| left.invoice == invoice)
            .ok_or_else(|| Rejection::not_found(invoice.document()))?
            .amount;
        let amount = match part.amount {
            Some(amount) => draft.positive(amount, currency)?,
            None => rest,
        };
        if amount.minor() > rest.minor() || !amount.is_positive() {
            return Err(Rejection::AmountExceedsApplication {
                payment: name(),
                invoice: invoice.to_string(),
                asked: amount,
                refundable: rest,
            }
            .into());
        }
        sum = sum.try_add(amount)?;
        parts.push(RefundPart { invoice, amount });
    }
    match asked {
        Some(amount) if amount != sum => {
            Err(Rejection::PartsDoNotAddUp { amount, parts: sum }.into())
        }
        _ => Ok(parts),
    }
}

/// Cancels a payment refund. Checks in this order: it exists, account active; it is not a refund of
/// a credit balance (final, domain 4.5); not electronic; not canceled; each reopened invoice still has the balance; its
/// day is not locked.
pub(crate) fn cancel(draft: &mut Draft<'_>, command: &Cancel<RefundNo>) -> Result<(), Refusal> {
    let refund = draft.recorded_of(command.document, |books| &books.refunds)?;
    let RefundSource::Payment { parts, .. } = &refund.source else {
        return Err(Rejection::RefundFinal { refund: refund.no.to_string() }.into());
    };
    if refund.method.is_some() {
        let order = draft.base().orders.get(&refund.no.document());
        let by_hand = order.filter(|order| order.placed.by_hand());
        let refund = refund.no.to_string();
        return Err(match by_hand.map(|order| order.state) {
            Some(state) => Rejection::ApprovedRefundFinal { refund, state },
            None => Rejection::ElectronicRefundFinal { refund },
        }
        .into());
    }
    if let Some(code) = &command.words.reason_code {
        Category::PaymentRefund.resolve(draft.ctx.settings, Some(code))?;
    }
    for part in parts {
        let balance = draft.invoice_now(part.invoice)?.balance()?;
        if balance.minor() < part.amount.minor() {
            return Err(Rejection::RefundedInvoiceSettled {
                refund: refund.no.to_string(),
                invoice: part.invoice.to_string(),
                amount: part.amount,
                balance,
            }
            .into());
        }
    }
    let date = draft.cancellation_date(refund.date)?;
    let document = refund.no.document();
    draft.record(Fact::Canceled(Canceled {
        document,
        date,
        reason_code: command.words.reason_code.clone(),
        comment: command.words.comment.clone(),
    }))?;
    draft.mirror(document, Some(date))
}
