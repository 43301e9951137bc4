//! The engine holds every command against what its actor may do, whatever door it came in by.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use engine::{Actor, Failure, Request};
use receivables::command::{ClaimOrder, OrderRef};
use receivables::id::Numbered;
use receivables::permission::{Permission, Permissions};
use receivables::{Command, RefundNo};
use testkit::World;
use testkit::command as say;

fn granted(permissions: Permissions) -> Actor {
    Actor::granted(Arc::from("somebody"), permissions, Arc::from([]), None)
}

/// What the engine says of `command` by such an actor.
fn asked(world: &mut World, command: Command, actor: Actor) -> Result<engine::Outcome, Failure> {
    let key = world.next_key();
    world.execute(Request::new(command, key, actor, "test"))
}

#[test]
fn a_command_needs_its_permission_and_nothing_is_written_without() {
    let mut world = World::new();
    let open = || Command::OpenAccount(say::open("USD"));
    let all_but = Permissions::all().without(Permissions::NONE.with(Permission::ManageAccounts));
    for short in [Permissions::NONE, all_but] {
        let Err(Failure::PermissionMissing { command, missing }) =
            asked(&mut world, open(), granted(short))
        else {
            panic!("it was let through")
        };
        assert_eq!(command, "open_account");
        assert_eq!(missing.iter().collect::<Vec<_>>(), [Permission::ManageAccounts]);
    }
    let enough = Permissions::NONE.with(Permission::ManageAccounts);
    let done = asked(&mut world, open(), granted(enough)).unwrap();
    assert_eq!(done.entry.head.no.0, 1, "a refusal left something behind");
}

#[test]
fn an_earlier_answer_is_not_for_whoever_may_not_ask() {
    let world = World::new();
    let key = World::key("once");
    let request = |permissions| {
        let command = Command::OpenAccount(say::open("USD"));
        Request::new(command, key, granted(permissions), "test")
    };
    world.execute(request(Permissions::all())).unwrap();
    assert!(world.execute(request(Permissions::all())).unwrap().replayed);
    let refused = world.execute(request(Permissions::NONE));
    assert!(matches!(refused, Err(Failure::PermissionMissing { .. })), "{refused:?}");
}

#[test]
fn only_our_own_programs_claim_orders() {
    let mut world = World::new();
    let order = OrderRef::to(RefundNo(1).document());
    let claim =
        || Command::ClaimOrder(ClaimOrder { order, worker: "w".parse().unwrap(), lease: None });
    let refused = asked(&mut world, claim(), granted(Permissions::all()));
    let Err(Failure::PermissionMissing { missing, .. }) = refused else { panic!("{refused:?}") };
    assert!(missing.is_empty());
    let program = asked(&mut world, claim(), Actor::program(Arc::from("worker")));
    assert!(matches!(program, Err(Failure::Rejected(_))), "{program:?}");
}
