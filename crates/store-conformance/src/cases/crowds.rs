//! Many callers, several engines, several committers each, all on the same books.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use engine::{Actor, Clock, Engine, Failure, IdempotencyKey, Outcome, Reader, Request, TestClock};
use receivables::fact::Fact;
use receivables::{AccountNo, Command, Entry};

use crate::cases::races::proven;
use crate::feed::{Raise, follow, heads, up_to};
use crate::place::Shared;
use crate::say;
use crate::turn::BEGINNING;

/// Whether the last commit was written is not known.
const UNKNOWN: &str = "outcome_unknown";
/// How often a caller sends a request again.
const SENDINGS: usize = 200;

/// A request of a tester.
pub fn request(command: Command, key: &str) -> Request {
    let key = IdempotencyKey::try_new(key).unwrap();
    Request::new(command, key, Actor::program(Arc::from("tester")), "test")
}

/// Sends a request until it is answered, with the same key, as every client should. An outcome may only
/// be called a replay if it could not be known before whether there is one.
///
/// # Errors
///
/// [`Failure`], if it is not one of the moment.
pub fn insist(engine: &Engine, request: &Request) -> Result<Outcome, Failure> {
    let mut unknown = false;
    for _ in 0..SENDINGS {
        let answer = engine.execute_all_blocking(vec![request.clone()]);
        match answer.unwrap().pop().unwrap() {
            Err(Failure::Unavailable(why)) => unknown |= why.code == UNKNOWN,
            Ok(outcome) => {
                assert!(unknown || !outcome.replayed, "called a replay: {:?}", outcome.entry.head);
                return Ok(outcome);
            }
            refused => return refused,
        }
    }
    panic!("never answered");
}

/// The decision, or that a rule said no.
#[track_caller]
fn accepted(answer: Result<Outcome, Failure>) -> Option<Arc<Entry>> {
    match answer {
        Ok(outcome) => Some(outcome.entry),
        Err(Failure::Rejected(_)) => None,
        Err(other) => panic!("{other}"),
    }
}

/// An engine with so many committers on the books at `place`, as a server of its own has it.
pub fn engine<P: Shared>(place: &P, committers: usize) -> (Engine, Arc<dyn Reader>) {
    let opened = place.open(committers);
    let clock: Arc<dyn Clock> = Arc::new(TestClock::at(BEGINNING.parse().unwrap()));
    (Engine::start_several(opened.stores, clock).unwrap(), opened.reader)
}

/// Two servers of two committers each.
struct Crowd<P> {
    place: P,
    engines: [Engine; 2],
    reader: Arc<dyn Reader>,
}

impl<P: Shared> Crowd<P> {
    fn gather() -> Self {
        let place = P::fresh();
        let ((one, reader), (other, _)) = (engine(&place, 2), engine(&place, 2));
        Self { place, engines: [one, other], reader }
    }

    /// Opens accounts with credit.
    fn accounts(&self, count: usize, credit: &str) -> Vec<AccountNo> {
        let accounts: Vec<AccountNo> = (0..count)
            .map(|number| {
                let open =
                    request(Command::OpenAccount(say::open("EUR")), &format!("open {number}"));
                insist(&self.engines[number % 2], &open).unwrap().entry.head.account
            })
            .collect();
        for account in &accounts {
            let deposit = request(say::deposit(*account, credit), &format!("credit {account}"));
            insist(&self.engines[0], &deposit).unwrap();
        }
        accounts
    }

    fn stop(self) -> P {
        for engine in &self.engines {
            engine.stop();
        }
        self.place
    }
}

/// Numbers that look like chance and are the same in every run.
pub struct Dice(u64);

impl Dice {
    /// Dice of their own for everybody.
    pub fn of(player: usize) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ (player as u64 + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9))
    }

    /// A number below `sides`.
    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

fn refund(account: AccountNo, amount: &str) -> Command {
    Command::RefundCreditBalance(say::refund(account, amount))
}

/// An array is split over committers; each request has its own answer in its place.
pub fn an_array_is_answered_in_its_order<P: Shared>() {
    let place = P::fresh();
    let (engine, reader) = engine(&place, 4);
    let open = |number| request(Command::OpenAccount(say::open("EUR")), &format!("open {number}"));
    let opened = engine.execute_all_blocking((0..40).map(open).collect()).unwrap();
    let accounts: Vec<AccountNo> =
        opened.into_iter().map(|answer| accepted(answer).unwrap().head.account).collect();
    let mut dice = Dice::of(0);
    for round in 0..5 {
        let asked: Vec<(AccountNo, usize)> =
            (0..200).map(|place| (accounts[dice.throw(accounts.len())], place + 1)).collect();
        let requests = asked.iter().map(|(account, cents)| {
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            request(say::deposit(*account, &amount), &format!("{round} {cents}"))
        });
        let answers = engine.execute_all_blocking(requests.collect()).unwrap();
        assert_eq!(answers.len(), asked.len());
        let mut last = HashMap::new();
        for (answer, (account, cents)) in answers.into_iter().zip(asked) {
            let Some(Fact::PaymentRecorded(payment)) = accepted(answer).and_then(|entry| {
                assert_eq!(entry.head.account, account);
                let before = last.insert(account, entry.head.no);
                assert!(before < Some(entry.head.no), "order on {account}");
                entry.facts.first().cloned()
            }) else {
                panic!("no payment")
            };
            assert_eq!(payment.amount.minor(), i64::try_from(cents).unwrap());
        }
    }
    engine.stop();
    proven::<P>(reader.as_ref());
}

/// Whoever spends a credit balance at once with others spends what is there, and no more.
pub fn credit_is_spent_once<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    let account = crowd.accounts(1, "20.00")[0];
    let spent: usize = thread::scope(|scope| {
        let spenders: Vec<_> = (0..6)
            .map(|spender| {
                let engine = &crowd.engines[spender % 2];
                scope.spawn(move || {
                    let mut spent = 0;
                    for number in 0..25 {
                        let ask = request(refund(account, "0.30"), &format!("{spender} {number}"));
                        spent += usize::from(accepted(insist(engine, &ask)).is_some());
                    }
                    spent
                })
            })
            .collect();
        spenders.into_iter().map(|spender| spender.join().unwrap()).sum()
    });
    let model = proven::<P>(crowd.reader.as_ref());
    assert_eq!(spent, 66, "20.00 holds 0.30 that often");
    assert_eq!(model.books.accounts[&account].credit_balance.minor(), 20);
    crowd.stop();
}

/// One key sent to both servers by several callers at once has one effect, on an account and without.
pub fn one_key_has_one_effect<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    let account = crowd.accounts(1, "1000")[0];
    for round in 0..10 {
        let on_account = request(refund(account, "1"), &format!("refund {round}"));
        let without = request(Command::OpenAccount(say::open("EUR")), &format!("account {round}"));
        for ask in [on_account, without] {
            let answers: Vec<Outcome> = thread::scope(|scope| {
                let callers: Vec<_> = (0..4)
                    .map(|caller| {
                        let (engine, ask) = (&crowd.engines[caller % 2], &ask);
                        scope.spawn(move || until_known(engine, ask))
                    })
                    .collect();
                callers.into_iter().map(|caller| caller.join().unwrap()).collect()
            });
            let first = &answers[0].entry;
            assert!(answers.iter().all(|answer| answer.entry == *first), "{answers:?}");
            let originals = answers.iter().filter(|answer| !answer.replayed).count();
            assert_eq!(originals, 1, "{answers:?}");
        }
    }
    let model = proven::<P>(crowd.reader.as_ref());
    assert_eq!(model.books.accounts.len(), 11);
    assert_eq!(model.books.accounts[&account].credit_balance.minor(), 990_00);
    crowd.stop();
}

/// As `insist`, for one of several callers with one key: any of them may be answered with a replay.
fn until_known(engine: &Engine, request: &Request) -> Outcome {
    for _ in 0..SENDINGS {
        let answer = engine.execute_all_blocking(vec![request.clone()]).unwrap().pop().unwrap();
        match answer {
            Err(Failure::Unavailable(why)) if why.code != UNKNOWN => {}
            answer => return answer.unwrap(),
        }
    }
    panic!("never answered");
}

/// One external id asked for at once is taken once, by accounts and by invoices.
pub fn one_external_id_is_taken_once<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    let accounts = crowd.accounts(4, "1");
    for round in 0..10 {
        let open = say::open_as("EUR", &format!("shop-{round}"));
        let bill = |caller: usize| {
            let mut bill = say::bill(accounts[caller], &["1"]);
            bill.external_id = Some(say::id(&format!("R-{round}")));
            Command::CreateInvoice(bill)
        };
        let taken: usize = thread::scope(|scope| {
            let callers: Vec<_> = (0..4)
                .map(|caller| {
                    let asks = [
                        request(open.clone(), &format!("{round} {caller}")),
                        request(bill(caller), &format!("{round} {caller} bill")),
                    ];
                    let engine = &crowd.engines[caller % 2];
                    scope.spawn(move || {
                        asks.iter().filter_map(|ask| accepted(insist(engine, ask))).count()
                    })
                })
                .collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).sum()
        });
        assert_eq!(taken, 2, "round {round}");
    }
    proven::<P>(crowd.reader.as_ref());
    crowd.stop();
}

/// Settings change while invoices are posted: each is posted under those that stand before it.
pub fn settings_change_against_running_batches<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    let accounts = crowd.accounts(4, "1");
    thread::scope(|scope| {
        for (caller, account) in accounts.iter().enumerate() {
            let engine = &crowd.engines[caller % 2];
            scope.spawn(move || {
                for number in 0..30 {
                    let ask = request(say::posted(*account, "-1"), &format!("{caller} {number}"));
                    accepted(insist(engine, &ask)).unwrap();
                }
            });
        }
        for (caller, engine) in crowd.engines.iter().enumerate() {
            scope.spawn(move || {
                for number in 0..8 {
                    let on = (number + caller) % 2 == 0;
                    let change =
                        request(say::automate(on, on), &format!("change {caller} {number}"));
                    accepted(insist(engine, &change)).unwrap();
                }
            });
        }
    });
    let model = proven::<P>(crowd.reader.as_ref());
    let mut automatic = false;
    let (mut with, mut without) = (0, 0);
    for entry in model.entries() {
        for fact in &entry.facts {
            match fact {
                Fact::SettingsChanged(settings) => automatic = settings.automatic_transfer,
                Fact::InvoiceDrafted(_) => {
                    let transferred = entry.facts.len() == 3;
                    assert_eq!(transferred, automatic, "{}", entry.head.no);
                    *(if transferred { &mut with } else { &mut without }) += 1;
                }
                _ => {}
            }
        }
    }
    assert_eq!(with + without, 120);
    crowd.stop();
}

/// Arrays over the same accounts and keys in every order: nobody waits for ever, nothing is lost.
pub fn batches_in_every_order_get_through<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    let accounts = crowd.accounts(6, "1");
    thread::scope(|scope| {
        for caller in 0..4 {
            let (engine, accounts) = (&crowd.engines[caller % 2], &accounts);
            scope.spawn(move || {
                let mut dice = Dice::of(caller);
                for round in 0..12 {
                    // New accounts have nothing to wait on but their keys: half of the callers go through
                    // them backwards.
                    let mut asks: Vec<Request> = (0..10)
                        .map(|number| {
                            let open = Command::OpenAccount(say::open("EUR"));
                            request(open, &format!("new {} {round} {number}", caller / 2))
                        })
                        .collect();
                    for number in 0..10 {
                        let account = accounts[dice.throw(accounts.len())];
                        let deposit = say::deposit(account, "0.01");
                        asks.push(request(deposit, &format!("{caller} {round} {number}")));
                    }
                    if caller >= 2 || dice.throw(2) == 0 {
                        asks.reverse();
                    }
                    all_accepted(engine, asks);
                }
            });
        }
    });
    let model = proven::<P>(crowd.reader.as_ref());
    assert_eq!(model.books.accounts.len(), 6 + 2 * 12 * 10, "each key of an account twice");
    let total: i64 =
        accounts.iter().map(|no| model.books.accounts[no].credit_balance.minor()).sum();
    assert_eq!(total, 6 * 100 + 4 * 12 * 10);
    crowd.stop();
}

/// Sends an array until every request of it was accepted.
fn all_accepted(engine: &Engine, mut asks: Vec<Request>) {
    for _ in 0..SENDINGS {
        let answers = engine.execute_all_blocking(asks.clone()).unwrap();
        let mut left = Vec::new();
        for (answer, ask) in answers.into_iter().zip(asks) {
            match answer {
                Ok(_) => {}
                Err(Failure::Unavailable(_)) => left.push(ask),
                Err(other) => panic!("{other}"),
            }
        }
        if left.is_empty() {
            return;
        }
        asks = left;
    }
    panic!("never answered");
}

/// Keeps four callers busy while `watch` looks on; answers what all of them were told.
fn busy<P: Shared, T: Send>(
    crowd: &Crowd<P>,
    watch: impl Fn(&dyn Reader, &AtomicBool) -> T + Sync,
) -> (Vec<Arc<Entry>>, Vec<T>) {
    let accounts = crowd.accounts(5, "1000");
    let told = Mutex::new(Vec::new());
    let over = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let _over = Raise(&over);
        let watchers: Vec<_> = (0..2)
            .map(|_| {
                let (reader, over, watch) = (Arc::clone(&crowd.reader), &over, &watch);
                scope.spawn(move || watch(reader.as_ref(), over))
            })
            .collect();
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let (engine, accounts, told) = (&crowd.engines[caller % 2], &accounts, &told);
                scope.spawn(move || {
                    let mut dice = Dice::of(caller);
                    for number in 0..40 {
                        let account = accounts[dice.throw(accounts.len())];
                        let command = match dice.throw(4) {
                            0 => refund(account, "0.50"),
                            1 => say::posted(account, "-3"),
                            2 => Command::OpenAccount(say::open("EUR")),
                            _ => say::deposit(account, "0.25"),
                        };
                        let ask = request(command, &format!("{caller} {number}"));
                        told.lock().unwrap().push(accepted(insist(engine, &ask)).unwrap());
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        over.store(true, Ordering::SeqCst);
        watchers.into_iter().map(|watcher| watcher.join().unwrap()).collect()
    });
    (told.into_inner().unwrap(), seen)
}

/// What callers were told is in the history, once, word for word.
#[track_caller]
fn told_is_kept<P: Shared>(crowd: &Crowd<P>, told: &[Arc<Entry>]) {
    let model = proven::<P>(crowd.reader.as_ref());
    let kept: HashMap<_, _> = model.entries().iter().map(|entry| (entry.head.no, entry)).collect();
    for entry in told {
        assert_eq!(kept.get(&entry.head.no), Some(&entry.as_ref()));
    }
    // Five accounts, and the credit of each.
    assert_eq!(model.entries().len(), told.len() + 10);
}

/// A feed that is followed while four committers write is the whole history at the end.
pub fn a_feed_misses_nothing<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    let (told, followed) = busy(&crowd, follow);
    told_is_kept(&crowd, &told);
    let model = proven::<P>(crowd.reader.as_ref());
    for feed in followed {
        assert_eq!(feed.entries(), model.entries());
    }
    crowd.stop();
}

/// No entry appears later before a head that was answered.
pub fn a_head_is_final<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    let (_, answered) = busy(&crowd, heads);
    let mut last = 0;
    for (head, count) in answered.into_iter().flatten() {
        assert_eq!(up_to(crowd.reader.as_ref(), head), count, "entries up to {head}");
        last = last.max(count);
    }
    assert!(last > 0, "no head was asked for");
    crowd.stop();
}

/// Snapshots taken while four committers write are right books, each of them.
pub fn a_snapshot_under_load_is_right<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    busy(&crowd, |reader, over| {
        while !over.load(Ordering::SeqCst) {
            P::verify(reader);
        }
    });
    crowd.stop();
}

/// A server that stops takes nothing with it: what it did not answer another one does.
pub fn a_server_may_stop_at_any_time<P: Shared>() {
    let crowd = Crowd::<P>::gather();
    let account = crowd.accounts(1, "1")[0];
    thread::scope(|scope| {
        for caller in 0..4 {
            let crowd = &crowd;
            scope.spawn(move || {
                for number in 0..50 {
                    let ask = request(say::deposit(account, "0.01"), &format!("{caller} {number}"));
                    let said = crowd.engines[0].execute_all_blocking(vec![ask.clone()]);
                    let answer = said.map(|mut answers| answers.pop().unwrap());
                    match answer {
                        Ok(Ok(outcome)) => assert!(!outcome.replayed),
                        Ok(Err(Failure::Unavailable(_))) | Err(Failure::Unavailable(_)) => {
                            until_known(&crowd.engines[1], &ask);
                        }
                        other => panic!("{other:?}"),
                    }
                    if caller == 0 && number == 25 {
                        crowd.engines[0].stop();
                    }
                }
            });
        }
    });
    let model = proven::<P>(crowd.reader.as_ref());
    assert_eq!(model.books.accounts[&account].credit_balance.minor(), 100 + 4 * 50);
    let place = crowd.stop();
    let opened = place.open(1);
    assert_eq!(proven::<P>(opened.reader.as_ref()).entries(), model.entries());
}
