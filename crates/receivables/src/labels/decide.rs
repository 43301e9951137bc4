//! Setting labels: while a document is made, and later.

use super::{
    ChangeLabels, DocumentRef, FieldObject, LABELED_MAX, LabelChanges, Labeled, Labels,
    METADATA_MAX, WithLabels,
};
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::id::{Numbered, Ref};
use crate::refund::RefundSource;
use crate::{
    AccountNo, AdjustmentNo, Command, Document, InvoiceNo, ItemAdjustmentNo, Kind, MethodNo,
    PaymentNo, RefundNo, Rejection, Settings,
};

/// What a document is, as far as its labels are concerned.
#[derive(Clone, Copy)]
struct Subject {
    object: FieldObject,
    /// A refund of a credit balance may not take every field: see [`Settings::offers_on_credit_refund`].
    of_credit: bool,
}

/// Labels what `command` made; called after its own checks. Checks: no required field that a refund of a credit balance
/// could not take; then [`merged`]; then that every required field has a value; not too many documents.
pub(crate) fn attach(draft: &mut Draft<'_>, command: &Command) -> Result<(), Refusal> {
    let (bare, none) = (command.bare(), LabelChanges::default());
    let (changes, items) = match command {
        Command::WithLabels(with) => {
            let WithLabels { labels, items, .. } = with.as_ref();
            (labels, items.as_slice())
        }
        _ => (&none, [].as_slice()),
    };
    let settings = draft.ctx.settings;
    let Some(object) = bare.labels_object() else {
        if changes.is_empty() && items.is_empty() {
            return Ok(());
        }
        return Err(Rejection::LabelsNotTaken { command: bare.name() }.into());
    };
    if changes.is_empty() && items.is_empty() && settings.custom_fields.is_empty() {
        return Ok(());
    }
    let of_credit = matches!(bare, Command::RefundCreditBalance(_));
    let mut required = settings.required_fields(object);
    if of_credit
        && let Some(field) = required.find(|field| !settings.offers_on_credit_refund(field))
    {
        let field = field.name.to_string();
        return Err(Rejection::AdvancedFieldBlocksCreditBalanceRefund { field }.into());
    }
    let labels = made(settings, Subject { object, of_credit }, changes)?;
    let documents = draft.facts().iter().filter_map(Fact::made);
    let documents = documents.filter(|of| of.kind == object.kind()).take(LABELED_MAX + 1);
    let mut facts: Vec<(Document, Labels)> = documents.map(|of| (of, labels.clone())).collect();
    facts.extend(item_labels(draft, items)?);
    facts.retain(|(_, labels)| !labels.is_empty());
    if facts.len() > LABELED_MAX {
        return Err(Rejection::TooMany { what: "documents with labels", max: LABELED_MAX }.into());
    }
    for (of, labels) in facts {
        draft.record(Fact::Labeled(Box::new(Labeled::new(of, labels))))?;
    }
    Ok(())
}

/// Labels for the items of the invoice that was drafted.
fn item_labels(
    draft: &Draft<'_>,
    given: &[LabelChanges],
) -> Result<Vec<(Document, Labels)>, Rejection> {
    let (settings, none) = (draft.ctx.settings, LabelChanges::default());
    let mut found = Vec::new();
    for fact in draft.facts() {
        let Fact::InvoiceDrafted(drafted) = fact else { continue };
        for (index, item) in drafted.items.iter().enumerate() {
            let subject = Subject { object: FieldObject::InvoiceItem, of_credit: false };
            let labels = made(settings, subject, given.get(index).unwrap_or(&none))?;
            found.push((item.no.document(), labels));
        }
    }
    Ok(found)
}

/// The labels of a new document.
fn made(
    settings: &Settings,
    subject: Subject,
    changes: &LabelChanges,
) -> Result<Labels, Rejection> {
    let labels = merged(settings, subject, Labels::default(), changes)?;
    let mut required = settings.required_fields(subject.object);
    match required.find(|field| !labels.custom_fields.contains_key(&field.name)) {
        Some(field) => Err(missing(subject, &field.name)),
        None => Ok(labels),
    }
}

fn missing(subject: Subject, field: &super::FieldName) -> Rejection {
    Rejection::CustomFieldMissing { object: subject.object.name(), field: field.to_string() }
}

/// Labels after some changes. Checks for each field by its name: there is one; it is active; a refund of a credit
/// balance takes it; the type of the value, its length, its picklist. Then: not too many pairs of metadata.
fn merged(
    settings: &Settings,
    subject: Subject,
    mut labels: Labels,
    changes: &LabelChanges,
) -> Result<Labels, Rejection> {
    for (name, value) in &changes.custom_fields {
        let (object, field) = (subject.object.name(), name.to_string());
        let Some(defined) = settings.custom_field(subject.object, name) else {
            return Err(Rejection::UnknownCustomField { object, field });
        };
        let Some(value) = value else {
            labels.custom_fields.remove(name);
            continue;
        };
        if !defined.active {
            return Err(Rejection::CustomFieldInactive { object, field });
        }
        if subject.of_credit && !settings.offers_on_credit_refund(defined) {
            return Err(Rejection::AdvancedFieldNotAccepted { field });
        }
        value.check(name, &defined.field_type)?;
        labels.custom_fields.insert(name.clone(), value.clone());
    }
    for (key, change) in &changes.metadata {
        match &change.0 {
            Some(value) => drop(labels.metadata.insert(key.clone(), value.clone())),
            None => drop(labels.metadata.remove(key)),
        }
    }
    if labels.metadata.len() > METADATA_MAX {
        return Err(Rejection::TooMany { what: "pairs of metadata", max: METADATA_MAX });
    }
    Ok(labels)
}

/// Changes the labels of a document. Checks: it exists; something is given; then [`merged`]; then that no required
/// field is taken away. An account that is canceled takes labels: they move nothing.
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangeLabels) -> Result<(), Refusal> {
    let of = command.of.document;
    let subject = find(draft, &command.of)?;
    if command.changes.is_empty() {
        return Err(Rejection::NothingGiven { what: "custom fields or metadata" }.into());
    }
    let settings = draft.ctx.settings;
    let before = draft.base().labels.get(&of).cloned().unwrap_or_default();
    let labels = merged(settings, subject, before, &command.changes)?;
    let mut required = settings.required_fields(subject.object);
    let taken =
        required.find(|field| command.changes.custom_fields.get(&field.name) == Some(&None));
    if let Some(field) = taken {
        return Err(missing(subject, &field.name).into());
    }
    draft.record(Fact::Labeled(Box::new(Labeled::new(of, labels))))
}

/// Finds the document and puts the decision on its account.
fn find(draft: &mut Draft<'_>, of: &DocumentRef) -> Result<Subject, Rejection> {
    let (base, no) = (draft.base(), of.document.number);
    let mut of_credit = false;
    let found = match of.document.kind {
        Kind::Account => base.accounts.get(&AccountNo(no)).map(|it| (it.no, it.opened_at)),
        Kind::Invoice => base.invoices.get(&InvoiceNo(no)).map(|it| (it.account, it.drafted_at)),
        Kind::Payment => {
            base.payments.get(&PaymentNo(no)).map(|it| (it.recorded.account, it.recorded.at))
        }
        Kind::CreditBalanceAdjustment => {
            base.adjustments.get(&AdjustmentNo(no)).map(|it| (it.account, it.at))
        }
        Kind::InvoiceItemAdjustment => {
            base.item_adjustments.get(&ItemAdjustmentNo(no)).map(|it| (it.account, it.at))
        }
        Kind::Refund => base.refunds.get(&RefundNo(no)).map(|it| {
            of_credit = matches!(it.document.source, RefundSource::CreditBalance(_));
            (it.account, it.at)
        }),
        Kind::PaymentMethod => base.methods.get(&MethodNo(no)).map(|it| (it.method.account, it.at)),
        Kind::JournalEntry | Kind::InvoiceItem => None,
    };
    let found = found.filter(|(_, at)| of.matches(*at));
    match (found, FieldObject::of(of.document.kind)) {
        (Some((account, _)), Some(object)) => {
            draft.account_of(Ref::to(account))?;
            Ok(Subject { object, of_credit })
        }
        _ => Err(Rejection::not_found(of.document)),
    }
}
