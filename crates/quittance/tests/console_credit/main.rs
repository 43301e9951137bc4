//! What a clerk does with credit in the console: transfer, apply, cancel, refund a payment, and how figures are made.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod accounts;
#[path = "../support/mod.rs"]
mod support;

use serde_json::json;
use support::Server;
use support::books::number;
use support::console::{Page, Tab, person, scene};

/// Fills in a form, looks at what it does, and confirms it.
fn confirmed(tab: &Tab, path: &str, fields: &[(&str, &str)], sees: &str) -> Page {
    let form = tab.open(path).is(200);
    let (csrf, key) = (form.value("csrf"), form.value("key"));
    let send = |step: &str| {
        let guard = [("csrf", csrf.as_str()), ("key", key.as_str()), ("step", step)];
        tab.submit(path.split('?').next().unwrap(), &[&guard, fields].concat())
    };
    let live = send("live").is(200).says(sees);
    assert!(!live.text.contains("<html"), "a piece of a page");
    send("preview").is(200).says(sees);
    send("confirm")
}

/// The path of domain 6: the credit is canceled, then the offered Charge settles the reopened invoice.
#[test]
fn credit_is_transferred_and_canceled_and_the_charge_is_offered() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "-100");
    let tab = person(&server, "clara", &["Payments Standard User"]);
    let page = format!("/console/invoices/{invoice}");
    tab.open(&page).is(200).says("Transfer to the credit balance").says("-100.00");
    let to = confirmed(&tab, &format!("{page}/transfer"), &[("amount", "60")], "60.00").goes_to();
    assert_eq!(to, format!("{page}?said=done"));
    assert_eq!(api.credit(&account), ["60.00", "0.00", "60.00"]);
    let listed = tab.open(&format!("/console/accounts/{account}")).is(200).says("Cancel");
    let cancel = listed.text.split('"').find(|it| it.ends_with("/cancel") && it.contains("CBA-"));
    let cancel = cancel.unwrap().to_owned();
    let next = confirmed(&tab, &cancel, &[("comment", "not theirs")], "-100.00").goes_to();
    assert_eq!(next, format!("{page}/adjust?how=settle"), "the Charge is offered");
    assert_eq!(api.balance(&invoice), "-100.00");
    confirmed(&tab, &next, &[("how", "settle")], "100.00").goes_to();
    assert_eq!(api.balance(&invoice), "0.00");
    let adjusted = tab.open(&cancel.replace("/cancel", "")).is(200);
    adjusted.says("canceled").says_not("/cancel\"");
}

#[test]
fn credit_is_split_over_invoices() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let (one, other) = (api.posted(&account, "70"), api.posted(&account, "50"));
    let tab = person(&server, "clara", &["Payments Standard User"]);
    let path = format!("/console/accounts/{account}/apply");
    tab.open(&path).is(200).says(&one).says("data-remainder=\"100.00\"");
    let (a, b) = (format!("part.{one}"), format!("part.{other}"));
    let parts = [(a.as_str(), "30"), (b.as_str(), "45.50")];
    confirmed(&tab, &path, &parts, "24.50").goes_to();
    assert_eq!((api.balance(&one), api.balance(&other)), ("40.00".into(), "4.50".into()));
    // Too much: nothing is done, and what was typed stays.
    let form = tab.open(&path);
    let fields = [("csrf", form.value("csrf")), ("key", form.value("key")), (&a, "99".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, it)| (*name, it.as_str())).collect();
    let wrong = tab.submit(&path, &fields);
    assert!(wrong.status >= 400 && wrong.value(&a) == "99", "{}", wrong.text);
    assert_eq!(api.balance(&one), "40.00");
}

#[test]
fn a_payment_is_refunded_the_guided_way() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "80");
    let body = json!({"method_type": "check", "applications": [{"invoice": invoice}]});
    let paid = api.post(&format!("/api/v1/accounts/{account}/payments"), &body).done();
    let payment = number(&paid, "payment");
    let tab = person(&server, "clara", &["Payments Standard User"]);
    let page = format!("/console/payments/{payment}");
    tab.open(&page).is(200).says("80.00").says(&format!("{page}/refund"));
    let ways = tab.open(&format!("{page}/refund")).is(200).says("Outside, by your own hand");
    let way = ways.text.split('"').find(|it| it.contains("/refund?way=")).unwrap().to_owned();
    let fields =
        [("type", "external"), ("method_type", "check"), ("amount", "80"), ("adjust", "true")];
    let refund = confirmed(&tab, &way, &fields, "80.00").goes_to();
    tab.open(&refund).is(200).says("80.00").says("processed");
    assert_eq!(api.balance(&invoice), "0.00", "adjusted in the same step");
}

#[test]
fn every_figure_says_how_it_is_made_and_the_statement_is_a_page_and_a_file() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let tab = person(&server, "vera", &["Viewer"]);
    let path = format!("/console/accounts/{account}");
    let names = ["available", "credit_balance", "held", "total_invoice_balance", "account_balance"];
    for of in names {
        tab.open(&format!("{path}/explain?of={of}")).is(200);
        tab.open(&format!("{path}/explain?of={of}&as_of=2026-03-02")).is(200);
    }
    tab.open(&format!("{path}/explain?of=available&as_of=2026-03-01")).is(200).says("0.00");
    tab.open(&format!("{path}/explain?as_of=never")).is(400);
    let statement = format!("{path}/statement?from=2026-03-01&to=2026-03-31");
    tab.open(&statement).is(200).says("100.00");
    tab.open(&format!("{path}/statement?from=2026-04-01&to=2026-03-31")).is(400);
    let mut file = tab.agent.get(format!("{}{statement}&format=pdf", tab.url));
    file = file.header("cookie", &tab.cookie);
    let mut file = file.call().unwrap();
    assert_eq!(file.headers()["content-type"], "application/pdf");
    assert!(file.body_mut().read_to_vec().unwrap().starts_with(b"%PDF-"));
    let list = tab.open(&format!("{path}?tab=invoices&export=csv")).is(200);
    assert!(
        list.text.starts_with("Invoice,Date,Due,Status,Amount,Currency,Balance\r\nINV"),
        "{}",
        list.text
    );
}

#[test]
fn an_invoice_is_made_of_items_and_a_negative_one_as_well() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let tab = person(&server, "clara", &["Administrator"]);
    let empty = tab.open(&format!("/console/accounts/{account}?tab=invoices")).is(200);
    empty.says("No invoices yet.").says("New invoice</a>").says("/new-invoice\"");
    let at = format!("/console/accounts/{account}/new-invoice");
    let form = tab.open(&at).is(200).says("items.2.amount").says_not("items.3.amount");
    let (csrf, key) = (form.value("csrf"), form.value("key"));
    let guard = [("csrf", csrf.as_str()), ("key", key.as_str())];
    // More rows are the same form as it was filled in.
    let some =
        [("items.0.amount", "12.50"), ("items.2.amount", ""), ("post", "true"), ("step", "more")];
    let more = tab.submit(&at, &[&guard[..], &some].concat()).is(200).says("items.5.amount");
    assert_eq!(
        (more.value("items.0.amount"), more.value("key")),
        ("12.50".to_owned(), key.clone())
    );
    // What is wrong stands beside the row it is about, however many are empty before it.
    let wrong = [
        ("items.0.amount", ""),
        ("items.1.amount", "5"),
        ("items.4.amount", "much"),
        ("step", "preview"),
    ];
    let wrong = tab.submit(&at, &[&guard[..], &wrong].concat()).is(400);
    let wrong = wrong.says("items.4.amount-wrong").says_not("items.1.amount-wrong");
    assert_eq!(wrong.value("items.4.amount"), "much");
    tab.submit(&at, &[&guard[..], &[("step", "preview")]].concat()).is(422).says("at least one");
    let fields = [
        ("items.0.description", "Desk"),
        ("items.0.amount", "100.00"),
        ("items.0.tax", "19.00"),
        ("items.3.description", "Returned chair"),
        ("items.3.amount", "-20.00"),
        ("due_date", "2026-03-30"),
        ("post", "true"),
    ];
    let seen = tab.fill(&at, &[&fields[..], &[("step", "preview")]].concat()).is(200);
    seen.says("<h2>Item 1</h2>").says("<h2>Item 4</h2>").says_not("<h2>Item 2</h2>");
    let to = confirmed(&tab, &at, &fields, "99.00").goes_to();
    let invoice =
        api.show("/api/v1/invoices")["invoices"][0]["number"].as_str().unwrap().to_owned();
    assert_eq!(to, format!("/console/invoices/{invoice}?said=done"));
    assert_eq!(api.balance(&invoice), "99.00");
    let page = tab.open(&to).is(200).says("Returned chair").says("2026-03-30");
    page.says("posted");
    // A negative one, left as a draft.
    let fields = [("items.0.amount", "-40"), ("external_id", "cn-7")];
    let to = confirmed(&tab, &at, &fields, "-40.00").goes_to();
    tab.open(&to).is(200).says("draft").says("-40.00").says("cn-7").says("Post</a>");
    let viewer = person(&server, "vera", &["Viewer"]);
    viewer
        .open(&format!("/console/accounts/{account}?tab=invoices"))
        .is(200)
        .says_not("New invoice</a>");
    viewer.open(&at).is(403).says("Manage Invoices");
}

#[test]
fn a_payment_pays_invoices_and_the_rest_becomes_credit() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let tab = person(&server, "clara", &["Administrator"]);
    let at = format!("/console/accounts/{account}/new-payment");
    let empty = tab.open(&format!("/console/accounts/{account}?tab=payments")).is(200);
    empty.says("Nothing was paid yet.").says("Record a payment</a>");
    tab.open(&at).is(200).says("all of it becomes credit");
    let (one, other) = (api.posted(&account, "70"), api.posted(&account, "50"));
    tab.open(&at).is(200).says("Open: 70.00 USD");
    let (a, b) = (format!("part.{one}"), format!("part.{other}"));
    let fields = [
        ("amount", "100"),
        ("method_type", "check"),
        (a.as_str(), "70"),
        (b.as_str(), "20"),
        ("reference", "chq 4711"),
    ];
    let to = confirmed(&tab, &at, &fields, "10.00").goes_to();
    let payment =
        api.show("/api/v1/payments")["payments"][0]["number"].as_str().unwrap().to_owned();
    assert_eq!(to, format!("/console/payments/{payment}?said=done"));
    assert_eq!([api.balance(&one), api.balance(&other)], ["0.00", "30.00"]);
    assert_eq!(api.credit(&account), ["10.00", "0.00", "10.00"]);
    tab.open(&to).is(200).says("chq 4711").says("100.00");
    // Unapplied: all of it becomes credit. Without an amount it is what the invoices are paid.
    confirmed(&tab, &at, &[("amount", "5"), ("method_type", "cash")], "15.00").goes_to();
    confirmed(&tab, &at, &[("method_type", "cash"), (b.as_str(), "30")], "30.00").goes_to();
    assert_eq!(api.credit(&account), ["15.00", "0.00", "15.00"]);
    assert_eq!(api.balance(&other), "0.00");
    let wrong = tab.fill(&at, &[("amount", "5"), ("step", "preview")]);
    assert!(wrong.status >= 400);
    wrong.says("method_type");
    let viewer = person(&server, "vera", &["Viewer"]);
    viewer.open(&at).is(403).says("Process External Payment");
}

#[test]
fn deeds_without_the_permission_are_refused_and_unknown_ones_are_not_there() {
    let server = Server::on("2026-03-02");
    let account = server.api().open_account("USD");
    let invoice = server.api().posted(&account, "-100");
    let tab = person(&server, "vera", &["Viewer"]);
    let page = format!("/console/invoices/{invoice}");
    let shown = tab.open(&page).is(200).says_not("/transfer");
    let fields =
        [("csrf", shown.value("csrf")), ("key", "k".to_owned()), ("step", "confirm".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, it)| (*name, it.as_str())).collect();
    tab.submit(&format!("{page}/transfer"), &fields).is(403).says("permission");
    assert_eq!(server.api().balance(&invoice), "-100.00");
    tab.open(&format!("{page}/explode")).is(404).says("no such page");
}

/// A method that credit cannot be refunded to is greyed, with the sentence of the rules, before anything is asked.
#[test]
fn documents_are_listed_narrowed_and_put_in_order_as_a_whole() {
    let (_server, api, ada) = scene();
    let first = api.open_account("USD");
    let other = api.open_account("JPY");
    // More than a page of them, of which the largest is the oldest.
    let large = api.posted(&first, "900");
    let small: Vec<String> = (1..=60).map(|place| api.posted(&first, &place.to_string())).collect();
    let yen = api.invoice(&other, "700", false);
    let at = "/console/invoices";
    let newest = ada.open(at).is(200).says(&yen).says(&other).says_not(&large);
    let newest = newest.says("Customer").says("Ada Lovelace Ltd");
    newest.says("rel=\"next\"");
    let sorted = ada.open(&format!("{at}?sort=-6&currency=usd")).is(200).says(&large);
    let place = |number: &str| sorted.text.find(number).unwrap();
    assert!(place(&large) < place(&small[59]) && place(&small[59]) < place(&small[58]));
    ada.open(&format!("{at}?account={other}")).is(200).says(&yen).says_not(&small[59]);
    ada.open(&format!("{at}?status=draft")).is(200).says(&yen).says_not(&small[59]);
    ada.open(&format!("{at}?currency=jpy")).is(200).says(&yen).says_not(&small[59]);
    ada.open(&format!("{at}?find=900.00")).is(200).says(&large).says_not(&small[59]);
    ada.open(&format!("{at}?until=2026-03-01")).is(200).says("Take a filter away");
    ada.open(&format!("{at}?until=31.12.2026")).is(400).says("until-wrong");
    ada.open(&format!("{at}?from=2026-03-02&until=2026-03-01")).is(400).says("until-wrong");
    ada.open(&format!("{at}?find=lovelace&status=draft")).is(200).says(&yen);
    ada.open(&format!("{at}?from=2026-03-02&status=draft")).is(200).says(&yen);
    ada.open(&format!("{at}?account=A09999999")).is(404).says("account-wrong");
    let file = ada.open(&format!("{at}?currency=usd&export=csv&sort=6")).is(200);
    assert_eq!(file.text.lines().count(), 62, "{}", file.text);
    assert!(file.text.lines().last().unwrap().starts_with(&large), "{}", file.text);
    for (kind, empty) in [
        ("payments", "Nothing was paid yet"),
        ("refunds", "Nothing was refunded yet"),
        ("credit-balance-adjustments", "No credit moved yet"),
    ] {
        ada.open(&format!("/console/{kind}")).is(200).says(empty);
    }
    let (credited, _) = api.account_with_credit("100");
    let refund = number(&api.refund(&credited, "20").done(), "refund");
    ada.open("/console/refunds?status=processed").is(200).says(&refund).says(&credited);
    let page = ada.open(&format!("/console/refunds/{refund}")).is(200).says("/console/journal/JE-");
    page.says("Credit balance adjustment").says("/console/credit-balance-adjustments/CBA-");
    // A number is found before its last digit is typed.
    let almost = &refund[..refund.len() - 1];
    ada.open(&format!("/console/accounts?q={almost}&typing=true")).is(200).says(&refund);
}

#[test]
fn a_session_that_ended_says_so_to_whoever_sends_a_form() {
    let (_server, api, ada) = scene();
    let account = api.open_account("USD");
    let edit = format!("/console/accounts/{account}/edit");
    let form = ada.open(&edit).is(200);
    let gone = Tab { cookie: String::new(), ..ada };
    let fields =
        [("csrf", form.value("csrf")), ("key", form.value("key")), ("name", "x".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, it)| (*name, it.as_str())).collect();
    let to = gone.submit(&edit, &fields).goes_to();
    gone.open(&to).is(200).says("Your session has ended").says(&edit);
    assert!(gone.open(&edit).goes_to().starts_with("/console/login?next="));
}

#[test]
fn the_ways_of_a_refund_ask_for_custom_fields_later() {
    let (_server, api, ada) = scene();
    let (account, _) = api.account_with_credit("1");
    let invoice = api.posted(&account, "50");
    let payment = number(&api.pay(&account, &[(&invoice, "50")], None).done(), "payment");
    let field = json!({"object": "refund", "name": "Case__c", "label": "Case", "type": "text", "required": true, "generation": "legacy"});
    api.post("/api/v1/custom-fields", &field).done();
    let page = ada.open(&format!("/console/payments/{payment}/refund")).is(200);
    page.says("Refund this way").says_not("is required");
    // The form has all that is left of the payment, and says which field is empty.
    let way = format!("/console/payments/{payment}/refund?way=1");
    assert_eq!(ada.open(&way).is(200).value("amount"), "50.00");
    let at = format!("/console/accounts/{account}/refund");
    let cheque = [("type", "external"), ("method_type", "check"), ("amount", "1")];
    let wrong = ada.fill(&at, &cheque).is(422).says("id=\"custom_fields.Case__c-wrong\"");
    wrong.says("novalidate");
    let routes = api.show(&format!("/api/v1/payments/{payment}/refund-routes"));
    assert_eq!(routes["recommended"], "external");
}

/// The balances of an account as a picture, and as the same figures in a table.
#[test]
fn balances_are_drawn_over_time() {
    let server = Server::on("2026-01-05");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let empty = api.open_account("USD");
    api.set_date("2026-02-10");
    api.posted(&account, "25.50");
    api.set_date("2026-03-02");
    api.refund(&account, "30").done();
    let tab = person(&server, "vera", &["Viewer"]);
    let page = tab.open(&format!("/console/accounts/{account}")).is(200);
    let page = page.says("Credit balance of A00000001 in USD").says("Balances over time");
    let page =
        page.says("From 0.00 on 2025-04-30 to 70.00 on 2026-03-02; at least 0.00, at most 100.00.");
    let page = page.says("From 0.00 on 2025-04-30 to 25.50 on 2026-03-02");
    let row = |page: &Page, day: &str| {
        let row = page.text.split("<td>").find(|row| row.starts_with(day)).unwrap();
        let cells = row.split('>').filter_map(|it| it.split('<').next());
        let digits = |cell: &&str| cell.starts_with(|letter: char| letter.is_ascii_digit());
        cells.skip(1).filter(digits).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row(&page, "2026-01-31").len(), 2, "{}", page.text);
    assert!(row(&page, "2026-01-31")[0].starts_with("100.00"), "{:?}", row(&page, "2026-01-31"));
    assert!(row(&page, "2026-02-28")[1].starts_with("25.50"), "{:?}", row(&page, "2026-02-28"));
    let by_day = tab.open(&format!("/console/accounts/{account}?tab=refunds&by=day")).is(200);
    by_day.says("From 100.00 on 2026-02-01 to 70.00 on 2026-03-02").says("?tab=refunds\"");
    tab.open(&format!("/console/accounts/{empty}")).is(200).says_not("Balances over time");
}

/// Where too much happened, the picture says since when it is.
#[test]
fn a_busy_account_is_drawn_as_far_as_is_cheap() {
    let server = Server::on("2026-01-05");
    let api = server.api();
    let (account, _) = api.account_with_credit("5000");
    api.set_date("2026-01-20");
    let refund = |place: usize| {
        json!({"idempotency_key": format!("{place}"), "operation": "refund_credit_balance",
            "account": account, "body": {"method_type": "check", "amount": "1"}})
    };
    for part in [0..600, 600..1200] {
        let commands: Vec<serde_json::Value> = part.map(refund).collect();
        api.post("/api/v1/batch", &json!({"commands": commands})).status(200);
    }
    let tab = person(&server, "vera", &["Viewer"]);
    let path = format!("/console/accounts/{account}");
    let page = tab.open(&path).is(200).says("From 3800.00 on 2026-01-20 to 3800.00 on 2026-01-20");
    let page = page.says("Too much happened since 2025-12-31 to draw what was before.");
    page.says("explain?of=credit_balance&amp;as_of=2025-12-31");
    api.set_date("2026-03-02");
    api.refund(&account, "800").done();
    let tab = person(&server, "walt", &["Viewer"]);
    let page = tab.open(&path).is(200).says("From 3800.00 on 2026-01-31 to 3000.00 on 2026-03-02");
    page.says("Too much happened since 2025-12-31 to draw what was before.");
}

#[test]
fn the_credit_balance_is_looked_through_and_is_a_file() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let tab = person(&server, "pat", &["Payments Standard User"]);
    let path = format!("/console/accounts/{account}");
    tab.open(&path).is(200).says("/CBA-00000001/cancel").says_not("Why not");
    api.refund(&account, "30").done();
    let all = tab.open(&path).is(200).says("CBA-00000001").says("CBA-00000002");
    all.says_not("/CBA-00000001/cancel").says("Why not").says("a refund is final");
    let found = tab.open(&format!("{path}?find=r-0000")).is(200).says("CBA-00000002");
    found.says_not("CBA-00000001").says("value=\"r-0000\"");
    tab.open(&format!("{path}?find=nobody")).is(200).says("Empty the field to see all");
    let file = tab.open(&format!("{path}?export=csv")).is(200);
    let expected = "Date,Adjustment,From or to,Status,Change,Currency,Balance\r\n\
        2026-03-02,CBA-00000002,refund R-00000001,processed,-30.00,USD,70.00\r\n\
        2026-03-02,CBA-00000001,invoice INV00000001,processed,100.00,USD,100.00\r\n";
    assert_eq!(file.text, expected);
    let one = tab.open(&format!("{path}?find=inv&export=csv")).is(200);
    one.says("CBA-00000001").says_not("CBA-00000002");
    let refunds = format!("{path}?tab=refunds");
    tab.open(&format!("{refunds}&find=check")).is(200).says("R-00000001").says("name=\"tab\"");
    tab.open(&format!("{refunds}&find=card")).is(200).says_not("R-00000001");
}

#[test]
fn a_document_says_who_did_what_to_it() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "-100");
    let other = api.posted(&account, "7");
    api.transfer(&invoice, "100").done();
    let tab = person(&server, "vera", &["Viewer"]);
    let page = tab.open(&format!("/console/invoices/{invoice}")).is(200).says("What happened");
    page.says("create invoice").says("transfer to credit balance").says(&api.administrator());
    let page = tab.open(&format!("/console/invoices/{other}")).is(200).says("create invoice");
    page.says_not("transfer to credit balance");
    let made = tab.open("/console/credit-balance-adjustments/CBA-00000001").is(200);
    made.says("What happened").says("transfer to credit balance");
    let history = format!("/api/v1/accounts/{account}/history");
    let of = |number: &str| {
        let page = api.show(&format!("{history}?document={number}"));
        page["entries"].as_array().unwrap().len()
    };
    assert_eq!((of(&invoice), of(&other), of(&invoice.to_lowercase())), (2, 1, 2));
    assert_eq!((of("CBA-00000001"), of("INV00000009"), of(&account)), (1, 0, 1));
    for unclear in ["", "42", "INV", "nothing"] {
        api.get(&format!("{history}?document={unclear}")).refused(400, "query_invalid");
    }
}

#[test]
fn cancelling_says_what_comes_back_and_in_which_currency() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let open = api.posted(&account, "30");
    api.apply(&account, &open, "30").done();
    let pat = person(&server, "pat", &["Payments Standard User"]);
    let applied = "/console/credit-balance-adjustments/CBA-00000002/cancel";
    let form = pat.open(applied).is(200).says("comes back to the credit balance");
    form.says_not("negative invoice").says_not("name=\"settle\"");
    let confirm = pat.fill(applied, &[("step", "preview")]).is(200);
    confirm.says("70.00 <span class=\"currency\">USD").says("100.00 <span class=\"currency\">USD");
    let transferred = "/console/credit-balance-adjustments/CBA-00000001/cancel";
    pat.open(transferred).is(200).says("negative invoice").says("name=\"settle\"");
}

#[test]
fn what_is_wrong_stands_beside_its_field() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let open = api.posted(&account, "30");
    let pat = person(&server, "pat", &["Payments Standard User"]);
    // What settles an invoice heeds no amount, so none may be given.
    let adjust = format!("/console/invoices/{open}/adjust");
    let fields = [("how", "settle"), ("amount", "10"), ("step", "preview")];
    let wrong = pat.fill(&adjust, &fields).is(422).says("id=\"amount-wrong\"");
    wrong.says("choose Credit or Charge");
    pat.fill(&adjust, &[("how", "settle"), ("amount", ""), ("step", "preview")]).is(200);
    pat.open(&adjust).is(200).says("30.00 USD");
    // Of a split it is the part that is too large.
    let apply = format!("/console/accounts/{account}/apply");
    let part = format!("part.{open}");
    let split = [(part.as_str(), "31"), ("step", "preview")];
    pat.fill(&apply, &split).is(409).says(&format!("id=\"{part}-wrong\""));
    // Of several it is the one that is no amount, or with which the credit is used up.
    let other = api.posted(&account, "90");
    let second = format!("part.{other}");
    for (amount, status) in [("abc", 400), ("80", 409)] {
        let split = [(part.as_str(), "30"), (second.as_str(), amount), ("step", "preview")];
        let wrong = pat.fill(&apply, &split).is(status);
        wrong.says(&format!("id=\"{second}-wrong\"")).says_not("id=\"amount-wrong\"");
    }
    let whole = [("amount", "101"), ("step", "preview")];
    pat.fill(&apply, &whole).is(409).says("id=\"amount-wrong\"");
    let statement = format!("/console/accounts/{account}/statement");
    let days = pat.open(&format!("{statement}?from=2026-04-01&to=2026-03-31")).is(400);
    assert_eq!(days.value("from"), "2026-04-01");
    days.says("id=\"to-wrong\"");
    // A refund of credit is final, and says so; no button leads to a refusal.
    let refund = number(&api.refund(&account, "5").done(), "refund");
    pat.open(&format!("/console/refunds/{refund}")).is(200).says_not("/cancel\"");
}
