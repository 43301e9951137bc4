use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use super::{Sandbox, Wire};

/// The secret that webhooks are signed with in tests.
pub const SECRET: &str = "whsec_of_the_tests";

/// A webhook as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether the signature holds, reckoned here.
    pub fn is_genuine(&self, wire: Wire) -> bool {
        if wire == Wire::Authorizenet {
            let mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).unwrap();
            let mac = mac.chain_update(&self.body).finalize().into_bytes();
            let text: String = mac.iter().map(|byte| format!("{byte:02X}")).collect();
            return self.header("x-anet-signature") == format!("sha512={text}");
        }
        let name = if wire == Wire::Stripe { "stripe-signature" } else { "sandbox-signature" };
        let (at, given) = self.header(name).split_once(",v1=").unwrap();
        let at = at.strip_prefix("t=").unwrap();
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{at}.{}", self.body)).finalize().into_bytes();
        let text: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        given == text
    }
}

/// Takes webhooks on a port of its own, for as long as the test runs.
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    status: Arc<Mutex<u16>>,
}

impl Receiver {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let status = Arc::new(Mutex::new(200));
        let (kept, answer) = (received.clone(), status.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(one) = take(&stream) {
                    kept.lock().unwrap().push(one);
                    let status = *answer.lock().unwrap();
                    let text = format!(
                        "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                    );
                    let _ = (&stream).write_all(text.as_bytes());
                }
            }
        });
        Self { url, received, status }
    }

    /// What came so far; forgotten here.
    pub fn taken(&self) -> Vec<Received> {
        std::mem::take(&mut self.received.lock().unwrap())
    }

    pub fn answer_with(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    /// Makes the sandbox send a dialect's webhooks here, when it is told to.
    pub fn listen(&self, sandbox: &Sandbox, wire: Wire) {
        sandbox.sim(
            "webhooks",
            &json!({"dialect": wire.name(), "url": format!("{}/{}", self.url,
            wire.name()), "secret": SECRET, "auto": false}),
        );
    }
}

fn take(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body: String::from_utf8(body).ok()? })
}
