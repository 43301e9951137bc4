use gateway::{
    Carried, Connector, DeclineCode, Finding, MoneyState, NoticeKind, Outcome, SettledKind,
    WebhookError, Window,
};
use gateway_kit::conformance::{
    Names, bears_nonsense, conclusive_after, credentials, drive, later, look_up, money,
    never_believes_a_part, never_finds_in_nonsense, never_overclaims, now, question, reply, send,
};
use gateway_kit::sign::{hex, hmac_sha256};
use receivables::gateway::GatewayKind;

use crate::connector::CONCLUSIVE_AFTER_SECONDS;
use crate::{SandboxConnector, connector};

const NAMES: Names = Names { method: "pm_ok", customer: "cus_1", payment: "ch_1" };

fn sandbox() -> SandboxConnector {
    connector(&credentials(&[("api_key", "sk"), ("webhook_secret", "wh")]), None).unwrap()
}

fn transaction(object: &str, status: &str) -> String {
    let id = match object {
        "charge" => "ch_1",
        "refund" => "re_1",
        "credit" => "cr_1",
        _ => "vo_1",
    };
    let charge = if matches!(object, "refund" | "void") { "\"ch_1\"" } else { "null" };
    format!(
        r#"{{"id":"{id}","object":"{object}","status":"{status}","reference":"R-00000012",
        "key":"0198-refund-12-1","charge":{charge},"amount":"10.00","currency":"USD","method_token":"pm_ok",
        "code":null,"message":null,"created":"2026-03-01T12:00:00Z","updated":"2026-03-01T12:00:00Z"}}"#
    )
}

#[test]
fn the_shared_demands_are_met() {
    never_overclaims(&sandbox(), &NAMES);
    never_finds_in_nonsense(&sandbox(), &NAMES);
    bears_nonsense(&sandbox());
    let conclusive = conclusive_after(GatewayKind::Sandbox).map(u64::from);
    assert_eq!(conclusive, Some(CONCLUSIVE_AFTER_SECONDS));
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let refund = NAMES.refund(money(1000, "USD"));
    never_believes_a_part(&sandbox(), &refund, 201, &transaction("refund", "succeeded"));
    let no = r#"{"error":{"code":"declined","message":"No."}}"#;
    never_believes_a_part(&sandbox(), &refund, 402, no);
}

#[test]
fn a_missing_credential_is_named() {
    let missing = connector(&credentials(&[("api_key", "sk")]), None).err().unwrap();
    assert!(missing.contains("webhook_secret"), "{missing}");
}

#[test]
fn requests_are_those_of_the_dialect() {
    let [charge, refund, credit, void] = NAMES.each(money(1000, "USD"));
    let cases = [
        (
            charge,
            "/v1/charges",
            r#"{"reference":"R-00000012","method_token":"pm_ok","amount":"10.00","currency":"USD","metadata":{"account":"A-00000001"}}"#,
        ),
        (
            refund,
            "/v1/refunds",
            r#"{"reference":"R-00000012","charge":"ch_1","amount":"10.00","currency":"USD","metadata":{"account":"A-00000001"}}"#,
        ),
        (
            credit,
            "/v1/credits",
            r#"{"reference":"R-00000012","method_token":"pm_ok","amount":"10.00","currency":"USD","metadata":{"account":"A-00000001"}}"#,
        ),
        (
            void,
            "/v1/voids",
            r#"{"reference":"R-00000012","charge":"ch_1","metadata":{"account":"A-00000001"}}"#,
        ),
    ];
    for (instruction, path, body) in cases {
        let (asked, _) = send(&sandbox(), &instruction, &[reply(500, "")]);
        assert_eq!(asked.len(), 1);
        assert_eq!((asked[0].path.as_str(), asked[0].body.as_str()), (path, body));
        let header = |name: &str| {
            asked[0]
                .headers
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(header("Authorization"), Some("Bearer sk"));
        assert_eq!(header("Idempotency-Key"), Some("0198-refund-12-1"));
    }
}

#[test]
fn the_amount_on_the_wire_is_the_amount_asked_for() {
    for (minor, currency, decimal) in [
        (1, "JPY", "1"),
        (12_345, "JPY", "12345"),
        (5, "USD", "0.05"),
        (1001, "KWD", "1.001"),
        (7, "BHD", "0.007"),
    ] {
        for instruction in [
            NAMES.charge(money(minor, currency)),
            NAMES.refund(money(minor, currency)),
            NAMES.credit(money(minor, currency)),
        ] {
            let (asked, _) = send(&sandbox(), &instruction, &[reply(500, "")]);
            let wanted = format!("\"amount\":\"{decimal}\",\"currency\":\"{currency}\"");
            assert!(asked[0].body.contains(&wanted), "{}", asked[0].body);
        }
    }
}

#[test]
fn what_makes_no_sense_is_not_sent() {
    let mut part = NAMES.void(money(1000, "USD"));
    part.amount = money(999, "USD");
    let mut mismatched = NAMES.refund(money(1000, "USD"));
    mismatched.amount = money(1000, "EUR");
    for instruction in
        [part, mismatched, NAMES.charge(money(0, "USD")), NAMES.credit(money(-1, "USD"))]
    {
        let (asked, outcome) = send(&sandbox(), &instruction, &[]);
        assert!(asked.is_empty() && matches!(outcome, Outcome::Declined(_)), "{outcome:?}");
    }
}

#[test]
fn each_status_has_its_outcome() {
    for (object, instruction) in
        ["charge", "refund", "credit", "void"].iter().zip(NAMES.each(money(1000, "USD")))
    {
        let sent = |status: &str| {
            send(&sandbox(), &instruction, &[reply(201, &transaction(object, status))]).1
        };
        for status in ["succeeded", "settled"] {
            let Outcome::Succeeded(receipt) = sent(status) else { panic!("{object} {status}") };
            assert_eq!(receipt.amount, Some(money(1000, "USD")));
        }
        assert!(matches!(sent("pending"), Outcome::Pending(_)));
        assert!(matches!(sent("failed"), Outcome::Declined(_)));
        assert_eq!(matches!(sent("voided"), Outcome::Succeeded(_)), *object == "void");
        assert!(matches!(sent("exploded"), Outcome::Unknown { .. }));
    }
}

#[test]
fn an_answer_about_something_else_says_nothing() {
    let refund = NAMES.refund(money(1000, "USD"));
    let good = transaction("refund", "succeeded");
    let wrong = [
        transaction("credit", "succeeded"),
        good.replace("R-00000012", "R-00000013"),
        good.replace("0198-refund-12-1", "another"),
        good.replace("\"ch_1\"", "\"ch_2\""),
        good.replace("\"ch_1\"", "null"),
        good.replace("\"10.00\"", "10.00"),
        good.replace("\"10.00\"", "\"1e1\""),
        good.replace("\"USD\"", "\"XYZ\""),
    ];
    for body in wrong {
        let (_, outcome) = send(&sandbox(), &refund, &[reply(201, &body)]);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{body} gives {outcome:?}");
    }
}

#[test]
fn another_amount_is_shown_as_echoed_never_as_asked() {
    let refund = NAMES.refund(money(1000, "USD"));
    for (body, echoed) in [
        (transaction("refund", "succeeded").replace("10.00", "100.00"), money(10_000, "USD")),
        (transaction("refund", "succeeded").replace("USD", "EUR"), money(1000, "EUR")),
    ] {
        let (_, outcome) = send(&sandbox(), &refund, &[reply(201, &body)]);
        let Outcome::Succeeded(receipt) = outcome else { panic!("{outcome:?}") };
        assert_eq!(receipt.amount, Some(echoed));
    }
}

#[test]
fn each_error_has_its_outcome() {
    use DeclineCode as D;
    let refund = NAMES.refund(money(1000, "USD"));
    let declined = [
        (402, "declined", D::Declined),
        (402, "expired_card", D::ExpiredCard),
        (402, "method_revoked", D::MethodRevoked),
        (402, "already_refunded", D::AlreadyRefunded),
        (402, "exceeds_refundable", D::ExceedsRefundable),
        (402, "disputed", D::Disputed),
        (402, "not_settled", D::NotSettled),
        (402, "too_old", D::TooOld),
        (402, "credit_not_enabled", D::CreditNotEnabled),
        (402, "merchant_balance_low", D::MerchantBalanceLow),
        (402, "not_voidable", D::NotVoidable),
        (402, "brand_new", D::Other),
        (404, "charge_unknown", D::PaymentUnknown),
        (400, "invalid_request", D::InvalidRequest),
        (400, "currency_mismatch", D::CurrencyMismatch),
        (401, "unauthorized", D::Configuration),
    ];
    let error = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"Says why."}}}}"#);
    for (status, code, reason) in declined {
        let (_, outcome) = send(&sandbox(), &refund, &[reply(status, &error(code))]);
        let Outcome::Declined(decline) = outcome else { panic!("{code}: {outcome:?}") };
        assert_eq!((decline.reason, decline.code.as_str()), (reason, code));
    }
    for (status, code) in [
        (409, "key_reused"),
        (409, "key_in_use"),
        (500, "internal"),
        (400, "declined"),
        (503, "declined"),
    ] {
        let (_, outcome) = send(&sandbox(), &refund, &[reply(status, &error(code))]);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{status} {code}: {outcome:?}");
    }
}

#[test]
fn a_look_up_finds_by_id_then_by_key() {
    let refund = NAMES.refund(money(1000, "USD"));
    let one = transaction("refund", "settled");
    let page =
        |data: &str, more: bool| reply(200, &format!(r#"{{"data":[{data}],"has_more":{more}}}"#));
    let by_id = question(refund.clone(), Some("re_1"), 10);
    let (asked, finding) = look_up(&sandbox(), &by_id, &[reply(200, &one)]);
    assert_eq!(asked[0].path, "/v1/transactions/re_1");
    assert!(matches!(finding, Finding::Found { state: MoneyState::Settled, .. }));
    let gone = reply(404, r#"{"error":{"code":"not_found","message":""}}"#);
    let (asked, finding) = look_up(&sandbox(), &by_id, &[gone.clone(), page(&one, false)]);
    assert_eq!(asked[1].path, "/v1/transactions?key=0198-refund-12-1");
    assert!(matches!(finding, Finding::Found { .. }));
    let lost = question(refund.clone(), Some("re_1"), 100_000);
    let (_, finding) = look_up(&sandbox(), &lost, &[gone, page("", false)]);
    assert_eq!(finding, Finding::NotFound { conclusive: false });

    let others = one.replace("0198-refund-12-1", "another");
    for (age, data, more, conclusive) in [
        (299, "", false, false),
        (300, "", false, true),
        (300, &others, false, true),
        (300, "", true, false),
    ] {
        let asked = question(refund.clone(), None, age);
        let (_, finding) = look_up(&sandbox(), &asked, &[page(data, more)]);
        assert_eq!(finding, Finding::NotFound { conclusive }, "{age} {data}");
    }
    let asked = question(refund, None, 300);
    let twice = format!("{one},{one}");
    for data in [one.replace("\"refund\"", "\"credit\""), twice] {
        let (_, finding) = look_up(&sandbox(), &asked, &[page(&data, false)]);
        assert!(matches!(finding, Finding::NoAnswer { .. }), "{finding:?}");
    }
}

#[test]
fn a_webhook_is_believed_if_it_is_signed() {
    let notice = |kind: &str, data: &str| {
        let body = format!(
            r#"{{"id":"evt_1","type":"{kind}","created":"2026-03-01T12:00:00Z","data":{data}}}"#
        );
        let t = now().as_second().to_string();
        let mac = hex(&hmac_sha256(b"wh", &[t.as_bytes(), b".", body.as_bytes()]));
        let headers = vec![("sandbox-signature".to_owned(), format!("t={t},v1={mac}"))];
        (headers, body)
    };
    let read = |kind: &str, data: &str| {
        let (headers, body) = notice(kind, data);
        sandbox().webhook(&headers, body.as_bytes(), later(100))
    };
    let updated = read("transaction.updated", &transaction("refund", "failed")).unwrap();
    assert_eq!(updated[0].key.as_deref(), Some("0198-refund-12-1"));
    assert_eq!(updated[0].gateway_id.as_deref(), Some("re_1"));
    assert!(matches!(updated[0].kind, NoticeKind::State { state: MoneyState::Failed(_), .. }));
    let disputed = |won: &str| {
        let dispute = format!("\"dispute\":{{\"amount\":\"4.00\",\"won\":{won}}},\"object\"");
        transaction("charge", "succeeded").replacen("\"object\"", &dispute, 1)
    };
    let opened = read("dispute.opened", &disputed("null")).unwrap();
    assert_eq!(opened[0].kind, NoticeKind::DisputeOpened { amount: Some(money(400, "USD")) });
    let closed = read("dispute.closed", &disputed("false")).unwrap();
    assert_eq!(closed[0].kind, NoticeKind::DisputeClosed { won: false });
    assert_eq!(read("something.else", "{}"), Ok(Vec::new()));
    assert!(matches!(read("transaction.updated", "{}"), Err(WebhookError::Malformed(_))));
    let (headers, body) = notice("transaction.updated", &transaction("refund", "settled"));
    let forged = body.replace("settled", "failed");
    let refused = sandbox().webhook(&headers, forged.as_bytes(), now());
    assert!(matches!(refused, Err(WebhookError::Unverified(_))));
    let late = sandbox().webhook(&headers, body.as_bytes(), later(301));
    assert!(matches!(late, Err(WebhookError::Unverified(_))));
}

#[test]
fn a_listing_goes_on_page_by_page() {
    let window = Window { from: now(), to: later(3600) };
    let page =
        |data: &str, more: bool| reply(200, &format!(r#"{{"data":[{data}],"has_more":{more}}}"#));
    let answers = [
        page(
            &format!("{},{}", transaction("charge", "settled"), transaction("void", "succeeded")),
            true,
        ),
        page(&transaction("credit", "pending"), false),
    ];
    let (asked, listed) = drive(&answers, |so_far| sandbox().list(window, now(), so_far));
    assert!(
        asked[0].path.contains("created_from=2026-03-01T12%3A00%3A00Z&created_to="),
        "{}",
        asked[0].path
    );
    assert!(asked[1].path.ends_with("&after=vo_1"), "{}", asked[1].path);
    let kinds: Vec<_> = listed.unwrap().unwrap().iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [SettledKind::Charge, SettledKind::Refund]);
    let endless = [page(&transaction("charge", "settled"), true)];
    let (_, listed) = drive(&endless, |so_far| sandbox().list(window, now(), so_far));
    assert!(matches!(listed, Some(Err(_))));
    let broken = [answers[0].clone(), Carried::NoAnswer("cut".to_owned())];
    let (_, listed) = drive(&broken, |so_far| sandbox().list(window, now(), so_far));
    assert!(matches!(listed, Some(Err(_))));
}

#[test]
fn a_ping_proves_the_key() {
    let test = |carried| drive(&[carried], |so_far| sandbox().test(now(), so_far)).1.unwrap();
    assert_eq!(test(reply(200, r#"{"ok":true}"#)), Ok(()));
    assert!(test(reply(401, r#"{"error":{"code":"unauthorized","message":""}}"#)).is_err());
}
