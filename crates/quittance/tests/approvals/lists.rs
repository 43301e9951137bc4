//! Lists of what waits are narrowed by the server, so that pages of what is asked for follow each other.

use serde_json::{Value, json};

use super::{INBOX, say, scene};
use crate::support::Api;
use crate::support::books::{number, text};

const PAID: &str = "/api/v1/refunds-to-be-paid";

/// The numbers on every page of a list, and how many are on each.
fn pages(api: &Api, list: &str, query: &str) -> (Vec<String>, Vec<usize>) {
    let (mut numbers, mut sizes, mut after) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = api.show(&format!("{list}?limit=2{query}{after}"));
        let rows: Vec<String> =
            page["refunds"].as_array().unwrap().iter().map(|row| text(row, "number")).collect();
        sizes.push(rows.len());
        numbers.extend(rows);
        match &page["next_after"] {
            Value::String(next) => after = format!("&after={next}"),
            _ => return (numbers, sizes),
        }
    }
}

#[test]
fn what_waits_is_narrowed_by_account_currency_and_by_who_could_approve_it() {
    let scene = scene();
    let api = &scene.api;
    scene.policy("Cheques", json!({"external": true}), &["Lead"]);
    scene.policy("Yen", json!({"external": true, "currency": "JPY"}), &["Controller"]);
    let (lead, controller) =
        (scene.person("Lea", &["Lead"]), scene.person("Cora", &["Controller"]));
    let (dollars, _) = api.account_with_credit("100");
    let (others, _) = api.account_with_credit("100");
    let (yen, _) = api.account_with_credit_in("9000", "JPY");
    let ask = |account: &str, amount: &str| {
        let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
        number(
            &api.post(&path, &json!({"method_type": "check", "amount": amount})).done(),
            "refund",
        )
    };
    // Those of one account are far from each other.
    let mut of_first = vec![ask(&dollars, "1")];
    let of_others: Vec<String> = (0..5).map(|_| ask(&others, "2")).collect();
    let of_yen: Vec<String> = (0..3).map(|_| ask(&yen, "300")).collect();
    of_first.push(ask(&dollars, "3"));
    of_first.push(ask(&dollars, "4"));
    let all = [&of_first[..1], &of_others, &of_yen, &of_first[1..]].concat();
    assert_eq!(pages(&lead, INBOX, "").0, all);
    let of = |account: &str| pages(&lead, INBOX, &format!("&account={account}"));
    assert_eq!(of(&dollars), (of_first.clone(), vec![2, 1]), "pages are full, and none is empty");
    assert_eq!(of(&others), (of_others.clone(), vec![2, 2, 1]));
    assert_eq!(pages(&lead, INBOX, "&currency=JPY"), (of_yen.clone(), vec![2, 1]));
    assert_eq!(pages(&lead, INBOX, &format!("&currency=USD&account={yen}")), (vec![], vec![0]));
    // Only the rules know who could approve what: of yen two levels have to agree, the Lead first.
    assert_eq!(pages(&lead, INBOX, "&can_approve=true").0, all);
    assert_eq!(pages(&controller, INBOX, "&can_approve=true"), (vec![], vec![0]));
    for refund in &of_yen[..2] {
        say(&lead, "approve", refund).done();
    }
    assert_eq!(pages(&controller, INBOX, "&can_approve=true"), (of_yen[..2].to_vec(), vec![2]));
    let rest: Vec<String> = all.iter().filter(|it| !of_yen[..2].contains(it)).cloned().collect();
    assert_eq!(pages(&lead, INBOX, "&can_approve=true").0, rest);
    assert_eq!(pages(&lead, INBOX, "&can_approve=false").0, all);
    // The same of those to be paid.
    for refund in of_first.iter().chain(&of_others) {
        say(&lead, "approve", refund).done();
    }
    assert_eq!(pages(api, PAID, &format!("&account={dollars}")), (of_first, vec![2, 1]));
    assert_eq!(pages(api, PAID, "&currency=JPY"), (vec![], vec![0]));
    // What cannot be read is refused, and nothing is left out in silence.
    for list in [INBOX, PAID, "/api/v1/orders/queue"] {
        let refused = |query: &str, status, code: &str| {
            api.get(&format!("{list}?{query}")).refused(status, code)
        };
        for currency in ["usd", "XXY", "", "US"] {
            let problem = refused(&format!("currency={currency}"), 400, "query_invalid");
            assert_eq!(problem["field"], "currency");
        }
        assert_eq!(refused("account=nobody", 404, "not_found")["field"], "account");
        assert_eq!(refused("account=A09999999", 404, "not_found")["field"], "account");
        refused("acount=A00000001", 400, "query_invalid");
        refused("after=R-09999999", 404, "no_order");
        refused("limit=201", 400, "limit_invalid");
    }
    api.get(&format!("{INBOX}?can_approve=perhaps")).refused(400, "query_invalid");
    api.get(&format!("{PAID}?can_approve=true")).refused(400, "query_invalid");
}
