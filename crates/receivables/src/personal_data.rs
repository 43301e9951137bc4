//! What identifies a customer as a person is kept beside the history, so that it can be erased without touching what is
//! sealed. The history says that it was stored or erased, when and by whom, and never what it was.

use serde::{Deserialize, Serialize};

use crate::AccountNo;
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::id::Ref;

/// What became of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalDataStep {
    /// It was stored, instead of what was there.
    Stored,
    /// It was erased.
    Erased,
}

/// Says what becomes of the personal data of an account.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NotePersonalData {
    /// Whose.
    pub account: Ref<AccountNo>,
    /// What becomes of it.
    pub step: PersonalDataStep,
}

/// Personal data was stored or erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalDataNoted {
    /// Whose.
    pub account: AccountNo,
    /// What became of it.
    pub step: PersonalDataStep,
}

/// Notes it. Checks: the account exists. A canceled one keeps the right to be forgotten.
pub(crate) fn note(draft: &mut Draft<'_>, command: &NotePersonalData) -> Result<(), Refusal> {
    let account = draft.account_of(command.account)?.no;
    draft.record(Fact::PersonalDataNoted(PersonalDataNoted { account, step: command.step }))
}
