//! Opening and changing accounts, and the organisation's settings.

use jiff::tz::TimeZone;

use super::{AccountChanged, AccountOpened, AccountStatus};
use crate::command::{ChangeAccount, ChangeSettings, OpenAccount};
use crate::context::next;
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::gateway::decide::by_name;
use crate::{AccountNo, Rejection};

/// Opens an account. Checks: external id free.
pub(crate) fn open(draft: &mut Draft<'_>, command: &OpenAccount) -> Result<(), Refusal> {
    if let Some(id) = &command.external_id
        && let Some(taken) = draft.base().account_ids.get(id)
    {
        let (external_id, document) = (id.to_string(), taken.to_string());
        return Err(Rejection::ExternalIdTaken { external_id, document }.into());
    }
    let no = AccountNo(next(&mut draft.numbers.account));
    draft.record(Fact::AccountOpened(AccountOpened {
        no,
        external_id: command.external_id.clone(),
        name: command.name.clone(),
        currency: command.currency,
        automatic_transfer: command.automatic_transfer,
        automatic_application: command.automatic_application,
    }))
}

/// Changes an account. Checks: account exists; the status really changes; the gateway exists.
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangeAccount) -> Result<(), Refusal> {
    let account = draft.account_of(command.account)?;
    if command.status == Some(account.status) {
        let status = match account.status {
            AccountStatus::Active => "active",
            AccountStatus::Canceled => "canceled",
        };
        let account = account.no.to_string();
        return Err(Rejection::AccountStatusUnchanged { account, status }.into());
    }
    let gateway = match &command.gateway {
        Some(name) => Some(by_name(draft.ctx.settings, name)?.no),
        None => None,
    };
    draft.record(Fact::AccountChanged(AccountChanged {
        no: account.no,
        name: command.name.clone(),
        status: command.status,
        automatic_transfer: command.automatic_transfer,
        automatic_application: command.automatic_application,
        gateway,
        default_method: None,
    }))
}

/// Changes the settings. Checks: the time zone exists; each accounting code keeps its role.
pub(crate) fn change_settings(
    draft: &mut Draft<'_>,
    command: &ChangeSettings,
) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    if let Some(zone) = &command.time_zone {
        if TimeZone::get(zone).is_err() {
            let time_zone = zone.chars().take(60).collect();
            return Err(Rejection::UnknownTimeZone { time_zone }.into());
        }
        settings.time_zone.clone_from(zone);
    }
    settings.automatic_transfer = command.automatic_transfer.unwrap_or(settings.automatic_transfer);
    settings.automatic_application =
        command.automatic_application.unwrap_or(settings.automatic_application);
    settings.negative_invoices_in_account_balance = command
        .negative_invoices_in_account_balance
        .unwrap_or(settings.negative_invoices_in_account_balance);
    settings.refuse_expired_cards =
        command.refuse_expired_cards.unwrap_or(settings.refuse_expired_cards);
    settings.refund_rejected = command.refund_rejected.unwrap_or(settings.refund_rejected);
    settings.refund_credit_of_rejected_payment = command
        .refund_credit_of_rejected_payment
        .unwrap_or(settings.refund_credit_of_rejected_payment);
    settings.credit_balance = command.credit_balance.unwrap_or(settings.credit_balance);
    settings.future_dates = command.future_dates.unwrap_or(settings.future_dates);
    settings.custom_field_compatibility =
        command.custom_field_compatibility.unwrap_or(settings.custom_field_compatibility);
    for (role, code) in &command.additional_codes {
        settings.chart.ensure(code, *role)?;
    }
    for (role, code) in &command.accounting_codes {
        settings.chart.assign(*role, code)?;
    }
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}
