//! `Reader`: every method says what the history says, whatever was written back.

use receivables::text::Text;
use receivables::{AccountNo, Command, EntryNo, Kind};

use super::{empty, filled, reopened};
use crate::agree::{ALL, agree};
use crate::model::Model;
use crate::names::names;
use crate::place::Place;
use crate::sample;
use crate::say::{self, part};
use crate::turn::Desk;

/// Empty books answer every question with nothing.
pub fn empty_books_answer_with_nothing<P: Place>() {
    let (place, opened) = empty::<P>();
    let nothing = Model::default();
    agree(&nothing, opened.reader.as_ref());
    P::verify(opened.reader.as_ref());
    let opened = reopened(&place, opened);
    agree(&nothing, opened.reader.as_ref());
    opened.close();
    assert_eq!(place.open_to_read().head().unwrap(), EntryNo(0));
}

/// Every method agrees with the history: in memory, written back, reopened, read only.
pub fn every_method_agrees_with_the_history<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    agree(&model, opened.reader.as_ref());
    opened.store().idle();
    agree(&model, opened.reader.as_ref());
    let opened = reopened(&place, opened);
    agree(&model, opened.reader.as_ref());
    P::verify(opened.reader.as_ref());
    opened.close();
    let reader = place.open_to_read();
    let all = reader.entries(EntryNo(0), ALL).unwrap();
    assert_eq!(all, model.entries());
    P::verify(reader.as_ref());
}

/// After every commit every method agrees, now in memory, now on disk.
pub fn every_method_agrees_after_every_commit<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    for number in 0..4 {
        let account = desk.account("EUR");
        let invoice = desk.posted(account, "-20");
        agree(&desk.model, reader.as_ref());
        if number % 2 == 0 {
            desk.store.idle();
        }
        desk.done(say::transfer(invoice, Some("15")));
        agree(&desk.model, reader.as_ref());
        let owed = desk.posted(account, "9");
        let apply = say::apply(account, vec![part(owed, "9")]);
        desk.done(Command::ApplyCreditBalance(apply));
        agree(&desk.model, reader.as_ref());
    }
}

/// Names are the last ones given, external ids stay.
pub fn a_profile_has_the_last_name<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    let one = desk.done(say::open_as("EUR", "one")).head.account;
    let two = desk.account("EUR");
    let profiles = |reader: &dyn engine::Reader| {
        let found = reader.account_profiles(&[two, AccountNo(99), one]).unwrap();
        found.into_iter().map(|profile| profile.name).collect::<Vec<_>>()
    };
    assert_eq!(profiles(reader.as_ref()), ["Customer", "Customer"]);
    for name in ["A", "B", "A"] {
        desk.all(vec![say::rename(one, name), say::rename(two, "other")]);
        assert_eq!(profiles(reader.as_ref()), ["other", name]);
    }
    let external_id = reader.account_profile(one).unwrap().unwrap().external_id;
    assert_eq!(external_id.as_deref(), Some("one"));
    agree(&desk.model, reader.as_ref());
}

/// Accounts are found by the beginnings of the words of their present names; not once their personal data was erased,
/// until they get another name.
pub fn an_account_is_found_by_the_words_of_its_name<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    names(&model, opened.reader.as_ref());
    let reader = opened.reader.clone();
    let mut desk = Desk::on(opened.store(), model);
    let called = |name: &str| {
        let name = Text::try_new(name).unwrap();
        Command::OpenAccount(receivables::command::OpenAccount { name, ..say::open("EUR") })
    };
    let all = ["Acme Corporation", "ACME Corp", "O'Brien & Söhne", "corp corp Corp", "-- & --"];
    let opened_now = desk.all(all.map(called).to_vec());
    let accounts: Vec<AccountNo> = opened_now.iter().map(|entry| entry.head.account).collect();
    names(&desk.model, reader.as_ref());
    desk.all(vec![say::rename(accounts[0], "Zenith"), say::rename(accounts[1], "Acme Limited")]);
    names(&desk.model, reader.as_ref());
    // Several changes of one account in a batch, the last one counts.
    let (first, third) = (accounts[0], accounts[2]);
    desk.all(vec![say::rename(first, "Old"), say::erase(first), say::rename(third, "Erased")]);
    names(&desk.model, reader.as_ref());
    desk.all(vec![say::erase(third), say::rename(third, "Customer 3"), say::erase(accounts[4])]);
    names(&desk.model, reader.as_ref());
    let found = |text: &str| -> Vec<AccountNo> {
        let found = engine::words::accounts_named(reader.as_ref(), text, 10).unwrap();
        found.into_iter().map(|profile| profile.account).collect()
    };
    assert_eq!(found("old"), [], "it was erased");
    assert_eq!(found("ACM lim"), [accounts[1]]);
    assert_eq!(found("corp"), [accounts[3]]);
    assert_eq!(found("3 cust"), [third]);
    assert_eq!(found(" - "), []);
    let model = desk.model;
    let opened = reopened(&place, opened);
    names(&model, opened.reader.as_ref());
    agree(&model, opened.reader.as_ref());
    let place = place.crash(opened);
    let opened = place.open(1);
    names(&model, opened.reader.as_ref());
    P::verify(opened.reader.as_ref());
}

/// Of a word that thousands have the newest are found, and the answer says that there are more.
pub fn a_word_that_many_have_finds_the_newest<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    for round in 0..3 {
        let open = |number: u64| {
            let name = say::text(&format!("Many w{:04} end{round}", 300 * round + number));
            Command::OpenAccount(receivables::command::OpenAccount { name, ..say::open("EUR") })
        };
        desk.all((0..300).map(open).collect());
    }
    names(&desk.model, reader.as_ref());
    let found = engine::words::accounts_named(reader.as_ref(), "many", 3).unwrap();
    let accounts: Vec<AccountNo> = found.into_iter().map(|profile| profile.account).collect();
    assert_eq!(accounts, [900, 899, 898].map(AccountNo));
    let found = engine::words::accounts_named(reader.as_ref(), "end many w0007", 3).unwrap();
    assert_eq!(found.len(), 1, "one word that few have is enough");
    assert_eq!(found[0].account, AccountNo(8));
}

/// Open invoices come oldest due first, whether the latest changes are written back or not.
pub fn open_invoices_are_those_with_a_balance<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    let account = desk.account("EUR");
    let mut invoices = Vec::new();
    for (amount, due) in [("1", 9), ("2", 3), ("-3", 5), ("4", 3), ("5", 7), ("6", 4)] {
        let mut bill = say::bill(account, &[amount]);
        bill.due_date = Some(say::day(&format!("2026-04-0{due}")));
        bill.invoice_date = Some(say::day("2026-02-01"));
        let made = desk.done(Command::CreateInvoice(bill));
        invoices.push(crate::turn::invoice_of(&made));
    }
    desk.done(say::draft(account, "9"));
    agree(&desk.model, reader.as_ref());
    // Paid one by one, now in memory, now on disk.
    for (index, amount) in [(1, "2"), (0, "1"), (5, "6"), (3, "3")] {
        if index % 2 == 1 {
            desk.store.idle();
        }
        let pay = say::pay(account, vec![part(invoices[index], amount)], None);
        desk.done(Command::RecordPayment(pay));
        agree(&desk.model, reader.as_ref());
    }
}

/// Pages over numbers with gaps, and over kinds of which there is nothing.
pub fn pages_run_over_gaps<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let model = sample::with_gaps();
    engine::import_history(opened.store(), model.entries(), engine::Gaps::Accepted).unwrap();
    agree(&model, opened.reader.as_ref());
    let none = model.numbers_of(Kind::Refund);
    assert!(none.last().unwrap() > &(none.len() as u64), "the sample has gaps");
}

/// A reader that was made to keep still sees one moment while the store goes on.
pub fn a_snapshot_sees_one_moment<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let reader = opened.reader.clone();
    let snapshot = reader.snapshot().unwrap();
    let mut desk = Desk::on(opened.store(), model.clone());
    let account = AccountNo(1);
    for amount in ["-40", "50"] {
        desk.posted(account, amount);
    }
    desk.deposited(account, "1");
    desk.done(say::rename(account, "Later"));
    desk.done(say::automate(false, true));
    desk.account("EUR");
    agree(&desk.model, reader.as_ref());
    let Some(snapshot) = snapshot else {
        // What is stored has a watermark instead; `agree` looked at it.
        return;
    };
    agree(&model, snapshot.as_ref());
    assert!(snapshot.snapshot().unwrap().is_none(), "a snapshot keeps still by itself");
    P::verify(snapshot.as_ref());
    let moved = reader.snapshot().unwrap().unwrap();
    agree(&desk.model, moved.as_ref());
}

/// What a text holds is what was written.
pub fn texts_come_back_as_they_were_written<P: Place>() {
    let (place, mut opened) = empty::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    for text in odd_texts() {
        write(&mut desk, &text);
    }
    let model = desk.model;
    agree(&model, reader.as_ref());
    opened.store().idle();
    agree(&model, reader.as_ref());
    let opened = reopened(&place, opened);
    agree(&model, opened.reader.as_ref());
}

fn odd_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "'; DROP TABLE entry; --",
        "\"quoted\" `back` $1 ?1 :a @b {curly,\"x\"} \\n \\x41 \\",
        " leading and trailing ",
        "two\nlines\tand a tab\n",
        "NULL",
        "100%_like",
        "עברית العربية \u{202e}rtl\u{202c}",
        "e\u{301} is not \u{e9}",
        "👩‍👩‍👧‍👦🦀\u{10ffff}\u{feff}\u{200b}",
        "\u{fffd}",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(1_000));
    texts.push("ß".repeat(1_000));
    texts.push("🦀".repeat(1_000));
    texts
}

/// Writes it wherever a text may stand, cut to what is allowed there.
fn write(desk: &mut Desk<'_>, text: &str) {
    let name = cut(text);
    let mut open = say::open("EUR");
    (open.name, open.external_id) = (cut(text), Some(cut(text)));
    let account = desk.done(Command::OpenAccount(open)).head.account;
    let mut bill = say::bill(account, &["10"]);
    bill.external_id = Some(cut(text));
    let item = &mut bill.items[0];
    (item.sku, item.description) = (Some(cut(text)), Some(cut(text)));
    (item.quantity, item.unit_price) = (Some(cut(text)), Some(cut(text)));
    let mut bill = desk.ask(Command::CreateInvoice(bill));
    (bill.actor, bill.request_id) = (text.into(), text.into());
    let made = desk.hand_in(vec![bill]).pop().unwrap().done();
    let mut pay = say::pay(account, vec![part(crate::turn::invoice_of(&made), "4")], Some("6"));
    (pay.words.comment, pay.words.reference) = (Some(cut(text)), Some(cut(text)));
    desk.done(Command::RecordPayment(pay));
    let mut refund = say::refund(account, "6");
    (refund.words.comment, refund.words.reference) = (Some(cut(text)), Some(cut(text)));
    desk.done(Command::RefundCreditBalance(refund));
    let change = receivables::command::ChangeSettings {
        additional_codes: vec![(receivables::journal::Role::Revenue, cut(text))],
        ..receivables::command::ChangeSettings::default()
    };
    desk.done(Command::ChangeSettings(change));
    let changed = receivables::command::ChangeAccount { name: Some(name), ..say::change(account) };
    desk.done(Command::ChangeAccount(changed));
}

fn cut<const MAX: usize>(text: &str) -> Text<MAX> {
    let text: String = text.chars().take(MAX).collect();
    Text::try_new(&text).unwrap()
}
