//! Accounts: found, opened and changed; who is behind them, and how they pay.

use serde_json::json;

use crate::support::Server;
use crate::support::books::number;
use crate::support::console::{Page, Tab, person, scene};

#[test]
fn accounts_are_found_as_one_types_and_a_whole_number_leads_there() {
    let server = Server::on("2026-03-02");
    let body = json!({"name": "Acme Corporation", "currency": "USD"});
    let account = number(&server.api().post("/api/v1/accounts", &body).done(), "account");
    let tab = person(&server, "vera", &["Viewer"]);
    tab.open("/console/accounts?q=corp").is(200).says(&account).says("Acme Corporation");
    tab.open("/console/accounts?q=nobody").is(200).says("Nothing has this");
    let there = tab.open(&format!("/console/accounts?q={account}")).goes_to();
    assert_eq!(there, format!("/console/accounts/{account}"));
    tab.open(&format!("/console/accounts?q={account}&typing=true")).is(200).says(&account);
    let path = format!("/api/v1/accounts/{account}/personal-data");
    let person = serde_json::json!({"email": "wile@acme.example"});
    server.api().command("PUT", &path, Some("person"), &person).status(201);
    tab.open("/console/accounts?q=wile@ac").is(200).says(&account);
}

#[test]
fn the_list_of_accounts_is_narrowed_by_how_they_stand() {
    let server = Server::on("2026-03-02");
    let [dollars, euros] = ["USD", "EUR"].map(|currency| server.api().open_account(currency));
    let tab = person(&server, "vera", &["Viewer"]);
    let list = "/console/accounts";
    tab.open(list).is(200).says(&dollars).says(&euros);
    tab.open(&format!("{list}?currency=eur")).is(200).says(&euros).says_not(&dollars);
    let none = tab.open(&format!("{list}?with=held&status=active")).is(200);
    none.says("Take a filter away").says("<option value=\"held\" selected");
    let file = tab.open(&format!("{list}?currency=eur&export=csv")).is(200);
    file.says(&euros).says_not(&dollars);
    // What is wrong stands beside its field, and what was typed stays.
    let wrong = tab.open(&format!("{list}?currency=%22%3Eeuro&status=active")).is(400);
    wrong
        .says("write it like USD")
        .says("value=\"&quot;&gt;euro\"")
        .says("value=\"active\" selected");
}

#[test]
fn an_account_is_opened_where_there_is_none() {
    const AT: &str = "/console/accounts/new";
    let server = Server::on("2026-03-02");
    let api = server.api();
    let tab = person(&server, "clara", &["Administrator"]);
    tab.open("/console/accounts").is(200).says("New account</a>").says("No accounts yet.");
    let fields = |name, currency| {
        [
            ("name", name),
            ("currency", currency),
            ("external_id", "crm-1"),
            ("automatic_transfer", "on"),
        ]
    };
    let wrong = tab.fill(AT, &fields("Ada Lovelace Ltd", "dollars")).is(400);
    let wrong = wrong.says("currency-wrong").says("aria-invalid");
    assert_eq!(wrong.value("name"), "Ada Lovelace Ltd");
    let to = tab.fill(AT, &fields("Ada Lovelace Ltd", "usd")).goes_to();
    assert_eq!(to, "/console/accounts/A00000001?said=done");
    let account = api.show("/api/v1/accounts/A00000001");
    let found = ["name", "currency", "external_id", "automatic_transfer"].map(|it| &account[it]);
    assert_eq!(found, ["Ada Lovelace Ltd", "USD", "crm-1", "on"]);
    tab.fill(AT, &fields("Another", "EUR")).is(409).says("external_id-wrong").says("crm-1");
    let viewer = person(&server, "vera", &["Viewer"]);
    viewer.open("/console/accounts").is(200).says_not("New account</a>");
    viewer.open(AT).is(403).says("Manage Accounts");
}

#[test]
fn an_account_and_what_is_known_of_the_person_are_changed_and_erased() {
    let (server, api, ada) = scene();
    let account = api.open_account("USD");
    let at = format!("/console/accounts/{account}");
    let page = ada.open(&at).is(200).says("as the settings have it").says("Change the account");
    page.says_not("Erase the personal data");
    let edit = format!("{at}/edit");
    assert_eq!(ada.open(&edit).is(200).value("name"), "Ada Lovelace Ltd");
    ada.fill(&edit, &[("name", &"x".repeat(256))]).is(400).says("name-wrong");
    let fields =
        [("name", "Ada & Co"), ("automatic_transfer", "on"), ("automatic_application", "off")];
    assert_eq!(ada.fill(&edit, &fields).goes_to(), format!("{at}?said=saved"));
    ada.open(&at).is(200).says("Ada &amp; Co").says("always").says("never");
    let person = format!("{at}/personal-data");
    let lines = "12 St James's Square\r\nLondon";
    let fields = [("name", "Ada <b>"), ("email", "ada@example.com"), ("postal_address", lines)];
    assert_eq!(ada.fill(&person, &fields).goes_to(), format!("{at}?said=saved"));
    ada.open(&at)
        .is(200)
        .says("Ada &lt;b&gt;")
        .says("ada@example.com")
        .says("Erase the personal data");
    assert_eq!(ada.open(&person).is(200).value("email"), "ada@example.com");
    ada.open("/console/accounts?q=ada@example.com&typing=true").is(200).says(&account);
    let known = api.show(&format!("/api/v1/accounts/{account}"))["personal_data"].clone();
    assert_eq!(known["postal_address"], "12 St James's Square\nLondon");
    ada.open(&person).is(200).says("12 St James's Square\nLondon</textarea>");
    let long = "x".repeat(255);
    ada.fill(&person, &[("email", &long)]).is(400).says("email-wrong");
    let clerk = person_of(&server);
    clerk.open(&edit).is(403);
    clerk.open(&person).is(403);
    clerk.open(&format!("{at}/erase")).is(403);
    ada.open(&format!("{at}/erase")).is(200).says("gone for good");
    assert_eq!(ada.fill(&format!("{at}/erase"), &[]).goes_to(), format!("{at}?said=done"));
    ada.open(&at).is(200).says_not("ada@example.com").says("Ada &amp; Co");
    ada.open("/console/accounts?q=ada@example.com&typing=true").is(200).says_not(&account);
}

/// Somebody who may look only.
fn person_of(server: &Server) -> Tab {
    person(server, "vera", &["Viewer"])
}

#[test]
fn payment_methods_are_added_changed_and_closed() {
    let (server, api, ada) = scene();
    let account = api.open_account("USD");
    let new = format!("/console/accounts/{account}/new-method");
    let tab = format!("/console/accounts/{account}?tab=methods");
    ada.open(&tab).is(200).says("Add a payment method").says("No payment method is stored");
    let card = [("method_type", "credit_card"), ("token", "4242424242424242")];
    ada.fill(&new, &card).is(422).says("token-wrong").says_not("4242424242424242<");
    ada.fill(&new, &[("method_type", "credit_card")]).is(422).says("token-wrong");
    let wrong = [("method_type", "credit_card"), ("token", "pm_1"), ("expiry", "soon")];
    ada.fill(&new, &wrong).is(400).says("expiry-wrong").says("2029-12");
    for token in ["pm_1", "pm_2"] {
        let fields = [
            ("method_type", "credit_card"),
            ("token", token),
            ("brand", "Visa"),
            ("last_four", "4242"),
            ("expiry", "2029-12"),
        ];
        assert_eq!(ada.fill(&new, &fields).goes_to(), tab);
    }
    let methods =
        api.show(&format!("/api/v1/accounts/{account}/payment-methods"))["payment_methods"].clone();
    let numbers = [0, 1].map(|place| methods[place]["number"].as_str().unwrap().to_owned());
    let [first, second] =
        numbers.clone().map(|number| format!("/console/payment-methods/{number}"));
    ada.open(&tab).is(200).says(&first).says(&second);
    ada.open(&first).is(200).says("default").says("2029-12").says("Visa").says("Close");
    ada.open(&format!("{second}/edit")).is(200).says("name=\"default\"");
    let fields = [("expiry", "2031-05"), ("default", "true")];
    assert_eq!(
        ada.fill(&format!("{second}/edit"), &fields).goes_to(),
        format!("{second}?said=saved")
    );
    ada.open(&second).is(200).says("2031-05").says(">default<");
    ada.open(&first).is(200).says_not(">default<");
    ada.fill(&format!("{second}/edit"), &[("expiry", "x")]).is(400).says("expiry-wrong");
    let close = format!("{first}/close");
    ada.fill(&close, &[("step", "preview")])
        .is(200)
        .says("No balance changes, and nothing is posted");
    ada.fill(&close, &[("step", "confirm")]).goes_to();
    ada.open(&first).is(200).says("closed").says_not("Change</a>").says("change payment method");
    let viewer = person_of(&server);
    viewer.open(&first).is(200).says_not("Close</a>");
    for path in [new.as_str(), &close, &format!("{second}/edit")] {
        viewer.open(path).is(403);
    }
    ada.open("/console/payment-methods/PM-09999999").is(404);
}

#[test]
fn methods_that_cannot_be_paid_to_say_why() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    api.gateway_of("stripe", "back");
    let (account, _) = api.account_with_credit("10");
    let tab = person(&server, "clara", &["Payments Standard User"]);
    let option = |page: &Page, value: &str| {
        let field =
            page.text.split("id=\"payment_method_id\"").nth(1).unwrap().split("</select>").next();
        let found =
            field.unwrap().split("<option ").find(|it| it.contains(&format!("value=\"{value}\"")));
        found.unwrap_or_else(|| panic!("no {value} in {}", page.text)).to_owned()
    };
    let path = format!("/console/accounts/{account}/refund");
    let none = option(&tab.open(&path).is(200), "");
    assert!(none.contains("disabled") && none.contains("it has none"), "{none}");
    let back = json!({"method_type": "credit_card", "token": "pm_back", "gateway": "back"});
    let (back, card) = (api.payment_method(&account, &back), api.card(&account));
    let page = tab.open(&path).is(200);
    let why = "Gateway \"back\" cannot do a non-referenced refund".replace('"', "&quot;");
    for refused in ["", back.as_str()] {
        let shown = option(&page, refused);
        assert!(shown.contains("disabled") && shown.contains("cannot be paid to"), "{shown}");
    }
    let reasons = |page: &Page| {
        let reasons = page.text.split("id=\"payment_method_id-why\"").nth(1).unwrap();
        reasons.split("</ul>").next().unwrap().to_owned()
    };
    let said = reasons(&page);
    assert!(said.contains(&why) && said.contains(&back) && !said.contains(&card), "{said}");
    assert!(!option(&page, &card).contains("disabled"));
    let methods = tab.open(&format!("/console/accounts/{account}?tab=methods")).is(200);
    methods.says(&why).says("possible");
    // A payment may go back to the card that it came from, whether or not credit can be paid out to it.
    let invoice = api.posted(&account, "4");
    let body = json!({"applications": [{"invoice": invoice}], "payment_method_id": card});
    let charge = format!("/api/v1/accounts/{account}/payments/charge");
    let payment = number(&api.post(&charge, &body).done(), "payment");
    let page = tab.open(&format!("/console/payments/{payment}/refund?way=1")).is(200);
    let own = option(&page, "");
    assert!(own.contains("disabled"), "{own}");
    let said = reasons(&page);
    assert!(said.contains("only a processed one") && said.contains(&why), "{said}");
    assert!(!page.text.contains(&format!("<option value=\"{card}\"")), "it is the first choice");
}
