//! The life of an order, by the rules alone: scenarios 9, 14 to 16, 32 to 37, 40, 45, 46 of the domain
//! dossier, and what gateways do to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod answers;
mod documents;
mod house;
mod scenarios;

use crate::house::{House, named};
use receivables::Command;
use receivables::command as c;
use receivables::gateway::GatewayKind;

pub(crate) fn with_key() -> House {
    House::new(GatewayKind::Sandbox)
}

pub(crate) fn without_key() -> House {
    House::new(GatewayKind::CyberSource)
}

pub(crate) fn figures(credit: &str, available: &str) -> (String, String) {
    (credit.to_owned(), available.to_owned())
}

pub(crate) fn resolve(document: receivables::Document, paid: bool) -> Command {
    Command::ResolveOrder(c::ResolveOrder {
        order: c::OrderRef::to(document),
        paid,
        gateway_id: None,
        words: Default::default(),
    })
}

pub(crate) fn deactivate(house: &mut House) {
    house.ok(Command::ChangeGateway(c::ChangeGateway {
        gateway: named("main"),
        active: Some(false),
        unreferenced_credits: None,
        url: None,
        concurrency: None,
        per_second: None,
        default: None,
    }));
}
