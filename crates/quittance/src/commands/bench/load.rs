//! Clients: each a connection that sends one request, waits for its answer, and sends the next.
//! One thread for all of them, like `wrk -t1`, so that the server keeps most of two cores.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::commands::sample::Random;
use crate::output::{Done, sentence};

/// Before measuring, for this long the same load runs unmeasured.
pub(super) const WARM_UP: Duration = Duration::from_millis(700);

/// A server that is busy says so and takes the same request again; so often in a row it is asked.
const TRIES: usize = 1_000;

/// One way to load the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) clients: usize,
    /// A tenth of the commands go to one account.
    pub(super) hot: bool,
    /// Commands per request.
    pub(super) array: usize,
    pub(super) accounts: u64,
    /// Through a gateway, to the default card.
    pub(super) electronic: bool,
}

impl Load {
    /// The account of the next command.
    pub(super) fn account(&self, random: &mut Random) -> u64 {
        if self.hot && random.below(10) == 0 {
            return 1;
        }
        random.below(self.accounts) + 1
    }

    /// What it is called in tables.
    pub(super) fn name(&self) -> String {
        match (self.array, self.hot) {
            (1, false) => "uniform".to_owned(),
            (1, true) => "a tenth on one account".to_owned(),
            (array, _) => format!("arrays of {}", super::figures::grouped(array as u64)),
        }
    }
}

/// One measurement among those of all runs on the same books.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// When this program began, so that idempotency keys are new on books that are there already.
    pub(super) began: i64,
    /// The how manyth measurement it is.
    pub(super) number: u64,
}

impl Turn {
    /// What the idempotency keys of a client begin with.
    pub(super) fn key(self, client: usize) -> String {
        format!("{:x}-{}-{client}", self.began, self.number)
    }

    /// How a client spreads over the accounts: each in its own way, the same in every run.
    pub(super) fn random(self, client: usize) -> Random {
        Random(self.number << 32 | client as u64)
    }
}

/// Where to send it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Clients are spread over the servers in turn.
    pub(super) addresses: Vec<String>,
    pub(super) key: String,
}

/// What was measured.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Sample {
    pub(super) per_second: u64,
    pub(super) p50_us: u64,
    pub(super) p99_us: u64,
    /// Answers that asked for the same request again.
    pub(super) again: u64,
}

impl Sample {
    /// From the time each request took, in microseconds.
    pub(super) fn of(mut times: Vec<u64>, array: usize, again: u64, time: Duration) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let index = times.len().saturating_sub(1) * percent / 100;
            times.get(index).copied().unwrap_or(0)
        };
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
        let commands = times.len() as u64 * array as u64;
        Self { per_second: commands * 1000 / millis, p50_us: at(50), p99_us: at(99), again }
    }
}

pub(super) fn measure(target: &Target, load: &Load, turn: Turn, time: Duration) -> Done<Sample> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let begin = Instant::now() + WARM_UP;
        let mut clients = Vec::with_capacity(load.clients);
        for number in 0..load.clients {
            let address = target.addresses.get(number % target.addresses.len().max(1));
            let client = Client {
                address: address.cloned().unwrap_or_default(),
                key: target.key.clone(),
                load: load.clone(),
                name: turn.key(number),
                random: turn.random(number),
                sent: 0,
                again: 0,
            };
            clients.push(tokio::spawn(client.run(begin, begin + time)));
        }
        let (mut times, mut again) = (Vec::new(), 0);
        for client in clients {
            let (more, asked) = client.await??;
            times.extend(more);
            again += asked;
        }
        Ok(Sample::of(times, load.array, again, time))
    })
}

struct Client {
    address: String,
    key: String,
    load: Load,
    name: String,
    random: Random,
    sent: u64,
    again: u64,
}

impl Client {
    async fn run(mut self, begin: Instant, end: Instant) -> Done<(Vec<u64>, u64)> {
        let mut connection = TcpStream::connect(&self.address).await?;
        connection.set_nodelay(true)?;
        let mut times = Vec::new();
        let mut request = Vec::new();
        let mut answer = Vec::new();
        loop {
            self.request(&mut request);
            let sent = Instant::now();
            if sent >= end {
                return Ok((times, self.again));
            }
            for tried in 0.. {
                connection.write_all(&request).await?;
                let status = read_answer(&mut connection, &mut answer).await?;
                if self.done(status, &answer) {
                    break;
                }
                let busy = status == 503 || status == 200;
                if !busy || tried > TRIES {
                    let text = String::from_utf8_lossy(&answer).into_owned();
                    return Err(sentence(format!("the server answered {status}: {text}")));
                }
                self.again += u64::from(Instant::now() >= begin);
            }
            let done = Instant::now();
            // Also what was sent before counts; what is answered later does not. So none gets lost.
            if done >= begin && done < end {
                times.push(u64::try_from((done - sent).as_micros()).unwrap_or(u64::MAX));
            }
        }
    }

    /// Whether every command of the request was done.
    fn done(&self, status: u16, answer: &[u8]) -> bool {
        if self.load.array == 1 {
            return status == 201 || status == 200;
        }
        let all = format!("{{\"accepted\":{},\"refused\":0,", self.load.array);
        status == 200 && answer.starts_with(all.as_bytes())
    }

    fn account(&mut self) -> u64 {
        self.load.account(&mut self.random)
    }

    fn request(&mut self, out: &mut Vec<u8>) {
        out.clear();
        let mut body = String::new();
        let (path, key) = if self.load.array == 1 {
            body.push_str(if self.load.electronic {
                r#"{"type":"electronic","amount":"0.01"}"#
            } else {
                r#"{"method_type":"check","amount":"0.01"}"#
            });
            self.sent += 1;
            let key = format!("Idempotency-Key: {}-{}\r\n", self.name, self.sent);
            (format!("/api/v1/accounts/A{:08}/credit-balance/refund", self.account()), key)
        } else {
            body.push_str(r#"{"commands":["#);
            for index in 0..self.load.array {
                self.sent += 1;
                let comma = if index == 0 { "" } else { "," };
                let account = self.account();
                body.push_str(&format!(
                    r#"{comma}{{"idempotency_key":"{}-{}","operation":"refund_credit_balance","account":"A{account:08}","body":{{"method_type":"check","amount":"0.01"}}}}"#,
                    self.name, self.sent,
                ));
            }
            body.push_str("]}");
            ("/api/v1/batch".to_owned(), String::new())
        };
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\n{key}Content-Length: {}\r\n\r\n",
            self.address,
            self.key,
            body.len(),
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(body.as_bytes());
    }
}

/// Reads one answer with a Content-Length; leaves its body in `buffer`, gives its status.
async fn read_answer(connection: &mut TcpStream, buffer: &mut Vec<u8>) -> Done<u16> {
    buffer.clear();
    let mut scanned = 0;
    let head_end = loop {
        if connection.read_buf(buffer).await? == 0 {
            return Err(sentence("the server closed the connection"));
        }
        let found = buffer.get(scanned..).and_then(|new| {
            new.windows(4).position(|window| window == b"\r\n\r\n").map(|at| scanned + at)
        });
        if let Some(at) = found {
            break at;
        }
        scanned = buffer.len().saturating_sub(3);
    };
    let head = String::from_utf8_lossy(buffer.get(..head_end).unwrap_or_default()).into_owned();
    let status = head.get(9..12).and_then(|text| text.parse().ok()).unwrap_or(0);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let whole = head_end + 4 + length.ok_or_else(|| sentence("an answer has no length"))?;
    while buffer.len() < whole {
        if connection.read_buf(buffer).await? == 0 {
            return Err(sentence("the server closed the connection"));
        }
    }
    buffer.drain(..head_end + 4);
    Ok(status)
}
