use jiff::Timestamp;
use money::Money;
use receivables::gateway::GatewayKind;

use crate::instruction::{Instruction, Question};
use crate::outcome::{Finding, MoneyState, Outcome, Receipt};
use crate::webhook::{Notice, WebhookError};
use crate::wire::{Exchange, HttpRequest};

/// What comes next: another request, or the result.
#[derive(Clone)]
pub enum Step<T> {
    /// Carry this and ask again with what came of it.
    Ask(HttpRequest),
    /// Nothing more to ask.
    Done(T),
}

/// A span of time, from inclusive, to exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
}

/// What kind of transaction a gateway lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettledKind {
    /// A payment.
    Charge,
    /// A refund or credit.
    Refund,
}

/// One transaction as a gateway lists it, for reconciliation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Payment or refund.
    pub kind: SettledKind,
    /// Our merchant reference, if the gateway kept it.
    pub reference: Option<String>,
    /// Its ids and amount.
    pub receipt: Receipt,
    /// How much.
    pub amount: Money,
    /// Its state.
    pub state: MoneyState,
    /// When it was made.
    pub at: Timestamp,
}

/// Translates between our words and a gateway's wire. Pure: made with its credentials, it neither keeps
/// state nor asks for the time.
///
/// A conversation is handed in whole, oldest exchange first, and bounded by [`STEPS_MAX`].
pub trait Connector: Send + Sync {
    /// Which processor.
    fn kind(&self) -> GatewayKind;

    /// The processor's own address, without a slash at its end.
    fn address(&self) -> &'static str;

    /// Sends an instruction, or says what came of sending it. `now` is when this exchange happens, for
    /// signatures that carry it. The money-moving request is sent at most once per call: a second
    /// `Ask` after it may only read.
    fn send(&self, instruction: &Instruction, now: Timestamp, so_far: &[Exchange])
    -> Step<Outcome>;

    /// Looks up what became of an instruction. Never moves money.
    fn look_up(&self, question: &Question, so_far: &[Exchange]) -> Step<Finding>;

    /// Verifies a webhook on its raw body and reads it. Header names are in lower case. Some gateways
    /// put several notices into one body.
    ///
    /// # Errors
    ///
    /// [`WebhookError`].
    fn webhook(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Notice>, WebhookError>;

    /// Everything the gateway did in a window, for reconciliation. `Err` says why it could not be read.
    fn list(
        &self,
        window: Window,
        now: Timestamp,
        so_far: &[Exchange],
    ) -> Step<Result<Vec<Settled>, String>>;

    /// A request that proves the credentials without changing anything, and what came of it.
    fn test(&self, now: Timestamp, so_far: &[Exchange]) -> Step<Result<(), String>>;
}

/// How many exchanges one conversation may have.
pub const STEPS_MAX: usize = 64;
