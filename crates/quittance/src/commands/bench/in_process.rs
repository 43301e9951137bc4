//! The engine without HTTP: threads that each hand in one request, wait for its answer, and hand in
//! the next.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Actor, Engine, IdempotencyKey, Request};

use super::load::{Load, Sample, Turn, WARM_UP};
use super::prepare::refund;
use crate::output::{Done, sentence};

pub(super) fn measure(engine: &Engine, load: &Load, turn: Turn, time: Duration) -> Done<Sample> {
    let begin = Instant::now() + WARM_UP;
    let times: Done<Vec<Vec<u64>>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..load.clients)
            .map(|number| {
                scope.spawn(move || client(engine, load, turn, number, begin..begin + time))
            })
            .collect();
        let joined = clients.into_iter().map(|client| {
            client.join().unwrap_or_else(|_| Err(sentence("a client's thread ended")))
        });
        joined.collect()
    });
    Ok(Sample::of(times?.concat(), 1, 0, time))
}

fn client(
    engine: &Engine,
    load: &Load,
    turn: Turn,
    number: usize,
    measured: Range<Instant>,
) -> Done<Vec<u64>> {
    let actor: Arc<str> = Arc::from("bench");
    let mut random = turn.random(number);
    let mut times = Vec::new();
    let name = turn.key(number);
    for count in 0_u64.. {
        let order = refund(load.account(&mut random))?;
        let sent = Instant::now();
        if sent >= measured.end {
            break;
        }
        let key = IdempotencyKey::try_new(&format!("{name}-{count}"))?;
        let request = Request::new(order, key, Actor::program(Arc::clone(&actor)), "bench");
        let answers = engine.execute_all_blocking(vec![request])?;
        answers.into_iter().try_for_each(|answer| answer.map(drop))?;
        let done = Instant::now();
        if measured.contains(&done) {
            times.push(u64::try_from((done - sent).as_micros()).unwrap_or(u64::MAX));
        }
    }
    Ok(times)
}
