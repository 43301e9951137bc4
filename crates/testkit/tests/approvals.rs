//! Requests for approval whose time is over, without a worker that has them lapse.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use engine::{Actor, Failure, Request};
use money::{Currency, Money};
use receivables::approval::{Conditions, Level, Policy, TotalOver};
use receivables::command::{OrderRef, PayRefund, Review};
use receivables::id::Numbered;
use receivables::permission::{Permissions, Standard};
use receivables::{Command, RefundNo};
use testkit::command::refund;
use testkit::{World, code_of};

fn asked(world: &mut World, person: &str, command: Command) -> Result<engine::Outcome, Failure> {
    let roles = [Standard::Administrator.name().parse().unwrap()];
    let actor = Actor::granted(
        Arc::from(person),
        Permissions::all(),
        Arc::from(roles),
        Some(person.parse().unwrap()),
    );
    let key = world.next_key();
    world.execute(Request::new(command, key, actor, "test"))
}

#[test]
fn nobody_approves_what_ran_out_and_what_was_approved_in_time_is_paid() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("100")).accepted();
    world
        .ask(Command::MakePolicy(Policy {
            name: "Cheques".parse().unwrap(),
            active: true,
            when: Conditions { external: true, ..Conditions::default() },
            levels: vec![Level { roles: vec![Standard::Administrator.name().parse().unwrap()] }],
            expires_after_hours: 2,
        }))
        .accepted();
    let review = |no| Review { order: OrderRef::to(RefundNo(no).document()), comment: None };
    for _ in 0..2 {
        let command = Command::RefundCreditBalance(refund(account, "40"));
        asked(&mut world, "Clara", command).unwrap();
    }
    world.later(1);
    asked(&mut world, "Lea", Command::ApproveRefund(review(1))).unwrap();
    world.later(1);
    let late = asked(&mut world, "Lea", Command::ApproveRefund(review(2)));
    let Err(Failure::Rejected(rejection)) = late else { panic!("{late:?}") };
    assert_eq!(code_of(&rejection), "approval_expired");
    let order = OrderRef::to(RefundNo(1).document());
    let reference = "chq 1".parse().unwrap();
    let paid = Command::PayRefund(PayRefund { order, reference, comment: None });
    asked(&mut world, "Clara", paid).unwrap();
    assert_eq!(world.credit(account), "60.00");
    let left = world.figures(account).available().unwrap();
    assert_eq!(left.to_decimal(), "20.00", "what waits is still held");
    world.audit();
}

#[test]
fn a_policy_with_a_total_counts_for_the_next_refund_of_the_same_array() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("100")).accepted();
    world.ask(Command::RefundCreditBalance(refund(account, "40"))).accepted();
    // Nothing of late was loaded for the old settings, by which nothing mattered.
    let fifty = TotalOver { amount: Some(usd(5_000)), count: None, days: 1 };
    let policy = Command::MakePolicy(Policy {
        name: "Cheques".parse().unwrap(),
        active: true,
        when: Conditions {
            external: true,
            account_total_over: Some(fifty),
            ..Conditions::default()
        },
        levels: vec![Level { roles: vec![Standard::Administrator.name().parse().unwrap()] }],
        expires_after_hours: 2,
    });
    let commands = [policy, Command::RefundCreditBalance(refund(account, "20"))];
    let requests = commands.map(|command| World::request(command, world.next_key()));
    for answer in world.array(requests.into()) {
        answer.unwrap();
    }
    assert_eq!(world.credit(account), "60.00", "the second one waits");
    assert_eq!(world.figures(account).available().unwrap().to_decimal(), "40.00");
    world.audit();
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}
