//! The cases, by what they are about. Each makes a place of its own.

pub mod api_keys;
pub mod audit;
pub mod committing;
pub mod crowds;
pub mod gateways;
pub mod importing;
pub mod keys;
pub mod limits;
pub mod loading;
pub mod races;
pub mod reading;
pub mod side;

use crate::model::Model;
use crate::place::{Opened, Place};
use crate::sample;
use crate::turn::Desk;

/// Empty books, open.
fn empty<P: Place>() -> (P, Opened) {
    let place = P::fresh();
    let opened = place.open(1);
    (place, opened)
}

/// Books with the sample, open, and what they hold.
fn filled<P: Place>() -> (P, Opened, Model) {
    let (place, mut opened) = empty::<P>();
    let mut desk = Desk::at(opened.store());
    sample::fill(&mut desk);
    let model = desk.model;
    (place, opened, model)
}

/// Closes the books and opens them again.
fn reopened<P: Place>(place: &P, opened: Opened) -> Opened {
    opened.close();
    place.open(1)
}
