//! Adding and changing payment methods.

use jiff::civil::Date;

use super::{METHODS_MAX, MethodState, MethodStatus, PaymentMethod, PaymentMethodChanged};
use crate::account::{Account, AccountChanged};
use crate::command::{AddPaymentMethod, ChangePaymentMethod};
use crate::context::next;
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::gateway::decide::by_name;
use crate::id::Ref;
use crate::{MethodNo, Rejection, Settings};

/// Adds a method. Checks in this order: account exists and is active; not too many; an electronic
/// one has a token, an external one none; the gateway exists. The first electronic one becomes the
/// default; an external one never does, since nothing can be moved through it.
pub(crate) fn add(draft: &mut Draft<'_>, command: &AddPaymentMethod) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    if account.methods >= METHODS_MAX {
        return Err(Rejection::TooManyPaymentMethods {
            account: account.no.to_string(),
            max: METHODS_MAX,
        }
        .into());
    }
    let electronic = command.method_type.is_electronic();
    if electronic != command.token.is_some() {
        let method_type = command.method_type;
        return Err(if electronic {
            Rejection::TokenMissing { method_type }
        } else {
            Rejection::TokenNotAllowed { method_type }
        }
        .into());
    }
    let gateway = match &command.gateway {
        Some(name) => Some(by_name(draft.ctx.settings, name)?.no),
        None => None,
    };
    let no = MethodNo(next(&mut draft.numbers.method));
    draft.record(Fact::PaymentMethodAdded(PaymentMethod {
        no,
        account: account.no,
        method_type: command.method_type,
        token: command.token.clone(),
        customer: command.customer.clone(),
        gateway,
        brand: command.brand.clone(),
        last_four: command.last_four,
        expiry: command.expiry,
    }))?;
    if electronic && (command.default || account.default_method.is_none()) {
        make_default(draft, &account, no)?;
    }
    Ok(())
}

/// Changes a method. Checks in this order: it exists, account active; it is not closed; an expiry
/// belongs to a card; something changes; a default is electronic. Closing the default leaves the account without one.
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangePaymentMethod) -> Result<(), Refusal> {
    let state = method_of(draft, command.method)?;
    let account = draft.active_account(Ref::to(state.method.account))?;
    let no = state.method.no;
    if state.status == MethodStatus::Closed {
        return Err(Rejection::PaymentMethodClosed { payment_method: no.to_string() }.into());
    }
    if command.expiry.is_some() && !state.method.method_type.is_card() {
        let method_type = state.method.method_type;
        return Err(Rejection::ExpiryNotAllowed { method_type }.into());
    }
    let status = command.close.then_some(MethodStatus::Closed);
    if status.is_none() && command.expiry.is_none() && !command.default {
        return Err(Rejection::NothingGiven { what: "changes" }.into());
    }
    if status.is_some() || command.expiry.is_some() {
        let changed = PaymentMethodChanged { no, status, expiry: command.expiry };
        draft.record(Fact::PaymentMethodChanged(changed))?;
    }
    if command.default && !command.close {
        if !state.method.method_type.is_electronic() {
            let (payment_method, method_type) = (no.to_string(), state.method.method_type);
            let refused = Rejection::PaymentMethodNotElectronic { payment_method, method_type };
            return Err(refused.into());
        }
        make_default(draft, &account, no)?;
    }
    Ok(())
}

fn make_default(draft: &mut Draft<'_>, account: &Account, no: MethodNo) -> Result<(), Refusal> {
    let default_method = Some(no);
    draft.record(Fact::AccountChanged(AccountChanged {
        default_method,
        ..AccountChanged::nothing(account.no)
    }))
}

/// The method named by a command, whoever's it is.
pub(crate) fn method_of(draft: &Draft<'_>, named: Ref<MethodNo>) -> Result<MethodState, Rejection> {
    let found = draft.base().methods.get(&named.no).filter(|found| named.matches(found.at));
    found.cloned().ok_or_else(|| Rejection::not_found(crate::id::Numbered::document(named.no)))
}

/// The method named by a command, or the account's default; it must be the account's own (scenario
/// 36), electronic, active and not expired. Checks in this order.
pub(crate) fn usable_method(
    draft: &Draft<'_>,
    account: &Account,
    named: Option<Ref<MethodNo>>,
) -> Result<MethodState, Rejection> {
    let state = own_method(draft, account, named)?;
    require_usable(draft.ctx.settings, &state, draft.ctx.today)?;
    Ok(state)
}

/// The method named by a command, or the account's default; it must be the account's own. Checks in this order.
pub(crate) fn own_method(
    draft: &Draft<'_>,
    account: &Account,
    named: Option<Ref<MethodNo>>,
) -> Result<MethodState, Rejection> {
    let missing = || Rejection::PaymentMethodMissing { account: account.no.to_string() };
    let named = match (named, account.default_method) {
        (Some(named), _) => named,
        (None, Some(default)) => Ref::to(default),
        (None, None) => return Err(missing()),
    };
    let state = method_of(draft, named)?;
    if state.method.account != account.no {
        return Err(Rejection::PaymentMethodOfAnotherAccount {
            payment_method: state.method.no.to_string(),
            account: account.no.to_string(),
        });
    }
    Ok(state)
}

/// Refuses a method that is not electronic, closed, or expired. Checks in this order.
pub(crate) fn require_usable(
    settings: &Settings,
    state: &MethodState,
    today: Date,
) -> Result<(), Rejection> {
    let payment_method = state.method.no.to_string();
    if !state.method.method_type.is_electronic() {
        let method_type = state.method.method_type;
        return Err(Rejection::PaymentMethodNotElectronic { payment_method, method_type });
    }
    if state.status == MethodStatus::Closed {
        return Err(Rejection::PaymentMethodClosed { payment_method });
    }
    if state.is_expired(today) && settings.refuse_expired_cards {
        return Err(Rejection::PaymentMethodExpired { payment_method });
    }
    Ok(())
}
