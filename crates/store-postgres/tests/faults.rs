//! Broken connections, dying servers and latecomers: nothing acknowledged is lost, nothing happens twice.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use engine::{Engine, Reader, Request, TestClock};
use receivables::{AccountNo, Command, Entry, EntryNo, Kind};
use store_conformance::cases::crowds::{Dice, engine, insist, request};
use store_conformance::turn::{Ask, BEGINNING, Turn, act};
use store_conformance::{Model, Opened, Place, Shared, agree, say};
use store_postgres::Mode;
use support::proxy::{Cut, Proxy};
use support::{InADatabase, cluster};
use throwaway_postgres::{Cluster, Settings};

/// More than any history here has.
const ALL: usize = 100_000;
/// The connections of committers.
const COMMITTERS: &str = "datname = current_database() \
    AND application_name IN ('quittance committer', 'quittance numbers')";

fn open_account(key: &str) -> Request {
    request(Command::OpenAccount(say::open("EUR")), key)
}

/// The history, which must be a right one.
fn proven(reader: &dyn Reader) -> Model {
    let model = Model::of(&reader.entries(EntryNo(0), ALL).unwrap());
    agree(&model, reader);
    InADatabase::<false>::verify(reader);
    model
}

/// What callers were told is in the history, word for word, and nothing else is.
#[track_caller]
fn told_is_kept(reader: &dyn Reader, mut told: Vec<Arc<Entry>>) {
    told.sort_by_key(|entry| entry.head.no);
    let model = proven(reader);
    let kept: Vec<_> = model.entries().iter().collect();
    let told: Vec<_> = told.iter().map(AsRef::as_ref).collect();
    assert_eq!(told.len(), kept.len(), "outcomes and decisions");
    for (told, kept) in told.into_iter().zip(kept) {
        assert_eq!(told, kept);
    }
}

/// Four callers, each with so many commands; `step` is told of every one that was answered.
fn work(engines: &[&Engine], each: usize, step: &(impl Fn() + Sync)) -> Vec<Arc<Entry>> {
    let accounts: Vec<Arc<Entry>> = (0..5)
        .map(|number| insist(engines[0], &open_account(&format!("open {number}"))).unwrap().entry)
        .collect();
    let numbers: Vec<AccountNo> = accounts.iter().map(|entry| entry.head.account).collect();
    let told = thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let (engine, numbers) = (engines[caller % engines.len()], &numbers);
                scope.spawn(move || {
                    let mut dice = Dice::of(caller);
                    let ask = |number| {
                        let key = format!("{caller} {number}");
                        let account = numbers[dice.throw(numbers.len())];
                        let asked = match dice.throw(5) {
                            0 => open_account(&key),
                            1 => request(say::posted(account, "-2"), &key),
                            _ => request(say::deposit(account, "0.25"), &key),
                        };
                        let entry = insist(engine, &asked).unwrap().entry;
                        step();
                        entry
                    };
                    (0..each).map(ask).collect::<Vec<_>>()
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect::<Vec<_>>()
    });
    accounts.into_iter().chain(told).collect()
}

/// Whatever a committer is at when its connection breaks: what was acknowledged is there once, what was
/// not can be sent again, and nothing is called a replay that was not one.
#[test]
fn broken_connections_lose_nothing_and_repeat_nothing() {
    let place = InADatabase::<false>::fresh();
    let (one, reader) = engine(&place, 2);
    let (other, _) = engine(&place, 1);
    let (answered, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            let mut last = 0;
            while !over.load(Ordering::SeqCst) {
                // A few commands come through between two breaks.
                let now = answered.load(Ordering::SeqCst);
                if now < last + 6 {
                    thread::yield_now();
                    continue;
                }
                last = now;
                place.sql(&format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE {COMMITTERS} ORDER BY random() LIMIT 2"
                ));
            }
        });
        let told = work(&[&one, &other], 60, &|| {
            answered.fetch_add(1, Ordering::SeqCst);
        });
        over.store(true, Ordering::SeqCst);
        told
    });
    let retried = [&one, &other].map(|engine| engine.stats().retried.load(Ordering::Relaxed));
    assert!(retried.iter().sum::<u64>() > 0, "no connection broke amid a batch");
    told_is_kept(reader.as_ref(), told);
    one.stop();
    other.stop();
}

/// All connections at once, those of readers too.
#[test]
fn everybody_comes_back_when_all_connections_broke() {
    let place = InADatabase::<false>::fresh();
    let (engine, reader) = engine(&place, 3);
    let mut told = Vec::new();
    for round in 0..4 {
        for number in 0..5 {
            let asked = open_account(&format!("{round} {number}"));
            told.push(insist(&engine, &asked).unwrap().entry);
        }
        assert_eq!(reader.page(Kind::Account, None, ALL).unwrap().len(), told.len());
        cluster().terminate_backends(&place.name).unwrap();
        assert_eq!(reader.page(Kind::Account, None, ALL).unwrap().len(), told.len());
    }
    told_is_kept(reader.as_ref(), told);
    engine.stop();
}

/// An engine of one committer whose connections go through a proxy.
fn behind(proxy: &Proxy, place: &InADatabase) -> (Engine, Arc<dyn Reader>) {
    let Opened { stores, reader } = support::open(&proxy.url(&place.url()), Mode::Write, 1);
    let clock = Arc::new(TestClock::at(BEGINNING.parse().unwrap()));
    (Engine::start_several(stores, clock).unwrap(), reader)
}

/// A commit whose answer was lost is looked up, not repeated, and it is no replay.
#[test]
fn a_commit_whose_answer_was_lost_is_found() {
    broken_commit(Cut::AfterCommit);
}

/// A commit that never arrived is made again.
#[test]
fn a_commit_that_never_arrived_is_made_again() {
    broken_commit(Cut::BeforeCommit);
}

fn broken_commit(cut: Cut) {
    let (place, proxy) = (InADatabase::fresh(), Proxy::open());
    let (engine, _) = behind(&proxy, &place);
    let reader = place.open_to_read();
    let mut told = vec![insist(&engine, &open_account("first")).unwrap().entry];
    let account = told[0].head.account;
    for round in 0..4 {
        let asks = [
            request(say::deposit(account, "1"), &format!("deposit {round}")),
            open_account(&format!("account {round}")),
            request(say::posted(account, "-1"), &format!("invoice {round}")),
        ];
        proxy.cut(cut);
        let answers = engine.execute_all_blocking(asks.to_vec()).unwrap();
        assert_eq!(proxy.cuts(), round + 1, "the connection broke amid the commit");
        for answer in answers {
            let outcome = answer.unwrap();
            assert!(!outcome.replayed, "{:?}", outcome.entry.head);
            told.push(outcome.entry);
        }
        // Sent again by a client that waited too long, it is one.
        for ask in asks {
            let again = engine.execute_all_blocking(vec![ask]).unwrap().pop().unwrap();
            assert!(again.unwrap().replayed);
        }
    }
    assert!(engine.stats().retried.load(Ordering::Relaxed) >= 4);
    told_is_kept(reader.as_ref(), told);
    engine.stop();
}

/// The server is killed with everything it has in memory, and starts again: what was acknowledged is on
/// disk, and the engine goes on by itself.
#[test]
fn a_killed_server_keeps_what_was_acknowledged() {
    let mut cluster = Cluster::start(&Settings::durable()).unwrap();
    cluster.create("books").unwrap();
    let Opened { stores, reader } = support::open(&cluster.url("books"), Mode::Create, 2);
    let clock = Arc::new(TestClock::at(BEGINNING.parse().unwrap()));
    let engine = Engine::start_several(stores, clock).unwrap();
    let answered = AtomicUsize::new(0);
    let told = thread::scope(|scope| {
        let (engine, answered) = (&engine, &answered);
        let worker = scope.spawn(move || {
            work(&[engine], 60, &|| {
                answered.fetch_add(1, Ordering::SeqCst);
            })
        });
        for kill in 1..=3 {
            while answered.load(Ordering::SeqCst) < kill * 40 && !worker.is_finished() {
                thread::yield_now();
            }
            cluster.kill().unwrap();
            cluster.restart().unwrap();
        }
        worker.join().unwrap()
    });
    told_is_kept(reader.as_ref(), told);
    engine.stop();
}

/// Under serializable transactions a batch cannot go on if a row it waited for was changed; the engine
/// tries it again, and the caller does not notice.
#[test]
fn a_conflict_is_tried_again_by_the_engine() {
    let place = InADatabase::<true>::fresh();
    let (engine, reader) = engine(&place, 1);
    let account = insist(&engine, &open_account("open")).unwrap().entry.head.account;
    for round in 1..=3 {
        let mut psql = cluster().program("psql");
        psql.args(["-X", "-q", "-d", &place.name]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut psql = psql.spawn().unwrap();
        let mut stdin = psql.stdin.take().unwrap();
        let change = "BEGIN; UPDATE account_state SET last_at_us = last_at_us;\n\\echo held\n";
        stdin.write_all(change.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(psql.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        let outcome = thread::scope(|scope| {
            let ask = request(say::deposit(account, "2"), &format!("deposit {round}"));
            let engine = &engine;
            let waiter = scope.spawn(move || {
                engine.execute_all_blocking(vec![ask]).unwrap().pop().unwrap().unwrap()
            });
            place.await_waiting(1, &|| waiter.is_finished());
            stdin.write_all(b"COMMIT;\n").unwrap();
            drop(stdin);
            waiter.join().unwrap()
        });
        assert!(psql.wait().unwrap().success());
        assert!(!outcome.replayed);
        assert_eq!(engine.stats().retried.load(Ordering::Relaxed), round, "conflicts");
    }
    let model = proven(reader.as_ref());
    assert_eq!(model.entries().len(), 1 + 3);
    engine.stop();
}

/// A committer that registers while a reader waits for another one may already have taken numbers: the
/// reader must not pass them.
#[test]
fn a_head_does_not_pass_a_committer_that_just_registered() {
    let place = InADatabase::<false>::fresh();
    let Opened { mut stores, reader } = place.open(2);
    let (mut two, mut one) = (stores.pop().unwrap(), stores.pop().unwrap());
    let open = |key: &str| Ask::new(Command::OpenAccount(say::open("EUR")), key);
    // In this order their rows are locked.
    act(one.as_mut(), vec![open("one")]).unwrap();
    act(two.as_mut(), vec![open("two")]).unwrap();
    Turn::load(one.as_mut(), vec![open("held")]).unwrap();
    let (head, seen) = thread::scope(|scope| {
        let (asked, reader) = (channel(), Arc::clone(&reader));
        let waiter = scope.spawn(move || {
            asked.0.send(()).unwrap();
            let head = reader.head().unwrap();
            (head, reader.page(Kind::JournalEntry, Some(head.0 + 1), ALL).unwrap().len())
        });
        asked.1.recv().unwrap();
        place.await_waiting(1, &|| waiter.is_finished());
        // A third one comes, takes numbers and is slow to commit; the second one takes later numbers.
        let mut late = place.open(1);
        let mut turn = Turn::load(late.store(), vec![open("late")]).unwrap();
        turn.take_numbers(late.store()).unwrap();
        act(two.as_mut(), vec![open("quick")]).unwrap();
        one.release();
        let said = waiter.join().unwrap();
        turn.commit(late.store()).unwrap();
        said
    });
    let now = reader.page(Kind::JournalEntry, Some(head.0 + 1), ALL).unwrap().len();
    assert_eq!(now, seen, "entries appeared up to {head} after it was the head");
    proven(reader.as_ref());
}
