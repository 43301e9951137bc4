//! Payments and refunds through gateways: however their life goes, a store loads what the fold says, a
//! reader answers it, and what was not written back is folded again at the start.

use engine::GatewaySecret;
use jiff::Timestamp;
use receivables::command::{
    AnswerSource, Cancel, ChangePaymentMethod, NoteDispute, OrderRef, PayRefund, RefundPayment,
    ReportOrder, ResolveOrder, Words,
};
use receivables::fact::Fact;
use receivables::id::Numbered;
use receivables::order::{DeclineCode, GatewaySaid, Meaning, Order, OrderState};
use receivables::payment_method::Expiry;
use receivables::{AccountNo, Command, Document, InvoiceNo, Kind, MethodNo, PaymentNo};

use super::loading::all_at_once;
use super::{empty, filled, reopened};
use crate::agree::agree;
use crate::model::Model;
use crate::place::{Opened, Place};
use crate::say;
use crate::turn::{BEGINNING, Desk};

/// How often the books are left and come back, with so many commands before each time.
const ROUNDS: u32 = 8;
const STEPS: u32 = 60;

/// Random lives of orders: with every state that is reached, everything is loaded as the fold of the
/// history has it, whatever was written back meanwhile, and after a crash too.
pub fn whatever_gateways_say_is_loaded<P: Place>() {
    let mut reached: Vec<&str> =
        [2, 6].into_iter().flat_map(|seed| states(&life::<P>(seed))).collect();
    reached.sort_unstable();
    reached.dedup();
    assert_eq!(reached.len(), OrderState::ALL.len(), "only {reached:?} were reached");
}

/// The names of all states that orders went through.
fn states(model: &Model) -> Vec<&'static str> {
    let facts = model.entries().iter().flat_map(|entry| &entry.facts);
    let states = facts.map(|fact| match fact {
        Fact::OrderPlaced(placed) => placed.state().name(),
        Fact::OrderMoved(moved) => moved.state.name(),
        _ => "",
    });
    states.filter(|name| !name.is_empty()).collect()
}

fn life<P: Place>(seed: u64) -> Model {
    let (mut place, mut opened) = empty::<P>();
    let mut chance = Chance(seed);
    let mut model = Model::default();
    for round in 0..ROUNDS {
        model = steps(&mut opened, model, &mut chance, round);
        agree(&model, opened.reader.as_ref());
        P::verify(opened.reader.as_ref());
        match round % 3 {
            0 => {
                place = place.crash(opened);
                opened = place.open(1);
            }
            1 => opened = reopened(&place, opened),
            _ => opened.store().idle(),
        }
        agree(&model, opened.reader.as_ref());
        agree(&model, place.open_to_read().as_ref());
    }
    model
}

fn steps(opened: &mut Opened, model: Model, chance: &mut Chance, round: u32) -> Model {
    let mut desk = Desk::on(opened.store(), model);
    desk.keys_from(u64::from(round + 1) * 10_000);
    if round == 0 {
        begin(&mut desk);
    }
    for step in 0..STEPS {
        let command = any(&mut desk, chance, step + round * STEPS);
        // Many are refused, which is as good.
        drop(desk.say(command));
        if chance.one_in(9) {
            desk.store.idle();
        }
        if step % 6 == 0 {
            all_at_once(desk.store, &desk.model);
        }
    }
    all_at_once(desk.store, &desk.model);
    desk.model
}

fn begin(desk: &mut Desk<'_>) {
    desk.done(say::gateway("main"));
    desk.done(say::gateway("other"));
    desk.done(say::policy("20"));
    desk.done(say::policy_on_cheques("2"));
    desk.done(say::policy_on_totals());
    for _ in 0..2 {
        let account = desk.account("EUR");
        desk.deposited(account, "500");
        desk.done(say::card(account, "tok_one"));
        desk.done(say::card(account, "tok_two"));
    }
}

/// Numbers by chance that are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_in(&mut self, end: u64) -> bool {
        self.below(end) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let end = u64::try_from(choices.len()).unwrap();
        (end > 0).then(|| choices[usize::try_from(self.below(end)).unwrap()])
    }
}

fn any(desk: &mut Desk<'_>, chance: &mut Chance, step: u32) -> Command {
    let account = AccountNo(1 + chance.below(2));
    let mut orders: Vec<Order> = desk.model.books.orders.values().cloned().collect();
    orders.sort_by_key(|order| order.placed.document);
    // Few wait for people, so they are looked for.
    let waits = |order: &&Order| order.placed.by_hand() && order.state.is_held();
    if let Some(order) = orders.iter().find(waits).filter(|_| chance.one_in(6)) {
        return by_people(order, chance, step);
    }
    let documents: Vec<Document> = orders.iter().map(|order| order.placed.document).collect();
    let order = chance.of(&documents).map(|of| desk.model.books.orders[&of].clone());
    let Some(order) = order.filter(|_| !chance.one_in(3)) else {
        return begin_something(desk, chance, account, step);
    };
    let of = order.placed.document;
    // Few payments can be given back, so they are looked for, too.
    let back = |it: &&Order| it.placed.payment.is_none() && it.state == OrderState::Processed;
    let processed = orders.iter().filter(back).map(|order| order.placed.document);
    let processed = processed.filter(|document| document.kind == Kind::Payment);
    let processed: Vec<PaymentNo> = processed.map(|document| PaymentNo(document.number)).collect();
    let payment = chance.of(&processed).unwrap_or(PaymentNo(of.number));
    let people = matches!(order.state, OrderState::AwaitingApproval | OrderState::ToBePaid);
    if people && chance.one_in(2) {
        return by_people(&order, chance, step);
    }
    match chance.below(20) {
        0..=5 => {
            desk.later(i64::try_from(chance.below(30)).unwrap());
            say::claim(of, "worker")
        }
        6..=13 => Command::ReportOrder(answer(&order, chance, step)),
        14 => {
            desk.later(72);
            let gateway_id = Some(say::text(&format!("by-hand-{step}")));
            let (order, paid) = (OrderRef::to(of), chance.one_in(2));
            let words = Words::default();
            Command::ResolveOrder(ResolveOrder { order, paid, gateway_id, words })
        }
        15 => Command::HurryOrder(OrderRef::to(of)),
        16 => {
            let (open, lost) = (chance.one_in(2), chance.one_in(3));
            Command::NoteDispute(NoteDispute { order: OrderRef::to(of), open, lost })
        }
        17 => Command::VoidPayment(void(payment)),
        _ => {
            let amount = chance.of(&[None, Some("1"), Some("7")]).flatten();
            say::refund_the_way_it_came(payment, amount)
        }
    }
}

/// What people say of an order that waits for them.
fn by_people(order: &Order, chance: &mut Chance, step: u32) -> Command {
    let of = order.placed.document;
    let (paid, reference) = (OrderRef::to(of), say::text(&format!("chq {step}")));
    match (order.state, chance.below(4)) {
        (OrderState::ToBePaid, 0 | 1) => Command::ReturnRefund(say::review(of)),
        (OrderState::ToBePaid, _) => {
            Command::PayRefund(PayRefund { order: paid, reference, comment: None })
        }
        (_, 0) => Command::RejectRefund(say::review(of)),
        (_, 1) => Command::WithdrawRefund(say::review(of)),
        _ => Command::ApproveRefund(say::review(of)),
    }
}

fn void(payment: PaymentNo) -> Cancel<PaymentNo> {
    say::cancel(payment)
}

fn answer(order: &Order, chance: &mut Chance, step: u32) -> ReportOrder {
    let meanings = [
        Meaning::Succeeded,
        Meaning::Succeeded,
        Meaning::Settled,
        Meaning::Pending,
        Meaning::Declined(DeclineCode::Declined),
        Meaning::Declined(DeclineCode::NotSettled),
        Meaning::Declined(DeclineCode::NotVoidable),
        Meaning::NotTaken,
        Meaning::Unknown,
        Meaning::NotFound,
        Meaning::AmountDiffers,
    ];
    let attempt = order.attempt - u16::from(order.attempt > 1 && chance.one_in(6));
    let mut said = say::called(&format!("tx-{}-{attempt}", order.placed.document));
    if chance.one_in(3) {
        said.second_id = Some(say::text(&format!("second-{}-{step}", order.placed.document)));
        said.message = Some(say::text("It says so."));
    }
    if chance.one_in(4) {
        said = GatewaySaid::default();
    }
    let source = chance.of(&[AnswerSource::Call, AnswerSource::LookUp, AnswerSource::Notice]);
    let meaning = chance.of(&meanings).unwrap();
    let report = say::report(order.placed.document, attempt, meaning, said);
    ReportOrder { source: source.unwrap(), ..report }
}

fn begin_something(
    desk: &mut Desk<'_>,
    chance: &mut Chance,
    account: AccountNo,
    step: u32,
) -> Command {
    let mut open: Vec<InvoiceNo> =
        desk.model.open_invoices(account).iter().map(|invoice| invoice.no).collect();
    open.truncate(3);
    let invoice = chance.of(&open);
    let mut methods: Vec<MethodNo> = desk.model.books.methods.keys().copied().collect();
    methods.sort_unstable();
    match (chance.below(15), invoice) {
        (14, _) => say::refund_to_method(account, "21"),
        (0 | 1, _) | (2..=6, None) => say::posted(account, "40"),
        (2, Some(invoice)) => say::charge(account, vec![say::part(invoice, "10")], Some("5")),
        (3, Some(invoice)) => say::charge(account, vec![say::part(invoice, "40")], None),
        (4, Some(_)) => {
            let parts = open.iter().map(|invoice| say::part(*invoice, "3")).collect();
            say::charge(account, parts, None)
        }
        (5, Some(invoice)) => {
            let parts = vec![say::part(invoice, "15")];
            Command::ApplyCreditBalance(say::apply(account, parts))
        }
        (6, Some(invoice)) => {
            let parts = vec![say::part(invoice, "8")];
            Command::RecordPayment(say::pay(account, parts, Some("2")))
        }
        (7 | 8, _) => say::refund_to_method(account, "20"),
        (9, _) => {
            let amount = chance.of(&["2", "3"]).unwrap();
            Command::RefundCreditBalance(say::refund(account, amount))
        }
        (10, _) => {
            let payment = PaymentNo(1 + chance.below(30));
            let refund = say::refund_payment(payment, Vec::new());
            Command::RefundPayment(RefundPayment { amount: Some(say::sum("1")), ..refund })
        }
        (11, _) => say::charge(account, Vec::new(), Some("30")),
        (12, _) => say::card(account, &format!("tok_{step}")),
        _ => {
            let method = say::change_method(chance.of(&methods).unwrap());
            let expiry = Expiry::new(2031, 5);
            let (close, default) = (chance.one_in(4), chance.one_in(2));
            Command::ChangePaymentMethod(ChangePaymentMethod { close, expiry, default, ..method })
        }
    }
}

/// Several commands about one order in one batch build on each other.
pub fn an_order_moves_on_within_a_batch<P: Place>() {
    let (place, mut opened) = empty::<P>();
    let mut desk = Desk::at(opened.store());
    begin(&mut desk);
    let account = AccountNo(1);
    desk.done(say::refund_to_method(account, "20"));
    let of = receivables::RefundNo(1).document();
    let sent = say::report(of, 1, Meaning::Pending, say::called("tx-1"));
    let gone = say::report(of, 1, Meaning::Succeeded, say::called("tx-1"));
    desk.all(vec![
        say::claim(of, "worker"),
        Command::ReportOrder(sent),
        say::card(account, "tok_three"),
        Command::ReportOrder(gone),
        say::refund_to_method(account, "30"),
    ]);
    all_at_once(desk.store, &desk.model);
    let model = desk.model;
    agree(&model, opened.reader.as_ref());
    let opened = reopened(&place, opened);
    agree(&model, opened.reader.as_ref());
    P::verify(opened.reader.as_ref());
}

fn secret(gateway: &str, sealed: &[u8], stored_at: &str) -> GatewaySecret {
    let stored_at: Timestamp = stored_at.parse().unwrap();
    GatewaySecret { gateway: gateway.to_owned(), sealed: sealed.to_vec(), stored_at }
}

/// Credentials are there at once, for every reader, and after a crash; of two of one gateway the later
/// ones count, and the history knows of none.
pub fn credentials_are_beside_the_history<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    assert_eq!(opened.reader.gateway_secrets().unwrap(), Vec::new());
    let secrets = [
        secret("'main' 🦀", &[0, 255, 7], BEGINNING),
        secret("other", &[], "2026-03-05T08:00:00.000001Z"),
    ];
    opened.store().put_gateway_secret(&secrets[1]).unwrap();
    opened.store().put_gateway_secret(&secret("'main' 🦀", &[9; 400], BEGINNING)).unwrap();
    opened.store().put_gateway_secret(&secrets[0]).unwrap();
    assert_eq!(opened.reader.gateway_secrets().unwrap(), secrets);
    agree(&model, opened.reader.as_ref());
    let opened = reopened(&place, opened);
    let place = place.crash(opened);
    assert_eq!(place.open_to_read().gateway_secrets().unwrap(), secrets);
}
