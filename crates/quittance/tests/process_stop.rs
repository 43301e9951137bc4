//! Stopping: what the server accepted it answers, what it answered is there after the next start.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use support::store::is_stored;
use support::{Api, Server, run};

/// A server that does not answer for so long is taken for dead.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command whose head the server has taken, and whose body it waits for.
struct Begun {
    stream: BufReader<TcpStream>,
    body: String,
}

impl Begun {
    fn new(server: &Server, path: &str, key: &str, body: &Value) -> Self {
        let address = server.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nIdempotency-Key: {key}\r\n\
             Expect: 100-continue\r\n\r\n",
            server.key,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut begun = Self { stream: BufReader::new(stream), body };
        // The server says this when the handler asks for the body.
        assert_eq!(begun.line(), "HTTP/1.1 100 Continue");
        assert_eq!(begun.line(), "");
        begun
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Sends the body; the status line and all that follows.
    fn finish(mut self) -> (String, String) {
        self.stream.get_mut().write_all(self.body.as_bytes()).unwrap();
        let status = self.line();
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).unwrap();
        (status, rest)
    }
}

fn signal(server: &Server, name: &str) {
    let script = format!("kill -{name} {}", server.pid());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

/// Returns once the server takes no new connection.
fn until_closed(server: &Server) {
    let address = server.url.strip_prefix("http://").unwrap();
    while TcpStream::connect(address).is_ok() {
        thread::yield_now();
    }
}

fn refund(account: &str) -> String {
    format!("/api/v1/accounts/{account}/credit-balance/refund")
}

#[track_caller]
fn verify(server: &Server) {
    let verified = run(&["verify", "--database", server.database()]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn a_stopping_server_answers_what_it_accepted() {
    for name in ["TERM", "INT"] {
        let mut server = Server::fresh();
        let (account, _) = server.api().account_with_credit("100.00");
        let body = json!({"method_type": "check", "amount": "1.00"});
        let begun: Vec<Begun> = (0..8)
            .map(|number| Begun::new(&server, &refund(&account), &format!("begun {number}"), &body))
            .collect();
        signal(&server, name);
        until_closed(&server);
        for begun in begun {
            let (status, rest) = begun.finish();
            assert_eq!(status, "HTTP/1.1 201 Created", "{rest}");
            assert!(rest.contains("\"refund\""), "{rest}");
        }
        assert!(server.terminate().success(), "{}", server.log());
        verify(&server);
        server.start_again();
        let [credit, ..] = server.api().figures(&account);
        assert_eq!(credit, "92.00");
    }
}

#[test]
fn a_server_stopped_under_load_keeps_what_it_acknowledged() {
    let mut server = Server::fresh();
    let (account, _) = server.api().account_with_credit("1000000.00");
    let (url, key, path) = (server.url.clone(), server.key.clone(), refund(&account));
    let (acknowledged, all) = channel();
    let keys: Vec<String> = thread::scope(|scope| {
        for client in 0..4 {
            let api = Api::new(&url, Some(&key));
            let (path, acknowledged) = (&path, acknowledged.clone());
            scope.spawn(move || {
                for number in 0.. {
                    let key = format!("{client}-{number}");
                    let headers = [("content-type", "application/json"), ("idempotency-key", &key)];
                    let body = json!({"method_type": "cash", "amount": "0.01"}).to_string();
                    match api.try_send("POST", path, &headers, Some(body)) {
                        Ok(answer) if answer.status == 201 => acknowledged.send(key).unwrap(),
                        Ok(answer) => {
                            assert_eq!(answer.code(), Some("stopping"), "{}", answer.text);
                            return;
                        }
                        Err(_) => return,
                    }
                }
            });
        }
        drop(acknowledged);
        let mut keys: Vec<String> = all.iter().take(100).collect();
        assert!(server.terminate().success(), "{}", server.log());
        keys.extend(all.iter());
        keys
    });
    verify(&server);
    server.start_again();
    let body = json!({"method_type": "cash", "amount": "0.01"});
    for key in &keys {
        assert!(server.api().post_as(&path, key, &body).replayed(), "{key} is lost");
    }
    assert!(keys.len() >= 100);
}

#[test]
fn a_connection_that_says_nothing_does_not_keep_a_server_from_stopping() {
    let mut server = Server::fresh();
    let address = server.url.strip_prefix("http://").unwrap();
    let _silent = TcpStream::connect(address).unwrap();
    let used = server.api();
    used.show("/healthz");
    assert!(server.terminate().success(), "{}", server.log());
}

#[test]
fn the_key_is_shown_on_the_first_start_only() {
    let mut server = Server::fresh();
    let key = server.key.clone();
    assert!(key.starts_with("qk_"), "{key}");
    assert!(server.terminate().success());
    let again = Server::start(server.directory());
    assert_eq!(again.key, "");
    again.api_as(&key).show("/api/v1/api-keys");
    assert!(!server.log().contains(&key), "the key is in the log");
    assert!(!is_stored(server.directory(), &key), "the key is stored");
}
