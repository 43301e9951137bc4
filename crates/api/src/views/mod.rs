//! What the API answers: documents, effects, balances. Amounts are decimal strings.

mod documents;
mod effect;

pub(crate) use documents::{
    AccountView, AdjustmentView, ApiKeyView, CancelCheck, InvoiceView, ItemAdjustmentView,
    PaymentView, RefundView, SettingsView,
};
pub(crate) use effect::{EffectView, EntryView, render_effect};
