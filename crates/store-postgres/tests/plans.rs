//! What PostgreSQL makes of our statements: each question finds its rows by an index, however long the
//! history is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::HashMap;

use receivables::order::Meaning;
use receivables::{AccountNo, Command, Entry, InvoiceNo};
use serde_json::Value;
use store_conformance::turn::Desk;
use store_conformance::{Place, say};
use support::InADatabase;

/// Tables that grow with the history.
const GROWING: [&str; 21] = [
    "account_word",
    "entry",
    "refund_asker",
    "custom_field_value",
    "posting",
    "account",
    "invoice",
    "invoice_item",
    "payment",
    "payment_application",
    "credit_balance_adjustment",
    "refund",
    "refund_part",
    "invoice_item_adjustment",
    "canceled",
    "account_state",
    "invoice_state",
    "gateway_fact",
    "gateway_reference",
    "gateway_order",
    "payment_method_state",
];

/// Statements that may go through a whole table, and why.
const THROUGH_ALL: [(&str, &str); 2] = [
    ("check_keys.sql", "verify counts every key; nobody waits for it"),
    (
        "unfinished_orders.sql",
        "closing a period looks at every order under way; only they are in the indexes",
    ),
];

/// What a plan does to a table that grows.
struct Access {
    /// How, and what to.
    node: String,
    index: Option<String>,
    condition: String,
}

#[test]
fn no_question_goes_through_a_whole_table() {
    let place = filled();
    place.sql("VACUUM (ANALYZE)");
    every_table_by_an_index(&place);
}

/// Right after books were copied into a new database there are no statistics, and for a while nobody
/// makes them.
#[test]
fn no_question_goes_through_a_whole_table_without_statistics() {
    every_table_by_an_index(&filled());
}

/// A page of a long chain costs as many rows as it shows, or a few times that, but never all of them.
#[test]
fn a_page_of_a_chain_reads_a_page() {
    let place = InADatabase::<false>::fresh();
    let account = AccountNo(1);
    let mut opened = place.open(1);
    let mut desk = Desk::at(opened.store());
    desk.done(Command::OpenAccount(say::open("EUR")));
    desk.done(say::posted(account, "100"));
    let both = say::pay(account, vec![say::part(InvoiceNo(1), "0.01")], Some("0.01"));
    for _ in 0..4 {
        desk.all(vec![Command::RecordPayment(both.clone()); 500]);
    }
    let credit = opened.reader.account(account).unwrap().unwrap().last_credit_posting.unwrap().0;
    let invoice = opened.reader.invoice(InvoiceNo(1)).unwrap().unwrap().last_posting.unwrap().0;
    let pages = [
        ("credit_chain.sql", format!("({credit}, {PAGE})")),
        ("invoice_chain.sql", format!("({invoice}, {PAGE})")),
        ("account_entries.sql", format!("(1, NULL, {PAGE})")),
        ("account_documents.sql", format!("(1, NULL, {PAGE})")),
        ("movements.sql", format!("('{{1}}', '{{{credit}}}', '{{0}}', {PAGE})")),
    ];
    let mut offences = Vec::new();
    for statistics in [false, true] {
        for (name, values) in &pages {
            let (_, statement) =
                store_postgres::sql::ALL.iter().find(|(known, _)| known == name).unwrap();
            let plan = explain(&place, statement, "ANALYZE, TIMING OFF", values);
            assert_eq!(plan["Plan"]["Actual Rows"], PAGE, "{name}");
            let read = rows_read(&plan["Plan"]);
            if read > 12 * PAGE {
                offences.push(format!("{name}: {read} rows, with statistics: {statistics}"));
            }
        }
        place.sql("ANALYZE");
    }
    assert!(offences.is_empty(), "{PAGE} rows were asked for\n{}", offences.join("\n"));
}

/// Rows on a page.
const PAGE: u64 = 50;

/// All rows that any step of a plan looked at.
fn rows_read(node: &Value) -> u64 {
    let number = |field: &str| node[field].as_u64().unwrap_or(0);
    let scan = node["Node Type"].as_str().unwrap().ends_with("Scan");
    let kept = if scan { number("Actual Rows") } else { 0 };
    let removed = number("Rows Removed by Filter") + number("Rows Removed by Join Filter");
    let inner = node["Plans"].as_array().into_iter().flatten().map(rows_read);
    (kept + removed) * number("Actual Loops") + inner.sum::<u64>()
}

fn every_table_by_an_index(place: &InADatabase) {
    let leading = leading_columns(place);
    let mut offences = Vec::new();
    let mut seen = 0;
    for (name, statement) in store_postgres::sql::ALL {
        if !is_query(statement) {
            continue;
        }
        let accesses = plan(place, name, statement);
        if let Some((_, why)) = THROUGH_ALL.iter().find(|(allowed, _)| allowed == name) {
            let needed = accesses.iter().any(|access| offence(access, &leading).is_some());
            assert!(needed, "{name} needs no exception: {why}");
            continue;
        }
        for access in accesses {
            seen += 1;
            if let Some(why) = offence(&access, &leading) {
                let Access { node, index, condition } = access;
                offences.push(format!("{name}: {node} by {index:?} ({condition}) {why}"));
            }
        }
    }
    assert!(seen > 60, "only {seen} tables were looked at");
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

/// Statements with a plan.
fn is_query(statement: &str) -> bool {
    let code = statement.lines().find(|line| !line.starts_with("--")).unwrap_or_default();
    !code.starts_with("SHOW")
}

/// What every connection of ours says to the planner, if it says anything: taken from where it is said.
fn planner_settings() -> String {
    let source = include_str!("../src/lib.rs");
    let mut settings: Vec<String> = Vec::new();
    for found in source.split("SET ").skip(1) {
        let setting = found.split([';', '"']).next().unwrap_or_default().trim();
        let of_the_planner = setting.starts_with("enable_") || setting.starts_with("jit");
        if of_the_planner && !settings.contains(&format!("SET {setting};\n")) {
            settings.push(format!("SET {setting};\n"));
        }
    }
    settings.concat()
}

/// The plan that is made once for all values, as a prepared statement gets it.
fn plan(place: &InADatabase, name: &str, statement: &str) -> Vec<Access> {
    let parameters = (1..=20).rev().find(|n| statement.contains(&format!("${n}"))).unwrap_or(0);
    let nulls = vec!["NULL"; parameters].join(", ");
    let values = if parameters == 0 { String::new() } else { format!("({nulls})") };
    let mut found = Vec::new();
    walk(&explain(place, statement, "COSTS OFF", &values)["Plan"], &mut found);
    assert!(!found.is_empty() || !statement.contains("FROM entry"), "{name} was not understood");
    found
}

/// The plan as PostgreSQL tells it.
fn explain(place: &InADatabase, statement: &str, how: &str, values: &str) -> Value {
    let settings = planner_settings();
    let answer = place.sql(&format!(
        "{settings}SET plan_cache_mode = force_generic_plan;\nPREPARE asked AS {statement};\n\
         EXPLAIN (FORMAT JSON, {how}) EXECUTE asked{values}"
    ));
    let plans: Value = serde_json::from_str(&answer)
        .unwrap_or_else(|error| panic!("{error}: {statement}: {answer}"));
    plans[0].clone()
}

fn walk(node: &Value, found: &mut Vec<Access>) {
    let text = |field: &str| node[field].as_str().map(str::to_owned);
    let kind = text("Node Type").unwrap();
    // The index of a bitmap is a node of its own, without the name of its table.
    let table = text("Relation Name").or_else(|| {
        let index = text("Index Name").filter(|_| kind == "Bitmap Index Scan")?;
        let of = |table: &&&str| index.starts_with(&format!("{table}_"));
        GROWING.iter().filter(of).max_by_key(|table| table.len()).map(|table| (*table).to_owned())
    });
    let scan = kind.ends_with("Scan") && kind != "Bitmap Heap Scan";
    if let Some(table) = table.filter(|table| scan && GROWING.contains(&table.as_str())) {
        found.push(Access {
            node: format!("{kind} on {table}"),
            index: text("Index Name"),
            condition: text("Index Cond").unwrap_or_default(),
        });
    }
    for inner in node["Plans"].as_array().into_iter().flatten() {
        walk(inner, found);
    }
}

/// What is wrong with it.
fn offence(access: &Access, leading: &HashMap<String, String>) -> Option<&'static str> {
    let Some(index) = &access.index else { return Some("goes through the whole table") };
    let column = leading.get(index).map_or("", String::as_str);
    let conditions = access.condition.split(|c: char| !c.is_alphanumeric() && c != '_');
    let found = conditions.into_iter().any(|word| word == column);
    (!found).then_some("goes through the whole index")
}

/// The first column of each index.
fn leading_columns(place: &InADatabase) -> HashMap<String, String> {
    let answer = place.sql(
        "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]",
    );
    let rows = answer.lines().filter_map(|line| line.split_once('|'));
    rows.map(|(index, column)| (index.to_owned(), column.to_owned())).collect()
}

/// So many accounts are really opened.
const ACCOUNTS: u64 = 400;
/// So many copies of what was really decided.
const COPIES: usize = 40;

/// Books with so many rows that going through a table shows.
fn filled() -> InADatabase {
    let place = InADatabase::<false>::fresh();
    fill(&place);
    for table in GROWING {
        multiply(&place, table);
    }
    place
}

/// Adds copies of all rows with other numbers. They are no history, but there are as many of them.
fn multiply(place: &InADatabase, table: &str) {
    let columns = place.sql(&format!(
        "SELECT column_name, data_type FROM information_schema.columns \
         WHERE table_name = '{table}' ORDER BY ordinal_position"
    ));
    let columns: Vec<String> = columns
        .lines()
        .filter_map(|line| line.split_once('|'))
        .map(|(column, kind)| match (column, kind) {
            ("external_id", _) => format!("{column} || '-' || copy"),
            ("id", _) => format!("{column} || '-' || copy"),
            ("key_hash", _) => format!("decode(md5({column}::text || copy), 'hex')"),
            ("fact_no", _) => format!("{column} + copy::bigint * 1000000000"),
            (_, "bigint") => format!("{column} + copy * 1000000"),
            _ => column.to_owned(),
        })
        .collect();
    place.sql(&format!(
        "INSERT INTO {table} SELECT {} FROM {table}, generate_series(1, {COPIES}) AS copy",
        columns.join(", ")
    ));
}

/// Some thousand decisions, of every kind that has a table.
fn fill(place: &InADatabase) {
    let mut opened = place.open(1);
    let mut desk = Desk::at(opened.store());
    let mut each = |commands: Vec<Command>| -> Vec<Entry> { desk.all(commands) };
    let open = (0..ACCOUNTS).map(|number| say::open_as("EUR", &format!("shop-{number}")));
    let accounts: Vec<AccountNo> =
        each(open.collect()).iter().map(|entry| entry.head.account).collect();
    let of_each = |command: &dyn Fn(AccountNo) -> Command| -> Vec<Command> {
        accounts.iter().map(|account| command(*account)).collect()
    };
    for round in 0..3 {
        each(of_each(&|account| say::deposit(account, "10")));
        each(of_each(&|account| {
            let mut bill = say::bill(account, &["7", "3"]);
            bill.external_id = Some(say::id(&format!("R-{round}-{account}")));
            Command::CreateInvoice(bill)
        }));
    }
    // The first invoice of each account is paid, half of that is refunded, and some of it is adjusted.
    let invoice = |account: AccountNo| InvoiceNo(account.0);
    let paid = each(of_each(&|account| {
        let part = vec![say::part(invoice(account), "8")];
        Command::RecordPayment(say::pay(account, part, None))
    }));
    let paid = paid.iter().map(|entry| {
        let posting = entry.postings.first().unwrap();
        receivables::PaymentNo(posting.document.number)
    });
    let refunds = paid.map(|no| {
        let invoice = vec![say::part(InvoiceNo(no.0 - 3 * ACCOUNTS), "4")];
        Command::RefundPayment(say::refund_payment(no, invoice))
    });
    each(refunds.collect());
    each(of_each(&|account| {
        let part = vec![say::part(invoice(account), "1")];
        Command::ApplyCreditBalance(say::apply(account, part))
    }));
    each(of_each(&|account| say::rename(account, "Another Name")));
    each(of_each(&|account| Command::RefundCreditBalance(say::refund(account, "2"))));
    let mut adjust = Vec::new();
    for account in &accounts {
        let mut settle = say::adjust(invoice(*account), Vec::new());
        settle.settle = true;
        adjust.push(Command::AdjustInvoiceItems(settle));
    }
    let adjusted = each(adjust);
    let cancel = adjusted.iter().take(100).flat_map(|entry| &entry.postings).map(|posting| {
        let no = receivables::ItemAdjustmentNo(posting.document.number);
        Command::CancelInvoiceItemAdjustment(say::cancel(no))
    });
    each(cancel.take(100).collect());
    each(vec![say::gateway("main")]);
    each(of_each(&|account| say::card(account, &format!("tok-{account}"))));
    let orders = [
        each(of_each(&|account| say::charge(account, Vec::new(), Some("2")))),
        each(of_each(&|account| say::refund_to_method(account, "1"))),
    ];
    for (number, entry) in orders.iter().flatten().enumerate() {
        let placed = entry.facts.iter().find_map(|fact| match fact {
            receivables::Fact::OrderPlaced(placed) => Some(placed.document),
            _ => None,
        });
        let of = placed.unwrap();
        each(vec![say::claim(of, "worker")]);
        // Some are done, some are looked at later, some by people.
        let meaning = match number % 3 {
            0 => Meaning::Succeeded,
            1 => Meaning::Pending,
            _ => Meaning::AmountDiffers,
        };
        let said = say::called(&format!("tx-{of}"));
        each(vec![Command::ReportOrder(say::report(of, 1, meaning, said))]);
    }
    opened.close();
}
