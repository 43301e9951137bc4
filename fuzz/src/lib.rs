//! What each fuzz target does with its input. Bad input is refused; nothing panics, nothing answers 500,
//! and what is accepted reads back as itself.

use std::sync::{Arc, LazyLock};

use api::App;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, Uri};
use engine::{Clock, Engine, IdempotencyKey, Reader, SystemClock};
use intake::Profile;
use money::{Amount, Currency, round_product};
use receivables::id::{Numbered, Ref};
use receivables::text::{Comment, Name, Sku};
use receivables::{AccountNo, AdjustmentNo, Entry, EntryNo, InvoiceNo};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// Amounts, currencies, names, references and keys, as anyone may write them.
pub fn money(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(currency) = text.parse::<Currency>() {
        assert_eq!(currency.code(), text);
    }
    if let Ok(amount) = text.parse::<Amount>() {
        amount_reads_back(amount);
    }
    if let Some((quantity, price)) = text.split_once('*')
        && let (Ok(quantity), Ok(price)) = (quantity.parse::<Amount>(), price.parse::<Amount>())
        && let Ok(product) = round_product(quantity, price, Currency::GBP)
    {
        let swapped = round_product(price, quantity, Currency::GBP);
        assert_eq!(swapped.ok(), Some(product));
        assert!(product.minor().abs() <= money::MINOR_MAX);
    }
    for taken in [Name::try_new(text).is_ok(), Comment::try_new(text).is_ok()] {
        assert!(!taken || !text.is_empty());
    }
    assert!(Sku::try_new(text).is_err() || text.chars().count() <= 64);
    let _ = IdempotencyKey::try_new(text);
    reference::<AccountNo>(text);
    reference::<InvoiceNo>(text);
    reference::<AdjustmentNo>(text);
    reference::<EntryNo>(text);
}

fn amount_reads_back(amount: Amount) {
    let shown = amount.to_string();
    assert_eq!(shown.parse::<Amount>().ok(), Some(amount), "{shown}");
    for currency in [Currency::JPY, Currency::USD, Currency::BHD] {
        let Ok(money) = amount.to_money(currency) else { continue };
        let decimal = money.to_decimal();
        let again = decimal.parse::<Amount>().ok().and_then(|again| again.to_money(currency).ok());
        assert_eq!(again, Some(money), "{decimal}");
        assert_eq!(money.negated().negated(), money);
        assert!(money.try_sub(money).is_ok_and(|nothing| nothing.is_zero()));
    }
}

fn reference<N: Numbered + std::fmt::Debug>(text: &str) {
    if let Ok(found) = text.parse::<Ref<N>>()
        && found.stamp.is_none()
    {
        let shown = found.no.to_string();
        let again = shown.parse::<Ref<N>>();
        assert!(again.is_ok_and(|again| again.no == found.no), "{text:?} is shown as {shown}");
    }
}

/// Packed input grows by much: less of it is read.
const PACKED_MAX: usize = 2_048;
static RETAIL: LazyLock<Option<Profile>> = LazyLock::new(|| Profile::find("online-retail").ok());
static AMOUNTS: LazyLock<Option<Profile>> = LazyLock::new(|| {
    let text = "name = \"amounts\"\n[columns]\ninvoice = \"a\"\naccount = \"b\"\n\
                timestamp = \"c\"\namount = \"d\"\n[account]\ncurrency = \"BHD\"\n\
                [timestamp]\nformat = \"%d.%m.%y\"\ntime_zone = \"Europe/London\"\n";
    Profile::parse(text).ok()
});

/// A file of invoice lines, plain or packed; a profile.
pub fn import(data: &[u8]) {
    let packed = data.starts_with(&[0x1f, 0x8b]) || data.starts_with(&[0x28, 0xb5]);
    if packed && data.len() > PACKED_MAX {
        return;
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Profile::parse(text);
    }
    for profile in [&*RETAIL, &*AMOUNTS] {
        let profile = profile.as_ref().expect("the profile is right");
        match intake::read(data, profile, &mut |_| {}) {
            Ok(business) => {
                let order = business
                    .invoices
                    .windows(2)
                    .all(|pair| (pair[0].at, &pair[0].number) < (pair[1].at, &pair[1].number));
                assert!(order, "invoices are out of order, or one is there twice");
                let accounts = business.accounts.len();
                assert!(business.invoices.iter().all(|invoice| invoice.account < accounts));
            }
            Err(error) => assert!(error.to_string().starts_with("line ")),
        }
    }
}

/// A decision as `import history` reads it.
pub fn history(data: &[u8]) {
    let Ok(entry) = serde_json::from_slice::<Entry>(data) else { return };
    let written = serde_json::to_string(&entry).expect("an entry can be written");
    let again: Entry = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(again, entry);
}

/// The API on books of its own.
struct World {
    runtime: tokio::runtime::Runtime,
    reader: Arc<dyn Reader>,
    service: Router,
    key: String,
    _directory: TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// What the books begin with, so that the seeds lead somewhere.
const BEGINNING: [(&str, &str); 6] = [
    ("/api/v1/accounts", r#"{"name": "Ada", "currency": "USD"}"#),
    ("/api/v1/accounts/A00000001/invoices", r#"{"items": [{"amount": "-1000000"}], "post": true}"#),
    ("/api/v1/accounts/A00000001/invoices", r#"{"items": [{"amount": "500000"}], "post": true}"#),
    ("/api/v1/invoices/INV00000001/transfer", r#"{"amount": "500000"}"#),
    ("/api/v1/accounts/A00000001/credit-balance/apply", r#"{"amount": "1000"}"#),
    (
        "/api/v1/accounts/A00000001/payments",
        r#"{"method_type": "check", "applications": [{"invoice": "INV00000002", "amount": "1000"}]}"#,
    ),
];

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("books.db");
        let opened = store_sqlite::open(&path, store_sqlite::Mode::Create).expect("a database");
        let store = Box::new(opened.store.expect("a writing side"));
        let engine = Engine::start(store, Arc::new(SystemClock)).expect("an engine");
        let made = api::new_administrator("fuzz", SystemClock.now()).expect("a key");
        runtime.block_on(engine.put_api_key(made.record)).expect("the key is stored");
        let app = App::new(engine, opened.reader).expect("an API");
        let reader = Arc::clone(&app.reader);
        let service = app.service();
        let world = Self { runtime, reader, service, key: made.secret, _directory: directory };
        for (number, (path, body)) in BEGINNING.iter().enumerate() {
            let uri = path.parse().expect("a path");
            let (status, answer) =
                world.ask(Method::POST, uri, &format!("beginning-{number}"), body.as_bytes());
            assert_eq!(status, StatusCode::CREATED, "{path}: {}", String::from_utf8_lossy(&answer));
        }
        world
    }

    fn ask(&self, method: Method, uri: Uri, key: &str, body: &[u8]) -> (StatusCode, Vec<u8>) {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_vec()))
            .expect("a request");
        self.runtime.block_on(async {
            let answer = self.service.clone().oneshot(request).await.expect("an answer");
            let status = answer.status();
            let bytes = to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
            (status, bytes.to_vec())
        })
    }
}

/// A request: its first line is `METHOD PATH KEY`, the rest its body.
pub fn command(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (line, body) = data.split_at(end);
    let Ok(line) = std::str::from_utf8(line) else { return };
    let mut words = line.split(' ');
    let (Some(method), Some(path), Some(key)) = (words.next(), words.next(), words.next()) else {
        return;
    };
    let Ok(uri) = path.parse::<Uri>() else { return };
    let visible = |byte: u8| (b'!'..=b'~').contains(&byte);
    let Some(method) = ["GET", "POST", "PATCH", "PUT"].into_iter().find(|known| *known == method)
    else {
        return;
    };
    // Its own key must stay.
    if !path.starts_with('/') || path.contains("api-keys") || !key.bytes().all(visible) {
        return;
    }
    let method = method.parse().expect("a method");
    let (status, answer) = WORLD.ask(method, uri, key, body.get(1..).unwrap_or_default());
    let shown = String::from_utf8_lossy(&answer);
    assert!(status.as_u16() < 500, "{line}: {status} {shown}");
    if status.is_success() {
        return;
    }
    let problem: Value = serde_json::from_slice(&answer).expect("a problem document");
    assert_eq!(problem["status"], status.as_u16(), "{shown}");
    assert!(problem["code"].as_str().is_some_and(|code| !code.is_empty()), "{shown}");
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{shown}");
}

/// Fails if the books that [`command`] wrote are not right.
pub fn verify() {
    reports::verify::verify(WORLD.reader.as_ref(), &mut |_| {}).expect("the books are right");
}
