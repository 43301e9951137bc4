//! What one command costs without HTTP: parsing money, deciding, and a durable array of 1,000.
//!
//! `cargo bench -p testkit`; compare runs, not machines. `quittance bench` measures the whole server.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Actor, IdempotencyKey, Request};
use money::{Amount, Currency};
use receivables::command::{RefundCreditBalance, Words};
use receivables::context::Numbers;
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::refund::RefundType;
use receivables::{AccountNo, Books, Command, Context, Settings, decide};
use testkit::World;

fn refund(account: AccountNo) -> Command {
    Command::RefundCreditBalance(RefundCreditBalance {
        account: Ref::to(account),
        amount: Some("0.01".parse().unwrap()),
        currency: None,
        kind: RefundType::External,
        method_type: Some(MethodType::Check),
        method: None,
        gateway: None,
        date: None,
        words: Words::default(),
    })
}

fn parse_money(criterion: &mut Criterion) {
    criterion.bench_function("parse and print 1234567.89 USD", |bench| {
        bench.iter(|| {
            let amount: Amount = std::hint::black_box("1234567.89").parse().unwrap();
            amount.to_money(Currency::USD).unwrap().to_decimal()
        });
    });
}

fn decide_refund(criterion: &mut Criterion) {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, Vec::new(), Some("1000000.00")).accepted();
    let mut books = Books::default();
    books.accounts.insert(account, world.figures(account));
    let settings = Settings::default();
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let command = refund(account);
    criterion.bench_function("decide a refund of a credit balance", |bench| {
        bench.iter(|| {
            decide(&books, Context::new(now, &settings), Numbers::default(), &command).unwrap()
        });
    });
}

fn commit_array(criterion: &mut Criterion) {
    let mut world = World::new();
    let accounts: Vec<AccountNo> = (0..100).map(|_| world.account("USD")).collect();
    for account in &accounts {
        world.pay(*account, Vec::new(), Some("10000000000.00")).accepted();
    }
    let actor: Arc<str> = Arc::from("bench");
    let mut sent = 0_u64;
    let mut group = criterion.benchmark_group("durable");
    group.throughput(Throughput::Elements(1_000)).sample_size(30);
    group.bench_function("array of 1,000 refunds", |bench| {
        bench.iter(|| {
            let requests = (0..1_000).map(|index| {
                sent += 1;
                let key = IdempotencyKey::try_new(&format!("bench-{sent}")).unwrap();
                let account = accounts.get(index % accounts.len()).copied().unwrap();
                Request::new(refund(account), key, Actor::program(Arc::clone(&actor)), "bench")
            });
            world.array(requests.collect())
        });
    });
    group.finish();
}

criterion_group!(benches, parse_money, decide_refund, commit_array);
criterion_main!(benches);
