//! What a decision changed: before and after. Computed from the history when it is shown, and not stored twice.

use engine::Reader;
use receivables::account::AccountChanged;
use receivables::fact::Fact;
use receivables::id::Numbered;
use receivables::invoice::InvoiceStatus;
use receivables::labels::Labels;
use receivables::order::{Order, OrderMoved};
use receivables::payment_method::{Expiry, MethodStatus, PaymentMethodChanged};
use receivables::{Entry, EntryNo, Settings};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::payment_methods::month;
use crate::problem::ApiError;

/// How many changes of one decision are shown.
const CHANGES_MAX: usize = 200;

/// One thing that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ChangeView {
    /// The document, or `settings`.
    #[schema(example = "A00000001")]
    pub(crate) of: String,
    /// What of it; in the settings with the name of the role, policy, gateway or custom field.
    #[schema(example = "roles[Payout desk].active")]
    pub(crate) field: String,
    /// What it was; absent if it was not there. What is more than a text is written as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<String>,
    /// What it is from then on; absent if it is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
}

/// What an entry changed of accounts, settings, labels, payment methods, and of how invoices and orders stand; at most
/// 200 changes.
pub(crate) fn changes(reader: &dyn Reader, entry: &Entry) -> Result<Vec<ChangeView>, ApiError> {
    let no = entry.head.no;
    let mut found = Vec::new();
    for fact in &entry.facts {
        let (of, before, after) = match fact {
            Fact::SettingsChanged(settings) => settings_changed(reader, no, settings)?,
            Fact::AccountChanged(changed) => account_changed(reader, no, changed)?,
            Fact::Labeled(labeled) => {
                let before = reader.labels(&[labeled.document], Some(no))?.pop();
                let before: Labels = before.map(|(_, labels)| labels).unwrap_or_default();
                (labeled.document.to_string(), json(&before)?, json(&labeled.labels())?)
            }
            Fact::InvoiceStatusChanged(changed) => {
                let before = match changed.status {
                    InvoiceStatus::Draft => InvoiceStatus::Posted,
                    InvoiceStatus::Posted | InvoiceStatus::Canceled => InvoiceStatus::Draft,
                };
                let status = |status: InvoiceStatus| serde_json::json!({"status": status.name()});
                (changed.invoice.to_string(), status(before), status(changed.status))
            }
            Fact::Canceled(canceled) => {
                let status = |status: &str| serde_json::json!({"status": status});
                (canceled.document.to_string(), status("processed"), status("canceled"))
            }
            Fact::OrderMoved(moved) => match order_moved(reader, entry, moved)? {
                Some(change) => change,
                None => continue,
            },
            Fact::PaymentMethodChanged(changed) => method_changed(reader, no, *changed)?,
            _ => continue,
        };
        differ(&of, "", &before, &after, &mut found);
    }
    found.truncate(CHANGES_MAX);
    Ok(found)
}

type Change = (String, Value, Value);

fn json<T: Serialize>(value: &T) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|error| ApiError::internal(error.to_string()))
}

fn settings_changed(
    reader: &dyn Reader,
    no: EntryNo,
    settings: &Settings,
) -> Result<Change, ApiError> {
    let before = reader.settings_before(no)?;
    Ok(("settings".to_owned(), json(&before)?, json(settings)?))
}

fn account_changed(
    reader: &dyn Reader,
    no: EntryNo,
    changed: &AccountChanged,
) -> Result<Change, ApiError> {
    let before = reader.account_before(changed.no, no)?;
    let before = before.unwrap_or(AccountChanged::nothing(changed.no));
    let after = AccountChanged {
        no: changed.no,
        name: changed.name.clone().or_else(|| before.name.clone()),
        status: changed.status.or(before.status),
        automatic_transfer: changed.automatic_transfer.or(before.automatic_transfer),
        automatic_application: changed.automatic_application.or(before.automatic_application),
        gateway: changed.gateway.or(before.gateway),
        default_method: changed.default_method.or(before.default_method),
    };
    Ok((changed.no.to_string(), json(&before)?, json(&after)?))
}

/// How an order stands, as far as people ask. Nothing if its beginning is not in the history.
fn order_moved(
    reader: &dyn Reader,
    entry: &Entry,
    moved: &OrderMoved,
) -> Result<Option<Change>, ApiError> {
    let events = reader.order_history(moved.document)?;
    let earlier = events.iter().filter(|event| event.entry < entry.head.no);
    let mut order = None;
    for event in earlier {
        match (&event.fact, &mut order) {
            (Fact::OrderPlaced(placed), _) => {
                order = Some(Order::new(placed, entry.head.account, event.at));
            }
            (Fact::OrderMoved(moved), Some(order)) => order.take(moved, event.at),
            _ => {}
        }
    }
    let Some(mut order) = order else { return Ok(None) };
    let stands = |order: &Order| {
        serde_json::json!({
            "state": order.state, "attempt": order.attempt, "settlement": order.settlement,
            "gateway_id": order.said.id, "second_id": order.said.second_id, "reason": order.reason,
            "disputed": order.disputed, "resolved": order.resolved,
            "contradicted": order.contradicted,
        })
    };
    let before = stands(&order);
    order.take(moved, entry.head.at);
    Ok(Some((moved.document.to_string(), before, stands(&order))))
}

/// What of a payment method can be changed.
fn method_changed(
    reader: &dyn Reader,
    no: EntryNo,
    changed: PaymentMethodChanged,
) -> Result<Change, ApiError> {
    let (mut status, mut expiry) = (MethodStatus::Active, None);
    let events = reader.order_history(changed.no.document())?;
    for event in events.iter().filter(|event| event.entry < no) {
        match &event.fact {
            Fact::PaymentMethodAdded(method) => expiry = method.expiry,
            Fact::PaymentMethodChanged(earlier) => {
                (status, expiry) = (earlier.status.unwrap_or(status), earlier.expiry.or(expiry));
            }
            _ => {}
        }
    }
    let after = (changed.status.unwrap_or(status), changed.expiry.or(expiry));
    let stands = |(status, expiry): (MethodStatus, Option<Expiry>)| serde_json::json!({"status": status, "expiry": expiry.map(month)});
    Ok((changed.no.to_string(), stands((status, expiry)), stands(after)))
}

/// Walks both side by side down to what differs. The depth is that of our own facts.
fn differ(of: &str, path: &str, before: &Value, after: &Value, found: &mut Vec<ChangeView>) {
    if before == after || found.len() > CHANGES_MAX {
        return;
    }
    let (left, right) = (members(before), members(after));
    if left.is_none() && right.is_none() || !(matches(before) && matches(after)) {
        let change = ChangeView {
            of: of.to_owned(),
            field: path.to_owned(),
            before: text(before),
            after: text(after),
        };
        found.push(change);
        return;
    }
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    let nothing = Value::Null;
    let value = |list: &[(String, Value)], name: &str| {
        list.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let only_right = right.iter().filter(|(name, _)| left.iter().all(|(known, _)| known != name));
    let names: Vec<&String> = left.iter().chain(only_right).map(|(name, _)| name).collect();
    for name in names {
        let (one, other) = (value(&left, name), value(&right, name));
        let path = if path.is_empty() || name.starts_with('[') {
            format!("{path}{name}")
        } else {
            format!("{path}.{name}")
        };
        let (one, other) = (one.as_ref().unwrap_or(&nothing), other.as_ref().unwrap_or(&nothing));
        differ(of, &path, one, other, found);
    }
}

/// True for what can be walked into, and for what is not there.
fn matches(value: &Value) -> bool {
    value.is_null() || members(value).is_some()
}

/// The members of an object, or of a list whose members have names.
fn members(value: &Value) -> Option<Vec<(String, Value)>> {
    match value {
        Value::Object(object) => {
            Some(object.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        Value::Array(list) if !list.is_empty() => list
            .iter()
            .map(|value| {
                let part = |name: &str| value.get(name).and_then(Value::as_str);
                let name = part("name")?;
                let object = part("object").map(|object| format!("{object}.")).unwrap_or_default();
                Some((format!("[{object}{name}]"), value.clone()))
            })
            .collect(),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
