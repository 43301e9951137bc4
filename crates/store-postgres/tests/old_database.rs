//! A database that the release before wrote (schema 1): it can be read as it is, and that release can go on
//! beside us until the first gateway is configured.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::Write;
use std::process::Stdio;

use receivables::{AccountNo, EntryNo};
use store_conformance::turn::Desk;
use store_conformance::{Model, agree, names, say};
use store_postgres::Mode;

const DUMP: &[u8] = include_bytes!("../../quittance/tests/fixtures/books-schema-1.sql.zst");
const NAME: &str = "schema_1";

#[test]
fn a_database_of_schema_1_is_read_as_it_is_and_written_until_the_first_gateway() {
    let cluster = support::cluster();
    cluster.create(NAME).unwrap();
    let mut psql = cluster.program("psql");
    let psql = psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-d", NAME]);
    let mut psql = psql.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    psql.stdin.take().unwrap().write_all(&zstd::decode_all(DUMP).unwrap()).unwrap();
    assert!(psql.wait().unwrap().success());
    let ask = |sql: &str| cluster.sql(NAME, sql).unwrap();
    let version = || ask("SELECT max(version) FROM schema_version");
    let columns = || ask("SELECT count(*) FROM information_schema.columns");
    let url = cluster.url(NAME);

    let before = columns();
    let read = store_postgres::Options { mode: Mode::ReadOnly, committers: 0 };
    let reader = store_postgres::open(&url, read).unwrap().reader;
    let entries = engine::Reader::entries(reader.as_ref(), EntryNo(0), 100_000).unwrap();
    let books = Model::of(&entries);
    agree(&books, reader.as_ref());
    reports::verify::verify(reader.as_ref(), &mut |_| {}).unwrap();
    assert!(engine::Reader::gateway_secrets(reader.as_ref()).unwrap().is_empty());
    assert!(engine::words::accounts_named(reader.as_ref(), "a", 5).unwrap().is_empty());
    assert_eq!((version(), columns()), ("1".to_owned(), before), "reading changes nothing");
    drop(reader);

    let mut opened = support::open(&url, Mode::Write, 1);
    let reader = opened.reader.clone();
    names(&books, reader.as_ref());
    let mut desk = Desk::on(opened.store(), books);
    desk.done(say::deposit(AccountNo(1), "100"));
    desk.done(say::rename(AccountNo(1), "Named anew"));
    names(&desk.model, reader.as_ref());
    assert_eq!(version(), "1", "the release before can go on");
    desk.done(say::gateway("main"));
    assert_eq!(version(), "2", "from now on it would pass over what is held");
    desk.done(say::card(AccountNo(1), "tok_one"));
    desk.done(say::refund_to_method(AccountNo(1), "5"));
    desk.done(say::erase(AccountNo(2)));
    let books = desk.model;
    agree(&books, opened.reader.as_ref());
    names(&books, opened.reader.as_ref());
    // As if the release before had given some names meanwhile.
    ask("DELETE FROM account_word WHERE account_no > 2");
    ask("UPDATE account_word SET word = 'stale' WHERE account_no = 1 AND word = 'named'");
    ask("INSERT INTO account_word (account_no, shard, word) VALUES (2, 2, 'erased')");
    store_postgres::migrate(&url, true).unwrap();
    let index = "SELECT count(*) FROM pg_indexes WHERE indexname = 'invoice_state__open'";
    assert_eq!(ask(index), "0", "the version alone does not stop the contraction");
    agree(&books, opened.reader.as_ref());
    names(&books, opened.reader.as_ref());
    reports::verify::verify(opened.reader.as_ref(), &mut |_| {}).unwrap();
    opened.close();
}
