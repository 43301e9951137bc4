//! Where webhooks arrive: keeps every letter, and takes it as the API does, or holds it back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use engine::{Engine, Reader};
use tokio::net::TcpListener;
use worker::Gateways;
use worker::notices::{self, NoticeError, Taken};

/// One webhook as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The receiver.
pub(crate) struct Post {
    pub(crate) url: String,
    engine: Engine,
    reader: Arc<dyn Reader>,
    gateways: Arc<Gateways>,
    letters: Mutex<Vec<Letter>>,
    holds: AtomicBool,
}

impl Post {
    /// Opens a port.
    pub(crate) async fn open(
        engine: &Engine,
        reader: &Arc<dyn Reader>,
        gateways: &Arc<Gateways>,
    ) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let post = Arc::new(Self {
            url: format!("http://{}/", listener.local_addr().unwrap()),
            engine: engine.clone(),
            reader: Arc::clone(reader),
            gateways: Arc::clone(gateways),
            letters: Mutex::default(),
            holds: AtomicBool::new(false),
        });
        let router = Router::new().fallback(receive).with_state(Arc::clone(&post));
        tokio::spawn(async move { axum::serve(listener, router).await });
        post
    }

    /// From now on letters are kept only.
    pub(crate) fn hold(&self) {
        self.holds.store(true, Ordering::SeqCst);
    }

    /// What arrived so far.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    /// Takes a letter of the first gateway.
    pub(crate) async fn take(&self, letter: &Letter) -> Result<Taken, NoticeError> {
        let gateway = self.reader.settings().unwrap().gateways.first().unwrap().clone();
        let (engine, reader, gateways) = (&self.engine, &self.reader, &self.gateways);
        notices::take(engine, reader, gateways, &gateway, &letter.headers, &letter.body).await
    }
}

async fn receive(State(post): State<Arc<Post>>, request: Request) -> StatusCode {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
    let headers =
        head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let letter = Letter { headers, body };
    post.letters.lock().unwrap().push(letter.clone());
    if post.holds.load(Ordering::SeqCst) {
        return StatusCode::OK;
    }
    match post.take(&letter).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}
