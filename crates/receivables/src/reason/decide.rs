//! Changing the list of reason codes (domain 8.2).

use super::{Category, REASON_CODES_MAX, Reason, ReasonCode};
use crate::command::{ChangeReasonCode, MakeReasonCode};
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::{Rejection, Settings};

/// Adds a reason code. Checks in this order: the category does not have it; not too many.
pub(crate) fn make(draft: &mut Draft<'_>, command: &MakeReasonCode) -> Result<(), Refusal> {
    let mut settings = with_whole_list(draft.ctx.settings);
    let MakeReasonCode { category, code } = command;
    if place_of(&settings, *category, code).is_some() {
        return Err(Rejection::ReasonCodeTaken { reason_code: code.to_string() }.into());
    }
    if settings.reason_codes.len() >= REASON_CODES_MAX {
        return Err(Rejection::TooMany { what: "reason codes", max: REASON_CODES_MAX }.into());
    }
    let (category, code) = (*category, code.clone());
    settings.reason_codes.push(Reason { category, code, active: true, default: false });
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// Changes a reason code. Making it the default activates it (domain 8.2). Checks in this order: the category has it;
/// the default stays active.
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangeReasonCode) -> Result<(), Refusal> {
    let mut settings = with_whole_list(draft.ctx.settings);
    let ChangeReasonCode { category, code, active, default } = command;
    let unknown = || Rejection::UnknownReasonCode {
        reason_code: code.to_string(),
        allowed: category.list(draft.ctx.settings).iter().map(|it| it.code.to_string()).collect(),
    };
    let place = place_of(&settings, *category, code).ok_or_else(unknown)?;
    let list = &mut settings.reason_codes;
    if *default {
        for reason in list.iter_mut().filter(|reason| reason.category == *category) {
            reason.default = false;
        }
    }
    if let Some(reason) = list.get_mut(place) {
        reason.default |= *default;
        reason.active = (*active).unwrap_or(reason.active) || *default;
        if reason.default && !reason.active {
            return Err(Rejection::ReasonCodeIsDefault { reason_code: code.to_string() }.into());
        }
    }
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// The settings with the predefined codes written out, so that they can be changed.
fn with_whole_list(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    if settings.reason_codes.is_empty() {
        let all = Category::ALL.into_iter().flat_map(|category| category.list(&settings));
        settings.reason_codes = all.collect();
    }
    settings
}

fn place_of(settings: &Settings, category: Category, code: &ReasonCode) -> Option<usize> {
    let is = |reason: &Reason| reason.category == category && reason.code == *code;
    settings.reason_codes.iter().position(is)
}
