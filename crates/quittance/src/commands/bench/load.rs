//! Clients: each a connection that sends one request, waits for its answer, and sends the next.
//! One thread for all of them, like `wrk -t1`, so that the server keeps most of two cores.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::commands::sample::Random;
use crate::output::{Done, sentence};

/// Before measuring, for this long the same load runs unmeasured.
const WARM_UP: Duration = Duration::from_millis(700);

/// One way to load the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) clients: usize,
    /// A tenth of the commands go to one account.
    pub(super) hot: bool,
    /// Commands per request.
    pub(super) array: usize,
    pub(super) accounts: u64,
}

/// Where to send it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) address: String,
    pub(super) key: String,
}

/// What was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sample {
    pub(super) per_second: u64,
    pub(super) p50_us: u64,
    pub(super) p99_us: u64,
}

pub(super) fn measure(target: &Target, load: &Load, round: usize, time: Duration) -> Done<Sample> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let begin = Instant::now() + WARM_UP;
        let mut clients = Vec::with_capacity(load.clients);
        for number in 0..load.clients {
            // Keys and accounts differ between rounds, loads and clients.
            let shape = u64::from(load.hot) << 40 | (load.array as u64) << 24;
            let seed = (round as u64) << 48 | shape | (load.clients as u64) << 12 | number as u64;
            let client = Client {
                target: target.clone(),
                load: load.clone(),
                name: format!("{seed:x}-{}", std::process::id()),
                random: Random(seed),
                sent: 0,
            };
            clients.push(tokio::spawn(client.run(begin, begin + time)));
        }
        let mut times = Vec::new();
        for client in clients {
            times.extend(client.await??);
        }
        times.sort_unstable();
        let at = |percent: usize| {
            let index = times.len().saturating_sub(1) * percent / 100;
            times.get(index).copied().unwrap_or(0)
        };
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
        let commands = times.len() as u64 * load.array as u64;
        Ok(Sample { per_second: commands * 1000 / millis, p50_us: at(50), p99_us: at(99) })
    })
}

struct Client {
    target: Target,
    load: Load,
    name: String,
    random: Random,
    sent: u64,
}

impl Client {
    async fn run(mut self, begin: Instant, end: Instant) -> Done<Vec<u64>> {
        let mut connection = TcpStream::connect(&self.target.address).await?;
        connection.set_nodelay(true)?;
        let mut times = Vec::new();
        let mut request = Vec::new();
        let mut answer = Vec::new();
        loop {
            self.request(&mut request);
            let sent = Instant::now();
            if sent >= end {
                return Ok(times);
            }
            connection.write_all(&request).await?;
            let status = read_answer(&mut connection, &mut answer).await?;
            let done = Instant::now();
            if status != 200 && status != 201 {
                let text = String::from_utf8_lossy(&answer).into_owned();
                return Err(sentence(format!("the server answered {status}: {text}")));
            }
            if sent >= begin && done < end {
                times.push(u64::try_from((done - sent).as_micros()).unwrap_or(u64::MAX));
            }
        }
    }

    fn account(&mut self) -> u64 {
        if self.load.hot && self.random.below(10) == 0 {
            return 1;
        }
        self.random.below(self.load.accounts) + 1
    }

    fn request(&mut self, out: &mut Vec<u8>) {
        out.clear();
        let mut body = String::new();
        let (path, key) = if self.load.array == 1 {
            body.push_str(r#"{"method_type":"check","amount":"0.01"}"#);
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
            self.target.address,
            self.target.key,
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
