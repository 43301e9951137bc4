//! The free texts of a command.

use super::{Command, Words};
use crate::labels::LabelChanges;
use crate::payment_method::card_number::looks_like_card_number;
use crate::text::Text;

impl Command {
    /// The first free text of the command that looks like a full card number, by its field. Identifiers of
    /// other systems and stock keeping units are none: a thirteenth of all article numbers would pass.
    pub fn card_number(&self) -> Option<&'static str> {
        let mut found = None;
        let mut look = |field: &'static str, text: Option<&str>| {
            if found.is_none() && text.is_some_and(looks_like_card_number) {
                found = Some(field);
            }
        };
        if let Self::WithLabels(with) = self {
            let labels = std::iter::once(&with.labels).chain(&with.items);
            labels.flat_map(LabelChanges::texts).for_each(|(field, text)| look(field, Some(text)));
        }
        let bare = self.bare();
        if let Some(words) = bare.words() {
            look("comment", words.comment.as_ref().map(Text::as_str));
            look("reference", words.reference.as_ref().map(Text::as_str));
        }
        match bare {
            Self::ChangeLabels(command) => {
                command.changes.texts().for_each(|(field, text)| look(field, Some(text)));
            }
            Self::DefineCustomField(field) => look("label", Some(field.label.as_str())),
            Self::ChangeCustomField(command) => {
                look("label", command.label.as_ref().map(Text::as_str));
            }
            Self::OpenAccount(command) => look("name", Some(command.name.as_str())),
            Self::CreateInvoice(command) => {
                for item in &command.items {
                    look("description", item.description.as_ref().map(Text::as_str));
                }
            }
            Self::ApproveRefund(review)
            | Self::RejectRefund(review)
            | Self::WithdrawRefund(review)
            | Self::ReturnRefund(review) => {
                look("comment", review.comment.as_ref().map(Text::as_str));
            }
            Self::PayRefund(command) => {
                look("reference", Some(command.reference.as_str()));
                look("comment", command.comment.as_ref().map(Text::as_str));
            }
            Self::MakePolicy(policy) => look("name", Some(policy.name.as_str())),
            Self::MakeRole(command) => {
                look("name", Some(command.name.as_str()));
                look("description", command.description.as_ref().map(Text::as_str));
            }
            Self::ChangeRole(command) => {
                look("description", command.description.as_ref().map(Text::as_str));
            }
            Self::MakeReasonCode(command) => look("code", Some(command.code.as_str())),
            Self::MakePeriod(command) => look("name", Some(command.name.as_str())),
            Self::AddGateway(command) => look("name", Some(command.name.as_str())),
            Self::ChangeAccount(command) => look("name", command.name.as_ref().map(Text::as_str)),
            Self::AddPaymentMethod(command) => {
                look("token", command.token.as_ref().map(Text::as_str));
                look("customer", command.customer.as_ref().map(Text::as_str));
                look("brand", command.brand.as_ref().map(Text::as_str));
            }
            Self::ResolveOrder(command) => {
                look("gateway_id", command.gateway_id.as_ref().map(Text::as_str));
            }
            _ => {}
        }
        found
    }

    pub(crate) fn words(&self) -> Option<&Words> {
        Some(match self {
            Self::AdjustInvoiceItems(command) => &command.words,
            Self::CancelInvoiceItemAdjustment(command) => &command.words,
            Self::RecordPayment(command) => &command.words,
            Self::CancelPayment(command) | Self::VoidPayment(command) => &command.words,
            Self::TransferToCreditBalance(command) => &command.words,
            Self::ApplyCreditBalance(command) => &command.words,
            Self::CancelCreditBalanceAdjustment(command) => &command.words,
            Self::CounterAdjust(command) => &command.words,
            Self::RefundCreditBalance(command) => &command.words,
            Self::RefundPayment(command) => &command.words,
            Self::CancelRefund(command) => &command.words,
            Self::ChargePayment(command) => &command.words,
            Self::Collect(command) => &command.words,
            Self::ResolveOrder(command) => &command.words,
            _ => return None,
        })
    }
}
