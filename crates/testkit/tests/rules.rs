//! Rules of invoices, payments and adjustments that the scenarios do not cover.
#![allow(missing_docs, reason = "a test says what it says")]

use receivables::command::{
    AdjustInvoiceItems, ChangeSettings, RecordPayment, RefundCreditBalance,
};
use receivables::command::{RefundPayment, Words};
use receivables::id::{Numbered, PublicId, Ref};
use receivables::{AccountNo, Command, Entry, InvoiceNo, Kind};
use testkit::command::{
    adjust, cancel_item_adjustment, cancel_payment, cancel_refund, charge, credit, day, one, part,
    pay, refund, refund_payment,
};
use testkit::{ALL, World, bill};

fn unpost(invoice: InvoiceNo) -> Command {
    Command::UnpostInvoice(one(invoice))
}

#[test]
fn only_the_latest_invoice_without_documents_is_unposted() {
    let mut world = World::new();
    let account = world.account("USD");
    let (first, second) = (world.posted(account, "10"), world.posted(account, "20"));
    world.ask(unpost(first)).rejected_with("invoice_not_latest");
    let payment = world.paid(second, "5");
    world.ask(unpost(second)).rejected_with("invoice_has_documents");
    world.ask(cancel_payment(payment)).accepted();
    world.ask(unpost(second)).accepted();
    world.expect(account, "0.00", "10.00", "10.00");
    world.ask(unpost(second)).rejected_with("invoice_status");
    world.ask(unpost(first)).accepted();
    world.expect(account, "0.00", "0.00", "0.00");
    world.ask(Command::PostInvoice(one(second))).accepted();
    world.ask(Command::PostInvoice(one(first))).accepted();
    world.ask(unpost(second)).rejected_with("invoice_not_latest");
    world.ask(unpost(first)).accepted();
    world.ask(Command::CancelInvoice(one(first))).accepted();
    world.ask(Command::CancelInvoice(one(first))).rejected_with("invoice_status");
    world.ask(Command::PostInvoice(one(first))).rejected_with("invoice_status");
    world.ask(Command::CancelInvoice(one(second))).rejected_with("invoice_status");
    world.expect(account, "0.00", "20.00", "20.00");
    world.audit();
}

#[test]
fn an_invoice_of_zero_is_posted_and_unposted() {
    let mut world = World::new();
    let account = world.account("USD");
    let zero = world.billed(bill(account).charge("10").charge("-10").posted());
    world.transfer(zero, ALL).rejected_with("invoice_not_negative");
    world.pay(account, vec![part(zero, "1")], None).rejected_with("invoice_not_positive");
    world.ask(unpost(zero)).accepted();
    world.ask(Command::PostInvoice(one(zero))).accepted();
    world.audit();
}

#[test]
fn a_payment_is_canceled_while_its_credit_is_there() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "100");
    let done = world.pay(account, vec![part(invoice, "100")], Some("50")).accepted();
    let payment = done.payment_no();
    let other = world.posted(account, "20");
    let applied = world.apply(other, "0.01").accepted().adjustment();
    world.ask(cancel_payment(payment)).rejected_with("credit_already_used");
    world.cancel(applied).accepted();
    let back = world.refund_payment(payment, "40").accepted().refund_no();
    world.ask(cancel_payment(payment)).rejected_with("payment_refunded");
    world.ask(cancel_refund(back)).accepted();
    world.ask(cancel_refund(back)).rejected_with("already_canceled");
    assert_eq!(world.balance(invoice), "0.00");
    world.ask(cancel_payment(payment)).accepted();
    assert!(world.adjustment(done.adjustment()).1, "its adjustment is canceled with it");
    world.ask(cancel_payment(payment)).rejected_with("already_canceled");
    world.refund_payment(payment, ALL).rejected_with("already_canceled");
    world.expect(account, "0.00", "120.00", "120.00");
    world.audit();
}

#[test]
fn a_payment_is_canceled_as_of_its_own_date() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("10")).accepted();
    let done = world.pay(account, vec![], Some("50")).accepted();
    world.later(24);
    world.refund(account, "30").accepted();
    world.later(24);
    world.pay(account, vec![], Some("40")).accepted();
    // 70 now, but on the day of the refund only 30 were left.
    world.ask(cancel_payment(done.payment_no())).rejected_with("credit_already_used");
    world.later(24);
    let (early, late) = (Some(day("2026-03-03")), Some(day("2026-03-04")));
    let dated = |date, amount| {
        Command::RefundCreditBalance(RefundCreditBalance { date, ..refund(account, amount) })
    };
    world.ask(dated(early, "30.01")).rejected_with("amount_exceeds_credit_balance_on");
    world.ask(dated(late, "70")).accepted();
    world.pay(account, vec![], Some("50")).accepted();
    world.ask(dated(early, "0.01")).rejected_with("amount_exceeds_credit_balance_on");
    world.audit();
    for entry in world.entries() {
        assert!(entry.postings.iter().all(|posting| posting.date <= day("2026-03-05")));
    }
}

#[test]
fn a_canceled_payment_takes_its_credit_off_its_own_day() {
    let mut world = World::new();
    let account = world.account("USD");
    let date = Some(day("2026-02-20"));
    let command = RecordPayment { date, ..pay(account, vec![], Some("50")) };
    let done = world.ask(Command::RecordPayment(command)).accepted();
    let canceled = world.ask(cancel_payment(done.payment_no())).accepted();
    assert!(canceled.entry().postings.iter().all(|posting| Some(posting.date) == date));
    assert_eq!(world.credit(account), "0.00");
    world.audit();
}

#[test]
fn a_refund_reopens_and_its_cancellation_closes() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "100");
    let payment = world.paid(invoice, "100");
    let back = world.refund_payment(payment, "60").accepted().refund_no();
    world.paid(invoice, "10");
    world.ask(cancel_refund(back)).rejected_with("refunded_invoice_settled");
    let rest = world.refund_payment(payment, ALL).accepted();
    assert_eq!(rest.refund().amount.to_decimal(), "40.00");
    assert_eq!(world.balance(invoice), "90.00");
    world.ask(cancel_refund(back)).accepted();
    assert_eq!(world.balance(invoice), "30.00");
    let early = RefundPayment { date: Some(day("2026-03-01")), ..refund_payment(payment, "1") };
    world.ask(Command::RefundPayment(early)).rejected_with("date_too_early");
    world.audit();
}

/// The community example of domain 3.3: items -99 and +100, balance 1.
#[test]
fn lines_given_together_are_judged_on_the_net() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.billed(bill(account).charge("-99").charge("100").posted());
    let items = world.items(invoice);
    let (first, second) = (Some(items[0].no), Some(items[1].no));
    let up = || charge(first, "2");
    let down = || credit(second, "2.50");
    world.ask(adjust(invoice, vec![up()])).rejected_with("not_toward_zero");
    world.ask(adjust(invoice, vec![down()])).rejected_with("not_toward_zero");
    world.ask(adjust(invoice, vec![charge(None, "2")])).rejected_with("item_ambiguous");
    let done = world.ask(adjust(invoice, vec![up(), down()])).accepted();
    assert_eq!(world.balance(invoice), "0.50");
    assert_eq!(world.count(Kind::InvoiceItemAdjustment), 2);
    // Taking back the Charge alone would cross zero.
    let charge_no = done.item_adjustments()[0].no;
    world.ask(cancel_item_adjustment(charge_no)).rejected_with("invoice_beyond_its_amount");
    world.ask(adjust(invoice, vec![credit(second, "0.51")])).rejected_with("not_toward_zero");
    world.ask(adjust(invoice, vec![credit(second, "0.50")])).accepted();
    assert_eq!(world.balance(invoice), "0.00");
    world.audit();
}

#[test]
fn an_item_is_adjusted_toward_zero_and_not_past_it() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.billed(bill(account).charge("80").tax("20").posted());
    let items = world.items(invoice);
    let (first, tax) = (Some(items[0].no), Some(items[1].no));
    world.ask(adjust(invoice, vec![charge(first, "1")])).rejected_with("item_not_toward_zero");
    world.ask(adjust(invoice, vec![credit(tax, "20.01")])).rejected_with("item_not_toward_zero");
    let done = world.ask(adjust(invoice, vec![credit(tax, "20"), credit(first, "30")])).accepted();
    world.ask(adjust(invoice, vec![credit(tax, "0.01")])).rejected_with("item_not_toward_zero");
    assert_eq!(world.balance(invoice), "50.00");
    world.ask(cancel_item_adjustment(done.item_adjustments()[0].no)).accepted();
    assert_eq!(world.balance(invoice), "70.00");
    let adjusted: Vec<_> =
        world.items(invoice).iter().map(|item| item.adjusted.to_decimal()).collect();
    assert_eq!(adjusted, ["-30.00", "0.00"]);
    world.paid(invoice, "60");
    world.ask(adjust(invoice, vec![credit(first, "10.01")])).rejected_with("not_toward_zero");
    let other = world.posted(account, "5");
    let foreign = vec![credit(Some(world.items(other)[0].no), "1")];
    world.ask(adjust(invoice, foreign)).rejected_with("not_found");
    let early = AdjustInvoiceItems {
        settle: false,
        invoice: Ref::to(invoice),
        lines: vec![credit(first, "1")],
        date: Some(day("2026-03-01")),
        words: Words::default(),
    };
    world.ask(Command::AdjustInvoiceItems(early)).rejected_with("date_too_early");
    world.audit();
}

#[test]
fn currencies_keep_their_decimals() {
    for (code, whole, part_of, rest, precise) in [
        ("JPY", "100", "33", "67", "0.1"),
        ("USD", "100.00", "33.33", "66.67", "0.001"),
        ("BHD", "100.000", "33.333", "66.667", "0.0001"),
    ] {
        let mut world = World::new();
        let account = world.account(code);
        let invoice = world.posted(account, &format!("-{whole}"));
        assert_eq!(world.balance(invoice), format!("-{whole}"));
        world.transfer(invoice, part_of).accepted();
        assert_eq!(world.credit(account), part_of);
        assert_eq!(world.balance(invoice), format!("-{rest}"));
        world.transfer(invoice, precise).rejected_with("invalid_amount");
        world.ask(bill(account).charge(precise).posted()).rejected_with("invalid_amount");
        world.pay(account, vec![], Some(precise)).rejected_with("invalid_amount");
        world.refund(account, ALL).accepted();
        assert_eq!(world.figures(account).credit_balance.minor(), 0);
        world.audit();
    }
}

#[test]
fn amounts_are_bounded() {
    let mut world = World::new();
    let account = world.account("USD");
    let most = "10000000000000.00";
    world.pay(account, vec![], Some("10000000000000.01")).rejected_with("invalid_amount");
    world.pay(account, vec![], Some(most)).accepted();
    let over = bill(account).charge(most).charge("0.01").posted();
    world.ask(over).rejected_with("balance_too_large");
    for _ in 0..3 {
        world.posted(account, most);
        world.pay(account, vec![], Some(most)).accepted();
    }
    world.audit();
}

#[test]
fn what_belongs_to_another_document_or_account_is_refused() {
    let mut world = World::new();
    let (a, b) = (world.account("USD"), world.account("USD"));
    let (mine, theirs) = (world.posted(a, "10"), world.posted(b, "10"));
    world.pay(a, vec![part(theirs, "1")], None).rejected_with("invoice_of_another_account");
    world.pay(a, vec![part(mine, "1"), part(mine, "2")], None).rejected_with("invoice_named_twice");
    let payment = world.paid(mine, "10");
    let parts = vec![part(theirs, "1")];
    let command = RefundPayment { parts, ..refund_payment(payment, ALL) };
    world.ask(Command::RefundPayment(command)).rejected_with("not_found");
    world.pay(AccountNo(9), vec![], Some("1")).rejected_with("not_found");
    world.billed(bill(a).charge("1").number("EXT-1").draft());
    world.ask(bill(b).charge("1").number("EXT-1").draft()).rejected_with("external_id_taken");
    world.ask(bill(a).tax("1").posted()).rejected_with("tax_without_charge");
    world.ask(bill(a).draft()).rejected_with("nothing_given");
    let late = bill(a).charge("1").dated("2026-03-02").due("2026-03-01");
    world.ask(late.draft()).rejected_with("due_before_invoice");
    world.audit();
}

/// The business day may go back when the time zone moves west; credit booked "tomorrow" is then
/// simply not there yet today, or still usable, but the books are never called broken.
#[test]
fn a_time_zone_to_the_west_does_not_break_the_books() {
    let mut world = World::new();
    let zone = |name: &str| {
        Command::ChangeSettings(ChangeSettings {
            time_zone: Some(name.to_owned()),
            ..ChangeSettings::default()
        })
    };
    world.ask(zone("Mars/Olympus")).rejected_with("unknown_time_zone");
    world.ask(zone("Pacific/Kiritimati")).accepted();
    let account = world.account("USD");
    let payment = world.pay(account, vec![], Some("50")).accepted();
    assert_eq!(payment.payment().date, day("2026-03-03"));
    world.ask(zone("Pacific/Honolulu")).accepted();
    let key = world.next_key();
    let command = Command::RefundCreditBalance(refund(account, "10"));
    let left = match world.execute(World::request(command, key)) {
        Ok(_) => "40",
        Err(engine::Failure::Rejected(rejection)) => {
            assert_eq!(testkit::code_of(&rejection), "amount_exceeds_credit_balance_on");
            "50"
        }
        Err(other) => panic!("{other:?}"),
    };
    world.audit();
    world.later(24);
    world.refund(account, left).accepted();
    assert_eq!(world.credit(account), "0.00");
    world.audit();
    assert_eq!(world.crashed().snapshot(), world.snapshot());
}

#[test]
fn credit_is_not_spent_before_its_day_whatever_the_time_zone() {
    let mut world = World::new();
    let zone = |name: &str| {
        Command::ChangeSettings(ChangeSettings {
            time_zone: Some(name.to_owned()),
            ..ChangeSettings::default()
        })
    };
    world.ask(zone("Pacific/Kiritimati")).accepted();
    let account = world.account("USD");
    let payment = world.pay(account, vec![], Some("50")).accepted();
    assert_eq!(payment.payment().date, day("2026-03-03"));
    world.ask(zone("Pacific/Honolulu")).accepted();
    world.later(48);
    for (date, code) in [("2026-03-02", "amount_exceeds_credit_balance_on"), ("2026-03-03", "")] {
        let command = RefundCreditBalance { date: Some(day(date)), ..refund(account, "50") };
        let answer = world.ask(Command::RefundCreditBalance(command));
        if code.is_empty() {
            answer.accepted();
        } else {
            answer.rejected_with(code);
        }
    }
    world.audit();
}

#[test]
fn an_account_never_runs_backward() {
    let mut world = World::new();
    let account = world.account("USD");
    world.later(-48);
    let done = world.pay(account, vec![], Some("5")).accepted();
    assert_eq!(done.payment().date, day("2026-03-02"));
    world.audit();
}

/// Balances may be larger than any one document; what is exported has to be read in again.
#[test]
fn sums_beyond_the_largest_document_survive_an_export() {
    let mut world = World::new();
    let account = world.account("USD");
    let most = "10000000000000.00";
    let invoices = [world.posted(account, most), world.posted(account, most)];
    world.pay(account, vec![], Some(most)).accepted();
    world.pay(account, vec![], Some(most)).accepted();
    assert_eq!(world.credit(account), "20000000000000.00");
    let parts = invoices.map(|invoice| part(invoice, ALL)).to_vec();
    // Either is fine: refused by a rule, or recorded for good.
    for command in [
        Command::RecordPayment(pay(account, parts, None)),
        Command::RefundCreditBalance(refund(account, ALL)),
    ] {
        let key = world.next_key();
        let answer = world.execute(World::request(command, key));
        let fine = matches!(answer, Ok(_) | Err(engine::Failure::Rejected(_)));
        assert!(fine, "{answer:?}");
    }
    world.audit();
    for entry in world.entries() {
        let json = serde_json::to_string(&entry).unwrap();
        let read: Entry = serde_json::from_str(&json).unwrap();
        assert_eq!(read, entry);
    }
    assert_eq!(world.imported(2).snapshot(), world.snapshot());
}

#[test]
fn one_command_touches_up_to_a_thousand_invoices() {
    let mut world = World::new();
    let account = world.account("USD");
    for round in 0..2 {
        let request = |index: usize| {
            let key = World::key(&format!("{round} {index}"));
            World::request(bill(account).charge("1").posted(), key)
        };
        let count = if round == 0 { 1000 } else { 1 };
        assert!(world.array((0..count).map(request).collect()).iter().all(Result::is_ok));
    }
    world.pay(account, vec![], Some("5000")).accepted();
    let parts = |count| (1..=count).map(|no| part(InvoiceNo(no), "0.50")).collect::<Vec<_>>();
    world.apply_to(account, parts(1001)).rejected_with("too_many");
    assert_eq!(world.apply_to(account, parts(1000)).accepted().adjustments().len(), 1000);
    world.pay(account, parts(1001), None).rejected_with("too_many");
    let paid = world.pay(account, parts(1000), Some("1")).accepted();
    assert_eq!(paid.payment().applications.len(), 1000);
    let command = RefundPayment { adjust: true, ..refund_payment(paid.payment_no(), ALL) };
    let back = world.ask(Command::RefundPayment(command)).accepted();
    assert_eq!(back.item_adjustments().len(), 1000);
    world.expect(account, "4501.00", "1.00", "-4500.00");
    world.audit();
    world.reopen();
    world.expect(account, "4501.00", "1.00", "-4500.00");
    world.audit();
}

#[test]
fn an_id_names_a_document_only_with_its_instant() {
    let mut world = World::new();
    let account = world.account("USD");
    let opened = world.figures(account).opened_at;
    let mut named = |at| {
        let id = PublicId::new(account.document(), at, account).to_string();
        world.ask(Command::RefundCreditBalance(RefundCreditBalance {
            account: id.parse().unwrap(),
            ..refund(account, "1")
        }))
    };
    named(opened).rejected_with("no_credit");
    named(opened + jiff::SignedDuration::from_secs(1)).rejected_with("not_found");
}

#[test]
fn a_second_writer_of_a_sqlite_file_is_kept_out_until_the_first_stops() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("books.db");
    let mut world = World::on_sqlite_file(&file);
    world.account("USD");
    let open = || store_sqlite::open(&file, store_sqlite::Mode::Write);
    assert!(matches!(open(), Err(store_sqlite::OpenError::Locked(_))));
    world.engine.stop();
    let opened = open().unwrap();
    assert_eq!(testkit::Snapshot::of(opened.reader.as_ref()), world.snapshot());
    let request = World::request(bill(AccountNo(1)).charge("1").posted(), World::key("late"));
    let late = world.engine.execute_all_blocking(vec![request]);
    assert!(matches!(late, Err(engine::Failure::Unavailable(_))), "{late:?}");
}
