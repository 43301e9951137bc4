//! Random command sequences: the invariants of design 6, arrays, previews, restarts, round trips.
#![allow(missing_docs, reason = "a test says what it says")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test; one arm per command")]

mod steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Actor, Failure, Outcome, Request};
use proptest::prelude::*;
use receivables::{Command, Entry};
use steps::{Resolver, Step, steps};
use testkit::World;
use testkit::command::{ALL, open};

type Answer = Result<Outcome, Failure>;

/// What was asked at one instant, and how many hours passed before.
type Stretch = (i64, Vec<(Command, String)>);

/// Runs the steps one by one in a new world: two accounts first, in dollars and in yen.
fn singly(
    steps: &[Step],
    mut each: impl FnMut(&mut World, &Command, &Answer),
) -> (World, Vec<Stretch>) {
    let mut world = World::new();
    let mut asked: Vec<Stretch> = vec![(0, Vec::new())];
    let opening = ["USD", "JPY"].map(|currency| Command::OpenAccount(open(currency)));
    let mut run = |world: &mut World, asked: &mut Vec<Stretch>, command: Command| {
        let count: usize = asked.iter().map(|(_, commands)| commands.len()).sum();
        let key = format!("step {count}");
        let preview = world.preview(command.clone());
        let answer = world.execute(World::request(command.clone(), World::key(&key)));
        same_decision(&preview, &answer);
        each(world, &command, &answer);
        asked.last_mut().unwrap().1.push((command, key));
    };
    for command in opening {
        run(&mut world, &mut asked, command);
    }
    for step in steps {
        if let Step::Later(hours) = step {
            world.later(i64::from(*hours));
            asked.push((i64::from(*hours), Vec::new()));
        } else {
            let command = Resolver { world: &world }.command(step);
            run(&mut world, &mut asked, command);
        }
    }
    (world, asked)
}

/// A preview and what was committed right after it differ in their heads only.
fn same_decision(preview: &Answer, committed: &Answer) {
    match (preview, committed) {
        (Ok(preview), Ok(committed)) => {
            assert!(preview.dry_run && !committed.dry_run && !committed.replayed);
            assert_eq!(preview.entry.facts, committed.entry.facts);
            assert_eq!(preview.entry.postings, committed.entry.postings);
            let (a, b) = (&preview.entry.head, &committed.entry.head);
            assert_eq!((a.no, a.at, a.account, a.previous), (b.no, b.at, b.account, b.previous));
        }
        (Err(preview), Err(committed)) => assert_eq!(preview, committed),
        (preview, committed) => panic!("previewed {preview:?}, committed {committed:?}"),
    }
}

fn never_broken(command: &Command, answer: &Answer) {
    if let Err(failure) = answer {
        assert!(matches!(failure, Failure::Rejected(_)), "{command:?}: {failure:?}");
    }
}

fn requests(commands: &[(Command, String)]) -> Vec<Request> {
    let request =
        |(command, key): &(Command, String)| World::request(command.clone(), World::key(key));
    commands.iter().map(request).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48, max_shrink_iters: 3000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn every_invariant_holds_and_every_key_is_remembered(steps in steps()) {
        let (world, asked) = singly(&steps, |world, command, answer| {
            never_broken(command, answer);
            if let Ok(outcome) = answer {
                let stored = world.reader.entry(outcome.entry.head.no).unwrap();
                assert_eq!(stored.as_ref(), Some(outcome.entry.as_ref()));
            }
        });
        world.audit();
        let (before, entries) = (world.snapshot(), world.entries());
        for (command, key) in asked.iter().flat_map(|(_, commands)| commands) {
            let known = entries.iter().find(|entry| {
                entry.head.key_hash == engine::hash(key.as_bytes())
            });
            let Some(known) = known else { continue };
            let again = world.execute(World::request(command.clone(), World::key(key))).unwrap();
            assert!(again.replayed);
            assert_eq!(again.entry.as_ref(), known);
            let other = Command::OpenAccount(open("EUR"));
            let reused = world.execute(World::request(other, World::key(key)));
            assert!(matches!(reused, Err(Failure::KeyReused { .. })));
        }
        assert_eq!(world.snapshot(), before);
    }

    #[test]
    fn an_array_is_its_commands_one_by_one(steps in steps(), reopen in any::<bool>()) {
        let mut one_by_one: Vec<Answer> = Vec::new();
        let (single, asked) = singly(&steps, |_, _, answer| one_by_one.push(answer.clone()));
        let mut world = World::new();
        let mut expected = one_by_one.into_iter();
        for (hours, commands) in &asked {
            world.later(*hours);
            if reopen {
                world.reopen();
            }
            let answers = world.array(requests(commands));
            for ((command, _), answer) in commands.iter().zip(answers) {
                let expected = expected.next().unwrap();
                let entry = |answer: &Answer| {
                    answer.as_ref().map(|outcome| Arc::clone(&outcome.entry)).map_err(Clone::clone)
                };
                assert_eq!(entry(&answer), entry(&expected), "{command:?}");
            }
        }
        assert_eq!(world.entries(), single.entries());
        assert_eq!(world.snapshot(), single.snapshot());
        world.audit();
    }

    #[test]
    fn a_restart_changes_nothing(steps in steps(), more in steps(), cut in 0..40_usize) {
        let (mut world, _) = singly(&steps, |world, _, _| {
            // A write-back in the middle: part of the history is folded, part is the tail.
            if world.entries().len() == cut {
                world.reopen();
            }
        });
        let (states, entries) = (world.snapshot(), world.entries());
        let crashed = world.crashed();
        assert_eq!(crashed.snapshot(), states);
        assert_eq!(crashed.entries(), entries);
        crashed.audit();
        world.reopen();
        assert_eq!(world.snapshot(), states);
        world.audit();
        // Both go on alike.
        for step in more.iter().filter(|step| !matches!(step, Step::Later(_))).take(8) {
            let command = Resolver { world: &world }.command(step);
            let key = format!("more {}", world.entries().len());
            let left = world.execute(World::request(command.clone(), World::key(&key)));
            let right = crashed.execute(World::request(command, World::key(&key)));
            let entry = |answer: Answer| answer.map(|outcome| outcome.entry);
            assert_eq!(entry(left), entry(right));
        }
        assert_eq!(crashed.snapshot(), world.snapshot());
        crashed.audit();
    }

    #[test]
    fn a_history_read_in_again_is_the_same(steps in steps(), chunk in 1..50_usize) {
        let (world, _) = singly(&steps, |_, _, _| {});
        for entry in world.entries() {
            let json = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry);
        }
        let mut copy = world.imported(chunk);
        assert_eq!(copy.entries(), world.entries());
        assert_eq!(copy.snapshot(), world.snapshot());
        copy.audit();
        copy.reopen();
        assert_eq!(copy.snapshot(), world.snapshot());
        copy.audit();
    }
}

/// A balance, by what it is called, and who changed it.
type Changes = BTreeMap<(String, String), i64>;

/// Every balance there is: the credit balance and what is held of each account, the balance of each invoice.
fn balances(world: &World) -> BTreeMap<String, i64> {
    let seen = world.snapshot();
    let credit = seen
        .accounts
        .iter()
        .map(|account| (format!("credit of {}", account.no), account.credit_balance.minor()));
    let invoices = seen
        .invoices
        .iter()
        .map(|invoice| (invoice.no.to_string(), invoice.receivable().unwrap().minor()));
    credit.chain(invoices).collect()
}

/// Who changed which balance by how much, from the record alone: no state is read, no rule is asked.
fn from_the_record(entries: &[Entry]) -> Changes {
    let mut changes = Changes::new();
    for Entry { head, postings, .. } in entries {
        for posting in postings {
            let mut change = |balance: String, by: i64| {
                *changes.entry((balance, head.actor.to_string())).or_default() += by;
            };
            if let Some(side) = posting.credit_balance {
                change(format!("credit of {}", head.account), side.change(posting.amount).minor());
            }
            if let Some(side) = posting.invoice {
                change(side.invoice.to_string(), side.change(posting.amount).minor());
            }
        }
    }
    changes
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, max_shrink_iters: 1000, failure_persistence: None, ..ProptestConfig::default()
    })]

    /// What was seen from outside, before and after each command, is what the record says of whoever asked.
    #[test]
    fn the_record_alone_tells_who_changed_each_balance_by_how_much(steps in steps()) {
        let mut world = World::new();
        let mut seen = Changes::new();
        let opening = ["USD", "JPY"].map(|currency| Command::OpenAccount(open(currency)));
        let mut opening = opening.into_iter();
        let mut all = steps.iter();
        let mut before = balances(&world);
        for turn in 0.. {
            let command = match opening.next() {
                Some(command) => command,
                None => match all.next() {
                    Some(Step::Later(hours)) => {
                        world.later(i64::from(*hours));
                        continue;
                    }
                    Some(step) => Resolver { world: &world }.command(step),
                    None => break,
                },
            };
            let who = ["Ada", "web shop", "Grace"][turn % 3];
            let actor = Actor::program(Arc::from(who));
            let request = Request::new(command, world.next_key(), actor, "test");
            drop(world.execute(request));
            let after = balances(&world);
            for (balance, now) in &after {
                let by = now - before.get(balance).copied().unwrap_or(0);
                *seen.entry((balance.clone(), who.to_owned())).or_default() += by;
            }
            before = after;
        }
        let mut told = from_the_record(&world.entries());
        seen.retain(|_, by| *by != 0);
        told.retain(|_, by| *by != 0);
        assert_eq!(told, seen);
    }
}

/// More than one stretch of the tail is folded at start, and the keys are all there.
#[test]
fn a_long_tail_is_folded_at_start() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("100000")).accepted();
    for round in 0..5 {
        let request = |index: usize| {
            let command = if index.is_multiple_of(2) {
                testkit::bill(account).charge("1").posted()
            } else {
                Command::ApplyCreditBalance(testkit::command::apply_oldest(account, ALL))
            };
            World::request(command, World::key(&format!("{round} {index}")))
        };
        let answers = world.array((0..1000).map(request).collect());
        assert!(answers.iter().all(Result::is_ok), "{:?}", answers.iter().find(|a| a.is_err()));
    }
    world.expect(account, "97500.00", "0.00", "-97500.00");
    let states = world.snapshot();
    let mut crashed = world.crashed();
    assert_eq!(crashed.snapshot(), states);
    crashed.reopen();
    assert_eq!(crashed.snapshot(), states);
    crashed.audit();
}
