//! What every connector holds to, whatever its wire looks like. For tests.

use gateway::{
    Action, Carried, Connector, Credentials, Exchange, Finding, HttpReply, HttpRequest,
    Instruction, Method, Outcome, PaymentRef, Question, STEPS_MAX, Secret, Step, Window,
};
use jiff::{SignedDuration, Timestamp};
use money::{Currency, Money};
use receivables::gateway::capability::abilities;
use receivables::gateway::{Gateway, GatewayKind, GatewayNo};
use receivables::payment::MethodType;

/// When tests take place: 2026-03-01T12:00:00Z.
pub const NOW_SECOND: i64 = 1_772_366_400;

/// That instant.
pub fn now() -> Timestamp {
    later(0)
}

/// So many seconds later.
pub fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW_SECOND + seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Credentials by name.
pub fn credentials(pairs: &[(&str, &str)]) -> Credentials {
    let one = |(name, text): &(&str, &str)| ((*name).to_owned(), Secret::new(*text));
    Credentials(pairs.iter().map(one).collect())
}

/// An amount in minor units of a currency by its code; USD if there is no such code.
pub fn money(minor: i64, code: &str) -> Money {
    Money::from_minor(minor, code.parse().unwrap_or(Currency::USD))
}

/// What one gateway calls things.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// A stored method.
    pub method: &'static str,
    /// Its customer.
    pub customer: &'static str,
    /// A payment.
    pub payment: &'static str,
}

impl Names {
    /// A stored card.
    pub fn card(&self) -> Method {
        Method {
            method_type: MethodType::CreditCard,
            token: self.method.to_owned(),
            customer: Some(self.customer.to_owned()),
            last_four: Some("0015".to_owned()),
        }
    }

    /// A payment of `amount`.
    pub fn paid(&self, amount: Money) -> PaymentRef {
        PaymentRef { id: self.payment.to_owned(), second_id: None, amount }
    }

    /// A charge of `amount`.
    pub fn charge(&self, amount: Money) -> Instruction {
        instruction(amount, Action::Charge { method: self.card() })
    }

    /// A referenced refund of `amount`.
    pub fn refund(&self, amount: Money) -> Instruction {
        let payment = self.paid(amount);
        instruction(amount, Action::Refund { payment, method: self.card() })
    }

    /// A credit of `amount`.
    pub fn credit(&self, amount: Money) -> Instruction {
        instruction(amount, Action::Credit { method: self.card() })
    }

    /// A void of `amount`.
    pub fn void(&self, amount: Money) -> Instruction {
        let payment = self.paid(amount);
        instruction(amount, Action::Void { payment, method: self.card() })
    }

    /// One of each.
    pub fn each(&self, amount: Money) -> [Instruction; 4] {
        [self.charge(amount), self.refund(amount), self.credit(amount), self.void(amount)]
    }
}

/// An instruction under the key and reference of the tests.
pub fn instruction(amount: Money, action: Action) -> Instruction {
    Instruction {
        key: "0198-refund-12-1".to_owned(),
        reference: "R-00000012".to_owned(),
        account: "A-00000001".to_owned(),
        amount,
        action,
    }
}

/// What became of it, asked so many seconds after it was sent.
pub fn question(instruction: Instruction, gateway_id: Option<&str>, age: i64) -> Question {
    let gateway_id = gateway_id.map(str::to_owned);
    Question { instruction, gateway_id, sent_at: now(), now: later(age) }
}

/// An answer.
pub fn reply(status: u16, body: &str) -> Carried {
    Carried::Reply(HttpReply { status, headers: Vec::new(), body: body.to_owned() })
}

/// An answer with a header.
pub fn reply_with(status: u16, name: &str, value: &str, body: &str) -> Carried {
    let headers = vec![(name.to_owned(), value.to_owned())];
    Carried::Reply(HttpReply { status, headers, body: body.to_owned() })
}

/// Drives a conversation with prepared answers; the last one is repeated. Gives what was asked and
/// the result, or `None` if there was none within the bound.
pub fn drive<T>(
    answers: &[Carried],
    next: impl Fn(&[Exchange]) -> Step<T>,
) -> (Vec<HttpRequest>, Option<T>) {
    let mut so_far: Vec<Exchange> = Vec::new();
    loop {
        let asked = |so_far: Vec<Exchange>| so_far.into_iter().map(|one| one.request).collect();
        match next(&so_far) {
            Step::Done(result) => return (asked(so_far), Some(result)),
            Step::Ask(_) if so_far.len() >= STEPS_MAX => return (asked(so_far), None),
            Step::Ask(request) => {
                let carried = answers.get(so_far.len()).or(answers.last()).cloned();
                let carried = carried.unwrap_or(Carried::NoAnswer("no answer is left".to_owned()));
                so_far.push(Exchange { request, carried });
            }
        }
    }
}

/// Sends with prepared answers.
///
/// # Panics
///
/// If it does not end.
pub fn send(
    connector: &dyn Connector,
    instruction: &Instruction,
    answers: &[Carried],
) -> (Vec<HttpRequest>, Outcome) {
    let (asked, outcome) = drive(answers, |so_far| connector.send(instruction, now(), so_far));
    assert!(outcome.is_some(), "sending does not end");
    (asked, outcome.unwrap_or(Outcome::Unknown { reason: String::new() }))
}

/// Looks up with prepared answers.
///
/// # Panics
///
/// If it does not end.
pub fn look_up(
    connector: &dyn Connector,
    question: &Question,
    answers: &[Carried],
) -> (Vec<HttpRequest>, Finding) {
    let (asked, finding) = drive(answers, |so_far| connector.look_up(question, so_far));
    assert!(finding.is_some(), "the look-up does not end");
    (asked, finding.unwrap_or(Finding::NoAnswer { reason: String::new() }))
}

/// Bodies no gateway should send: garbage, wrong types, huge numbers, pages of something between.
pub const HOSTILE: [&str; 24] = [
    "",
    " ",
    "null",
    "true",
    "0",
    "[]",
    "{}",
    "\"succeeded\"",
    "{",
    "{\"id\":",
    "{\"id\":\"re_1\",\"status\":\"succe",
    "{\"id\":1,\"status\":2,\"amount\":[]}",
    "{\"id\":null,\"status\":null}",
    "{\"id\":\"\",\"status\":\"\",\"object\":\"\"}",
    "{\"amount\":1e999,\"id\":\"re_1\",\"status\":\"succeeded\"}",
    "{\"amount\":99999999999999999999999999,\"currency\":\"usd\",\"id\":\"re_1\"}",
    "{\"error\":null}",
    "{\"error\":\"declined\"}",
    "{\"error\":{\"code\":7}}",
    "{\"messages\":{\"resultCode\":\"Ok\",\"message\":[]}}",
    "{\"transactionResponse\":{\"responseCode\":\"9\",\"transId\":\"0\"}}",
    "{\"transactionResponse\":[]}",
    "<html><head><title>502 Bad Gateway</title></head><body>succeeded</body></html>",
    "\u{feff}\u{0}\u{fffd} declined",
];

/// The demands on sending: nothing is claimed that is not known.
///
/// # Panics
///
/// If one is not met.
pub fn never_overclaims(connector: &dyn Connector, names: &Names) {
    let statuses = [200, 201, 202, 204, 302, 400, 401, 402, 403, 404, 409, 418, 500, 502, 503, 599];
    for instruction in names.each(money(1000, "USD")) {
        let what = format!("{:?}", instruction.action);
        let (asked, _) = send(connector, &instruction, &[Carried::NoAnswer("x".to_owned())]);
        if asked.is_empty() {
            continue;
        }
        // A conversation may read before it moves money; nothing is unknown before that.
        let reads = asked.iter().all(|request| !moves(request));
        let (_, refused) = send(connector, &instruction, &[Carried::NotSent("x".to_owned())]);
        assert!(matches!(refused, Outcome::NotTaken { .. }), "{what}: not sent gives {refused:?}");
        let (_, lost) = send(connector, &instruction, &[Carried::NoAnswer("x".to_owned())]);
        if !reads {
            assert!(matches!(lost, Outcome::Unknown { .. }), "{what}: no answer gives {lost:?}");
        }
        let busy = reply_with(429, "retry-after", "7", "<html>slow down</html>");
        let (_, busy) = send(connector, &instruction, &[busy]);
        let seven = matches!(busy, Outcome::NotTaken { retry_after_seconds: Some(7), .. });
        assert!(seven, "{what}: 429 gives {busy:?}");
        for status in statuses {
            for body in HOSTILE {
                let (_, outcome) = send(connector, &instruction, &[reply(status, body)]);
                let claims = matches!(
                    outcome,
                    Outcome::Succeeded(_) | Outcome::Pending(_) | Outcome::Declined(_)
                );
                // What may be said of credentials is said of an object only, by its status.
                let refused = matches!(status, 401 | 403) && crate::reply::is_object(body);
                assert!(!claims || refused, "{what}: {status} {body:?} gives {outcome:?}");
                let taken = matches!(outcome, Outcome::Unknown { .. });
                assert!(taken || refused || reads, "{what}: {status} {body:?} gives {outcome:?}");
            }
        }
    }
}

/// A good answer that breaks off anywhere is no answer, though its beginning says that all went well.
///
/// # Panics
///
/// If part of it is believed, or the whole is not.
pub fn never_believes_a_part(
    connector: &dyn Connector,
    instruction: &Instruction,
    status: u16,
    body: &str,
) {
    let body = body.trim_end();
    let (_, whole) = send(connector, instruction, &[reply(status, body)]);
    let believed = matches!(whole, Outcome::Succeeded(_) | Outcome::Declined(_));
    assert!(believed, "{body} gives {whole:?}");
    for (end, _) in body.char_indices() {
        let part = body.get(..end).unwrap_or_default();
        let (_, outcome) = send(connector, instruction, &[reply(status, part)]);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{part} gives {outcome:?}");
    }
}

/// The demands on looking up: nonsense finds nothing, and nothing is certain from it.
///
/// # Panics
///
/// If one is not met.
pub fn never_finds_in_nonsense(connector: &dyn Connector, names: &Names) {
    for instruction in names.each(money(1000, "USD")) {
        for id in [None, Some("x1")] {
            let question = question(instruction.clone(), id, 1_000_000);
            let (asked, _) = look_up(connector, &question, &[reply(200, "")]);
            if asked.is_empty() {
                continue;
            }
            for carried in [Carried::NotSent(String::new()), Carried::NoAnswer(String::new())] {
                let (_, finding) = look_up(connector, &question, &[carried]);
                assert!(matches!(finding, Finding::NoAnswer { .. }), "{finding:?}");
            }
            for status in [200, 201, 302, 400, 401, 403, 429, 500, 502] {
                for body in HOSTILE {
                    let (_, finding) = look_up(connector, &question, &[reply(status, body)]);
                    let nothing = matches!(finding, Finding::NoAnswer { .. });
                    assert!(nothing, "{status} {body:?} gives {finding:?}");
                }
            }
        }
    }
}

/// The other doors bear nonsense too.
///
/// # Panics
///
/// If one is not met.
pub fn bears_nonsense(connector: &dyn Connector) {
    let window = Window { from: now(), to: now() + SignedDuration::from_hours(1) };
    for status in [200, 401, 500] {
        for body in HOSTILE {
            let answers = [reply(status, body)];
            let (_, listed) = drive(&answers, |so_far| connector.list(window, now(), so_far));
            assert!(matches!(listed, Some(Err(_))), "{status} {body:?} is listed as {listed:?}");
            if status != 200 {
                let (_, tested) = drive(&answers, |so_far| connector.test(now(), so_far));
                assert!(matches!(tested, Some(Err(_))), "{status} {body:?} proves credentials");
            }
            let noticed = connector.webhook(&[], body.as_bytes(), now());
            assert!(noticed.is_err(), "an unsigned webhook is believed: {body:?}");
        }
    }
}

/// When a miss says something, by the table of what gateways can do.
pub fn conclusive_after(kind: GatewayKind) -> Option<u32> {
    let gateway = Gateway {
        no: GatewayNo(1),
        name: "tested".parse().ok()?,
        kind,
        active: true,
        unreferenced_credits: true,
        url: None,
        reference_prefix: None,
        concurrency: 1,
        per_second: 0,
    };
    let found = abilities(&gateway, MethodType::CreditCard, Currency::USD)?;
    Some(found.look_up.conclusive_after_seconds)
}

/// Whether a request may move money, by what all dialects have in common.
fn moves(request: &HttpRequest) -> bool {
    request.method == gateway::HttpMethod::Post
}
