//! Webhooks in. A notice is believed only if its signature holds on the raw body; even then it only
//! reports, as a worker does, or has the gateway asked. The same notice again changes nothing, for ever:
//! its id is its idempotency key.

use std::sync::Arc;

use engine::{Actor, Engine, Failure, IdempotencyKey, Reader, Request};
use gateway::{Notice, NoticeKind, WebhookError};
use receivables::command::{AnswerSource, NoteDispute, OrderRef};
use receivables::gateway::Gateway;
use receivables::id::{Numbered, Ref};
use receivables::order::Order;
use receivables::{Command, Document, PaymentNo, RefundNo};

use crate::gateways::{Gateways, GatewaysError};
use crate::report::Answer;

/// What was done with a webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Notices in it.
    pub notices: usize,
    /// Those that changed the books.
    pub applied: usize,
    /// Those after which the gateway is asked.
    pub looked_up: usize,
    /// Those that said nothing new.
    pub nothing_new: usize,
    /// Those about nothing of ours.
    pub not_ours: usize,
}

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// Its signature does not hold, or it cannot be read.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The gateway cannot be used.
    #[error(transparent)]
    Gateways(#[from] GatewaysError),
    /// The books cannot be read or written now; the gateway should send it again.
    #[error("{0}")]
    Unavailable(String),
}

/// Takes a webhook of `gateway`. Header names are in lower case.
///
/// # Errors
///
/// [`NoticeError`]. Then nothing, or only a part of it, was taken; sending it again is safe.
pub async fn take(
    engine: &Engine,
    reader: &Arc<dyn Reader>,
    gateways: &Arc<Gateways>,
    gateway: &Gateway,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Taken, NoticeError> {
    let line = gateways.line_later(gateway).await?;
    let notices = line.connector.webhook(headers, body, engine.clock().now())?;
    let mut taken = Taken { notices: notices.len(), ..Taken::default() };
    for (index, notice) in notices.into_iter().enumerate() {
        let found = {
            let (reader, gateway, notice) = (Arc::clone(reader), gateway.clone(), notice.clone());
            tokio::task::spawn_blocking(move || find(reader.as_ref(), &gateway, &notice)).await
        };
        let found = found.map_err(|error| NoticeError::Unavailable(error.to_string()))??;
        let Some((order, attempt)) = found else {
            tracing::info!(gateway = %gateway.name, event = notice.event_id, "a notice about nothing of ours");
            taken.not_ours += 1;
            continue;
        };
        let key = format!("notice {} {} {index}", gateway.no.0, notice.event_id);
        let (command, hint) = command(notice, &order, attempt);
        match tell(engine, gateway, command, &key).await? {
            Told::Applied if hint => taken.looked_up += 1,
            Told::Applied => taken.applied += 1,
            Told::NothingNew => taken.nothing_new += 1,
        }
    }
    Ok(taken)
}

enum Told {
    Applied,
    NothingNew,
}

async fn tell(
    engine: &Engine,
    gateway: &Gateway,
    command: Command,
    key: &str,
) -> Result<Told, NoticeError> {
    // The id of an event is the gateway's and may be long or odd: hashed it is a key in any case.
    let key = format!("notice {} {}", gateway.no.0, engine::hash(key.as_bytes()));
    let key = IdempotencyKey::try_new(&key)
        .map_err(|error| NoticeError::Unavailable(error.to_string()))?;
    let actor: Arc<str> = Arc::from(format!("gateway {}", gateway.name));
    match engine.execute(Request::new(command, key, Actor::program(actor), "webhook")).await {
        Ok(outcome) if outcome.replayed => Ok(Told::NothingNew),
        Ok(_) => Ok(Told::Applied),
        Err(Failure::Rejected(rejection)) => {
            tracing::debug!(%rejection, "a notice changes nothing");
            Ok(Told::NothingNew)
        }
        // The same event with another content: the first one holds.
        Err(Failure::KeyReused { .. }) => Ok(Told::NothingNew),
        Err(failure) => Err(NoticeError::Unavailable(format!("{failure:?}"))),
    }
}

/// What a notice leads to; true if it only has the gateway asked. One that does not say which attempt it
/// is about does no more than that.
fn command(notice: Notice, order: &Order, attempt: Option<u16>) -> (Command, bool) {
    let named = OrderRef::to(order.placed.document);
    let dispute = |open, lost| Command::NoteDispute(NoteDispute { order: named, open, lost });
    match (notice.kind, attempt) {
        (NoticeKind::State { state, receipt }, Some(attempt)) => {
            let answer = Answer::state(&state, &receipt);
            (Command::ReportOrder(answer.report(named, attempt, AnswerSource::Notice)), false)
        }
        (NoticeKind::DisputeOpened { .. }, _) => (dispute(true, false), false),
        (NoticeKind::DisputeClosed { won }, _) => (dispute(false, !won), false),
        (NoticeKind::State { .. } | NoticeKind::Hint, _) => (Command::HurryOrder(named), true),
    }
}

/// The order a notice is about, and the attempt: by the key of the attempt, which is ours and
/// unmistakable; else by our reference; else by the gateway's id. It must be an order of this gateway.
fn find(
    reader: &dyn Reader,
    gateway: &Gateway,
    notice: &Notice,
) -> Result<Option<(Order, Option<u16>)>, NoticeError> {
    let unavailable = |error: engine::ReadError| NoticeError::Unavailable(error.to_string());
    let ours = |order: &Order| order.placed.gateway == gateway.no;
    if let Some((document, stamp, attempt)) = notice.key.as_deref().and_then(from_key) {
        let order = reader.order(document).map_err(unavailable)?;
        let fits = |order: &Order| receivables::id::stamp(order.placed_at) == stamp;
        if let Some(order) = order.filter(|order| ours(order) && fits(order)) {
            return Ok(Some((order, Some(attempt))));
        }
    }
    let mut documents = Vec::new();
    let prefix = gateway.reference_prefix.as_ref().map_or("", |prefix| prefix.as_str());
    if let Some(reference) = notice.reference.as_deref().and_then(|it| it.strip_prefix(prefix)) {
        documents.extend(document_of(reference));
    }
    for document in documents {
        let order = reader.order(document).map_err(unavailable)?;
        if let Some(order) = order.filter(ours) {
            let attempt = attempt_of(&order, notice);
            return Ok(Some((order, attempt)));
        }
    }
    let Some(id) = &notice.gateway_id else { return Ok(None) };
    let Some(document) = reader.find_order(gateway.no, id).map_err(unavailable)? else {
        return Ok(None);
    };
    let order = reader.order(document).map_err(unavailable)?;
    Ok(order.map(|order| {
        let attempt = attempt_of(&order, notice);
        (order, attempt)
    }))
}

/// Which attempt a notice without a key is about: the one with the gateway's id, or the only one there is
/// while no id is known. A reference alone can be used twice: by a void of the same payment, by another
/// organisation on the same merchant account, by hand in the gateway's console.
fn attempt_of(order: &Order, notice: &Notice) -> Option<u16> {
    let id = notice.gateway_id.as_deref()?;
    let first = || (order.attempt == 1 && order.id_of(1).is_none()).then_some(1);
    order.attempt_of(id).or_else(first)
}

/// The document, its creation stamp and the attempt in the key of an attempt.
fn from_key(key: &str) -> Option<(Document, u64, u16)> {
    let (id, attempt) = key.rsplit_once('-')?;
    if id.len() != 32 {
        return None;
    }
    let attempt = attempt.parse().ok()?;
    let stamp = |named: Option<u64>| named;
    let by_refund = id.parse::<Ref<RefundNo>>().ok().map(|it| (it.no.document(), it.stamp));
    let by_payment = || id.parse::<Ref<PaymentNo>>().ok().map(|it| (it.no.document(), it.stamp));
    let (document, at) = by_refund.or_else(by_payment)?;
    Some((document, stamp(at)?, attempt))
}

/// The refund or payment a reference names.
pub(crate) fn document_of(reference: &str) -> Option<Document> {
    let refund = reference.parse::<Ref<RefundNo>>().ok().map(|named| named.no.document());
    refund.or_else(|| Some(reference.parse::<Ref<PaymentNo>>().ok()?.no.document()))
}

#[cfg(test)]
mod tests {
    use receivables::PublicId;

    use super::*;

    #[test]
    fn the_key_of_an_attempt_names_its_document() {
        let at: jiff::Timestamp = "2026-11-26T10:00:00.123Z".parse().unwrap();
        let document = RefundNo(12).document();
        let id = PublicId::new(document, at, receivables::AccountNo(7));
        let found = from_key(&format!("{id}-3")).unwrap();
        assert_eq!(found, (document, receivables::id::stamp(at), 3));
        for text in ["", "-", "R-00000012-1", "zz-1", &format!("{id}"), &format!("{id}-x")] {
            assert_eq!(from_key(text), None, "{text}");
        }
    }

    #[test]
    fn references_name_refunds_and_payments_only() {
        assert_eq!(document_of("R-00000012"), Some(RefundNo(12).document()));
        assert_eq!(document_of("P-00000012"), Some(PaymentNo(12).document()));
        for text in ["", "INV00000001", "R-1", "x R-00000012"] {
            assert_eq!(document_of(text), None, "{text}");
        }
    }
}
