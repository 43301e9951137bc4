//! The one entrance: a command against the books.

use jiff::Timestamp;

use crate::account::decide as account;
use crate::adjustment::decide as adjustment;
use crate::approval::decide as approval;
use crate::books::Books;
use crate::context::{Context, Numbers};
use crate::credit_balance::decide as credit_balance;
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::gateway::decide as gateway;
use crate::invoice::decide as invoice;
use crate::journal::Posting;
use crate::labels::{decide as labels, define};
use crate::order::{by_hand, claim, decide as order};
use crate::payment::decide as payment;
use crate::payment_method::decide as payment_method;
use crate::period::decide as period;
use crate::permission::decide as role;
use crate::personal_data;
use crate::reason::decide as reason;
use crate::refund::decide as refund;
use crate::{AccountNo, Command, Document, EntryNo, Rejection};

/// What an accepted command does: appended facts, balanced postings, changed states.
#[derive(Debug)]
pub struct Decision {
    /// The account it is on.
    pub account: AccountNo,
    /// Its position in the history.
    pub entry: EntryNo,
    /// When it acts: the instant handed in, but never before the last decision on the account.
    pub at: Timestamp,
    /// What happened.
    pub facts: Vec<Fact>,
    /// The journal entry.
    pub postings: Vec<Posting>,
    /// States after it.
    pub changed: Books,
    /// Numbers after it.
    pub numbers: Numbers,
}

/// Decides `command` against `books`.
///
/// Pure: the same arguments give the same answer. `numbers` are the last numbers given out; the
/// decision carries the new ones. Each rule module lists its checks in the order they are made;
/// clients may depend on that order.
///
/// # Errors
///
/// [`Refusal::Rejected`] if a rule says no, [`Refusal::Broken`] if the books are inconsistent. In
/// both cases nothing has changed.
pub fn decide(
    books: &Books,
    ctx: Context<'_>,
    numbers: Numbers,
    command: &Command,
) -> Result<Decision, Refusal> {
    if let Some(field) = command.card_number() {
        return Err(Rejection::CardNumberRefused { field }.into());
    }
    let mut draft = Draft::new(books, ctx, numbers);
    draft.late_entry = command.words().is_some_and(|words| words.late_entry);
    let on = &mut draft;
    match command.bare() {
        Command::OpenAccount(command) => account::open(on, command),
        Command::ChangeAccount(command) => account::change(on, command),
        Command::ChangeSettings(command) => account::change_settings(on, command),
        Command::CreateInvoice(command) => invoice::create(on, command),
        Command::PostInvoice(command) => invoice::post(on, command),
        Command::UnpostInvoice(command) => invoice::unpost(on, command),
        Command::CancelInvoice(command) => invoice::cancel(on, command),
        Command::AdjustInvoiceItems(command) => adjustment::adjust(on, command),
        Command::CancelInvoiceItemAdjustment(command) => adjustment::cancel(on, command),
        Command::RecordPayment(command) => payment::record(on, command),
        Command::CancelPayment(command) => payment::cancel(on, command),
        Command::TransferToCreditBalance(command) => credit_balance::transfer(on, command),
        Command::ApplyCreditBalance(command) => credit_balance::apply(on, command),
        Command::CancelCreditBalanceAdjustment(command) => credit_balance::cancel(on, command),
        Command::CounterAdjust(command) => credit_balance::counter_adjust(on, command),
        Command::RefundCreditBalance(command) => refund::refund_credit_balance(on, command),
        Command::RefundPayment(command) => refund::refund_payment(on, command),
        Command::CancelRefund(command) => refund::cancel(on, command),
        Command::AddPaymentMethod(command) => payment_method::add(on, command),
        Command::ChangePaymentMethod(command) => payment_method::change(on, command),
        Command::AddGateway(command) => gateway::add(on, command),
        Command::ChangeGateway(command) => gateway::change(on, command),
        Command::MakeRole(command) => role::make(on, command),
        Command::ChangeRole(command) => role::change(on, command),
        Command::MakePolicy(policy) => approval::make(on, policy),
        Command::ChangePolicy(command) => approval::change(on, command),
        Command::MakeReasonCode(command) => reason::make(on, command),
        Command::ChangeReasonCode(command) => reason::change(on, command),
        Command::MakePeriod(command) => period::make(on, command),
        Command::ChangePeriod(command) => period::change(on, command),
        Command::ApproveRefund(review) => approval::approve(on, review),
        Command::RejectRefund(review) => approval::reject(on, review),
        Command::WithdrawRefund(review) => approval::withdraw(on, review),
        Command::PayRefund(command) => by_hand::pay(on, command),
        Command::ReturnRefund(review) => by_hand::give_back(on, review),
        Command::ChargePayment(command) => payment::charge(on, command),
        Command::Collect(command) => payment::collect(on, command),
        Command::VoidPayment(command) => payment::void(on, command),
        Command::ClaimOrder(command) => claim::claim(on, command),
        Command::ReportOrder(command) => order::report(on, command),
        Command::HurryOrder(command) => order::hurry(on, *command),
        Command::ResolveOrder(command) => order::resolve(on, command),
        Command::NoteDispute(command) => {
            order::dispute(on, command.order, command.open, command.lost)
        }
        Command::DefineCustomField(field) => define::define(on, field),
        Command::ChangeCustomField(command) => define::change(on, command),
        Command::ChangeLabels(command) => labels::change(on, command),
        Command::NotePersonalData(command) => personal_data::note(on, command),
        // `bare` never answers it.
        Command::WithLabels(_) => Ok(()),
    }?;
    labels::attach(on, command)?;
    draft.finish()
}

/// What would be posted if the money of what `placed` asks gateways and people for moved at once: a look ahead, which is
/// never written. None if it asks for nothing.
///
/// # Errors
///
/// As [`decide`].
pub fn if_money_moves(
    books: &Books,
    ctx: Context<'_>,
    placed: &Decision,
) -> Result<Option<Decision>, Refusal> {
    let orders = placed.facts.iter().filter_map(|fact| match fact {
        Fact::OrderPlaced(order) => Some(order.document),
        _ => None,
    });
    let orders: Vec<Document> = orders.collect();
    if orders.is_empty() {
        return Ok(None);
    }
    let mut after = books.clone();
    after.absorb(placed.changed.clone());
    let mut draft = Draft::new(&after, ctx, placed.numbers);
    for document in orders {
        order::move_at_once(&mut draft, document)?;
    }
    draft.finish().map(Some)
}
