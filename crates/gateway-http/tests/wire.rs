//! The wire against a real server on this machine that misbehaves as told.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests; clippy sees tests only in functions marked so"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gateway::{Carried, HttpMethod, HttpReply, HttpRequest, STEPS_MAX, Step};
use gateway_http::{Limits, TooManySteps, Wire};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request it has read.
#[derive(Clone, Copy)]
enum Manner {
    /// Answers each and keeps the connection.
    Answer,
    /// Sends this and closes.
    Say(&'static str),
    /// Closes before it reads.
    CloseAtOnce,
    /// Reads and closes.
    CloseAfterReading,
    /// Reads and never answers.
    Silence,
    /// Answers the first, then closes while idle.
    AnswerOnce,
    /// An endless body.
    Flood,
}

struct Server {
    address: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (connections, requests) = (Arc::default(), Arc::default());
        let server = Self { address, connections, requests };
        let (connections, requests) = (server.connections.clone(), server.requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, manner, requests.clone()));
            }
        });
        server
    }

    fn wire(&self) -> Wire {
        Wire::new(&self.address, Limits::default()).unwrap()
    }

    fn hurried(&self) -> Wire {
        let limits = Limits { whole: Duration::from_millis(60), ..Limits::default() };
        Wire::new(&self.address, limits).unwrap()
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nX-Seen: Yes\r\nContent-Length: 2\r\n\r\n{}";

async fn serve(mut stream: TcpStream, manner: Manner, requests: Arc<AtomicUsize>) {
    if matches!(manner, Manner::CloseAtOnce) {
        return;
    }
    while let Some(request) = read_request(&mut stream).await {
        requests.fetch_add(1, Ordering::SeqCst);
        match manner {
            Manner::Answer => stream.write_all(OK.as_bytes()).await.unwrap(),
            Manner::Say("echo") => {
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{request}",
                    request.len()
                );
                return stream.write_all(answer.as_bytes()).await.unwrap();
            }
            Manner::Say(answer) => return stream.write_all(answer.as_bytes()).await.unwrap(),
            Manner::CloseAtOnce | Manner::CloseAfterReading => return,
            Manner::AnswerOnce => return stream.write_all(OK.as_bytes()).await.unwrap(),
            Manner::Silence => {
                // Until the other side gives up.
                let _ = stream.read(&mut [0]).await;
                return;
            }
            Manner::Flood => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
                return;
            }
        }
    }
}

/// One request with its body, or nothing if the connection ends.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        let mut part = [0; 1024];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    }
}

fn request() -> HttpRequest {
    HttpRequest {
        method: HttpMethod::Post,
        path: "/v1/refunds?a=b".to_owned(),
        headers: vec![("Idempotency-Key".to_owned(), "k-1".to_owned())],
        body: "{\"amount\":\"1.00\"}".to_owned(),
    }
}

fn reply(carried: Carried) -> HttpReply {
    let Carried::Reply(reply) = carried else { panic!("no reply: {carried:?}") };
    reply
}

fn not_sent(carried: &Carried) -> bool {
    matches!(carried, Carried::NotSent(_))
}

fn no_answer(carried: &Carried) -> bool {
    matches!(carried, Carried::NoAnswer(_))
}

#[tokio::test]
async fn a_request_arrives_as_it_is_and_the_answer_comes_back() {
    let server = Server::start(Manner::Say("echo")).await;
    let address = format!("{}/stripe/", server.address);
    let wire = Wire::new(&address, Limits::default()).unwrap();
    let echoed = reply(wire.carry(&request()).await).body;
    assert!(echoed.starts_with("POST /stripe/v1/refunds?a=b HTTP/1.1\r\n"), "{echoed}");
    let lower = echoed.to_ascii_lowercase();
    assert!(lower.contains("idempotency-key: k-1\r\n"), "{echoed}");
    assert!(lower.contains(&format!("host: {}\r\n", &server.address[7..])), "{echoed}");
    assert!(echoed.ends_with("\r\n\r\n{\"amount\":\"1.00\"}"), "{echoed}");
    let server = Server::start(Manner::Answer).await;
    let answer = reply(server.wire().carry(&request()).await);
    assert_eq!(
        (answer.status, answer.header("x-seen"), answer.body.as_str()),
        (200, Some("Yes"), "{}")
    );
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_name_mean_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let carried = Wire::new(&address, Limits::default()).unwrap().carry(&request()).await;
    assert!(not_sent(&carried), "{carried:?}");
    let wire = Wire::new("http://no-such-host.invalid", Limits::default()).unwrap();
    let carried = wire.carry(&request()).await;
    assert!(not_sent(&carried), "{carried:?}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_means_not_sent() {
    for manner in [Manner::Answer, Manner::Silence, Manner::CloseAtOnce] {
        let server = Server::start(manner).await;
        let address = server.address.replace("http:", "https:");
        let limits = Limits { connect: Duration::from_millis(60), ..Limits::default() };
        let carried = Wire::new(&address, limits).unwrap().carry(&request()).await;
        assert!(not_sent(&carried), "{carried:?}");
        assert_eq!(server.requests(), 0);
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_written_is_not_sent() {
    let server = Server::start(Manner::Answer).await;
    let mut split = request();
    split.headers.push(("X-Split".to_owned(), "a\r\nX-Evil: b".to_owned()));
    assert!(not_sent(&server.wire().carry(&split).await));
    let mut pathless = request();
    pathless.path = "@evil.example/".to_owned();
    assert!(not_sent(&server.wire().carry(&pathless).await));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn once_connected_a_close_means_no_answer() {
    for manner in [Manner::CloseAfterReading, Manner::Say("HTTP/1.1 200 OK\r\nConte")] {
        let server = Server::start(manner).await;
        let carried = server.wire().carry(&request()).await;
        assert!(no_answer(&carried), "{carried:?}");
        assert_eq!(server.requests(), 1, "and it is not repeated");
    }
    // Whether anything was written before the close was seen depends on the moment; what is certain
    // is that it is never taken for an answer.
    let server = Server::start(Manner::CloseAtOnce).await;
    let carried = server.wire().carry(&request()).await;
    assert!(!matches!(carried, Carried::Reply(_)), "{carried:?}");
    assert_eq!(server.connections(), 1, "and it is not repeated");
}

#[tokio::test]
async fn a_slow_server_means_no_answer() {
    let server = Server::start(Manner::Silence).await;
    let carried = server.hurried().carry(&request()).await;
    assert!(no_answer(&carried), "{carried:?}");
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_body_that_breaks_off_means_no_answer() {
    let answers = [
        "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"id\":\"re_1\"}",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n",
    ];
    for answer in answers {
        let server = Server::start(Manner::Say(answer)).await;
        let carried = server.wire().carry(&request()).await;
        assert!(no_answer(&carried), "{carried:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_means_no_answer() {
    for answer in ["hello\r\n\r\n", "\0\0\0\0", "HTTP/9.9 ???\r\n\r\n"] {
        let server = Server::start(Manner::Say(answer)).await;
        let carried = server.wire().carry(&request()).await;
        assert!(no_answer(&carried), "{carried:?}");
    }
}

#[tokio::test]
async fn a_huge_body_is_cut_off_at_the_limit() {
    let server = Server::start(Manner::Flood).await;
    let limits = Limits { reply_bytes: 10_000, ..Limits::default() };
    let wire = Wire::new(&server.address, limits).unwrap();
    assert_eq!(reply(wire.carry(&request()).await).body.len(), 10_000);
    assert_eq!(reply(wire.carry(&request()).await).body.len(), 10_000);
    assert_eq!(server.connections(), 2, "a connection with more to say is not used again");
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let target = Server::start(Manner::Answer).await;
    let answer =
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
    let server = Server::start(Manner::Say(answer)).await;
    assert_eq!(reply(server.wire().carry(&request()).await).status, 307);
    assert_eq!((server.requests(), target.requests()), (1, 0));
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start(Manner::Answer).await;
    let wire = server.wire();
    for _ in 0..20 {
        assert_eq!(reply(wire.carry(&request()).await).status, 200);
    }
    assert_eq!((server.connections(), server.requests()), (1, 20));
}

#[tokio::test]
async fn a_connection_the_server_closed_is_not_trusted() {
    let server = Server::start(Manner::AnswerOnce).await;
    let wire = server.wire();
    for round in 1..=20 {
        match wire.carry(&request()).await {
            Carried::Reply(reply) => assert_eq!(reply.status, 200),
            // The close came while the request was written.
            Carried::NoAnswer(_) => {}
            Carried::NotSent(reason) => panic!("a new connection could be had: {reason}"),
        }
        assert!(server.requests() <= round, "no request is written twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_use_it_at_once() {
    let server = Server::start(Manner::Answer).await;
    let wire = Arc::new(server.wire());
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let wire = wire.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    assert_eq!(reply(wire.carry(&request()).await).status, 200);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(server.requests(), 640);
    assert!(server.connections() < 640, "{}", server.connections());
}

#[tokio::test]
async fn a_conversation_has_an_end() {
    let server = Server::start(Manner::Answer).await;
    let wire = server.wire();
    let asked = wire
        .converse(|so_far| match so_far.len() {
            3 => Step::Done(
                so_far.iter().filter(|one| matches!(one.carried, Carried::Reply(_))).count(),
            ),
            _ => Step::Ask(request()),
        })
        .await;
    assert_eq!(asked, Ok(3));
    let endless = wire.converse(|_| Step::<()>::Ask(request())).await;
    assert_eq!(endless, Err(TooManySteps));
    assert_eq!(server.requests(), 3 + STEPS_MAX);
}
