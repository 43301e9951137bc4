//! Stands between a program and the server: counts what is asked, holds answers back, breaks connections.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use super::cluster;

/// What to do with the next commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing.
    #[default]
    Never,
    /// Break the connection before the server hears of it.
    BeforeCommit,
    /// Break the connection when the server has done it, before the program hears of it.
    AfterCommit,
}

#[derive(Debug, Default)]
struct State {
    /// Statements sent so far, over all connections.
    statements: usize,
    /// Answers wait until so many were sent.
    held_until: usize,
    cut: Cut,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    cuts: AtomicUsize,
}

/// A door of its own to the cluster of this test program.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let ours = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, cluster().port())).unwrap();
                connect(client.unwrap(), server, &ours);
            }
        });
        Self { port, shared }
    }

    /// The address of a database through this door.
    pub(crate) fn url(&self, direct: &str) -> String {
        direct.replace(&format!(":{}/", cluster().port()), &format!(":{}/", self.port))
    }

    /// Statements sent so far, over all connections.
    pub(crate) fn statements(&self) -> usize {
        self.shared.state().statements
    }

    /// From now on no answer comes through before so many more statements were sent: whoever waits for
    /// an answer in between waits for ever.
    pub(crate) fn hold_until(&self, more: usize) {
        let mut state = self.shared.state();
        state.held_until = state.statements + more;
    }

    /// What to do with the next commit.
    pub(crate) fn cut(&self, cut: Cut) {
        self.shared.state().cut = cut;
    }

    /// How many connections were broken.
    pub(crate) fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn break_up(&self, one: &TcpStream, other: &TcpStream) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
        let _ = (one.shutdown(Shutdown::Both), other.shutdown(Shutdown::Both));
    }

    /// Counts a message of the program; true if the connection is to be broken instead.
    fn count(&self, kind: u8, body: &[u8], after_commit: &AtomicUsize) -> bool {
        let mut state = self.state();
        if kind == b'Q' && body.starts_with(b"COMMIT\0") {
            match std::mem::take(&mut state.cut) {
                Cut::Never => {}
                Cut::BeforeCommit => return true,
                Cut::AfterCommit => after_commit.store(1, Ordering::SeqCst),
            }
        }
        // Each query of the extended protocol ends with a Sync.
        if kind == b'Q' || kind == b'S' {
            state.statements += 1;
            self.changed.notify_all();
        }
        false
    }
}

fn connect(client: TcpStream, server: TcpStream, shared: &Arc<Shared>) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let after_commit = Arc::new(AtomicUsize::new(0));
    let up = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (ours, flag) = (Arc::clone(shared), Arc::clone(&after_commit));
    thread::spawn(move || {
        let _ = forward(up.0, &up.1, &ours, &flag);
        let _ = up.1.shutdown(Shutdown::Both);
    });
    let ours = Arc::clone(shared);
    thread::spawn(move || {
        let _ = answer(server, &client, &ours, &after_commit);
        let _ = client.shutdown(Shutdown::Both);
    });
}

/// Passes on what the program sends, message by message.
fn forward(
    mut client: TcpStream,
    mut server: &TcpStream,
    shared: &Shared,
    after_commit: &AtomicUsize,
) -> std::io::Result<()> {
    // The first message has no kind.
    let mut first = true;
    loop {
        let mut head = vec![0; if first { 4 } else { 5 }];
        client.read_exact(&mut head)?;
        let length: [u8; 4] = head[head.len() - 4..].try_into().unwrap();
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        client.read_exact(&mut body)?;
        if !first && shared.count(head[0], &body, after_commit) {
            shared.break_up(&client, server);
            return Ok(());
        }
        first = false;
        head.extend(body);
        server.write_all(&head)?;
    }
}

/// Passes on what the server answers, as soon as it may.
fn answer(
    mut server: TcpStream,
    mut client: &TcpStream,
    shared: &Shared,
    after_commit: &AtomicUsize,
) -> std::io::Result<()> {
    let (mut part, mut kept) = (vec![0_u8; 64 * 1024], Vec::<u8>::new());
    loop {
        let read = server.read(&mut part)?;
        if read == 0 {
            return Ok(());
        }
        if after_commit.load(Ordering::SeqCst) > 0 {
            kept.extend(&part[..read]);
            if kept.windows(7).any(|bytes| bytes == b"COMMIT\0") {
                shared.break_up(client, &server);
                return Ok(());
            }
            continue;
        }
        let mut state = shared.state();
        while state.statements < state.held_until {
            state = shared.changed.wait(state).unwrap();
        }
        drop(state);
        client.write_all(&part[..read])?;
    }
}
