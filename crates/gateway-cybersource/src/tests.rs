use gateway::{
    Action, Connector, DeclineCode, Finding, Instruction, MoneyState, NoticeKind, Outcome,
    SettledKind, WebhookError, Window,
};
use gateway_kit::conformance::{
    Names, bears_nonsense, conclusive_after, credentials, drive, later, look_up, money,
    never_believes_a_part, never_finds_in_nonsense, never_overclaims, now, question, reply, send,
};
use gateway_kit::sign::{base64, hmac_sha256};
use receivables::gateway::GatewayKind;
use receivables::payment::MethodType;

use crate::search::CONCLUSIVE_AFTER_SECONDS;
use crate::{CyberSourceConnector, connector};

const NAMES: Names = Names { method: "PI1", customer: "CU1", payment: "7722664000000000001" };
/// Made after the answers described in gateways 2.5.
const REFUND: &str = include_str!("../tests/recorded/refund.json");
const CREDIT: &str = include_str!("../tests/recorded/credit.json");
const PAYMENT: &str = include_str!("../tests/recorded/payment.json");
const VOID: &str = include_str!("../tests/recorded/void.json");
const SUMMARY: &str = include_str!("../tests/recorded/summary.json");

fn cybersource() -> CyberSourceConnector {
    let pairs = [
        ("merchant_id", "quittance"),
        ("key_id", "08c94330-f618-42a3-b09d-e1e43be5efda"),
        ("shared_secret", "c2VjcmV0"),
        ("webhook_key", "aG9vaw=="),
    ];
    connector(&credentials(&pairs), Some("http://127.0.0.1:8424")).unwrap()
}

fn sent(instruction: &Instruction, status: u16, body: &str) -> Outcome {
    send(&cybersource(), instruction, &[reply(status, body)]).1
}

fn found(summaries: &[&str]) -> gateway::Carried {
    let (count, list) = (summaries.len(), summaries.join(","));
    let body = format!(
        r#"{{"searchId":"1","save":false,"count":{count},"totalCount":{count},"limit":500,"offset":0,
        "_embedded":{{"transactionSummaries":[{list}]}}}}"#
    );
    reply(201, &body)
}

#[test]
fn the_shared_demands_are_met() {
    never_overclaims(&cybersource(), &NAMES);
    never_finds_in_nonsense(&cybersource(), &NAMES);
    bears_nonsense(&cybersource());
    let conclusive = conclusive_after(GatewayKind::CyberSource).map(u64::from);
    assert_eq!(conclusive, Some(CONCLUSIVE_AFTER_SECONDS));
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let [charge, refund, credit, void] = NAMES.each(money(1000, "USD"));
    for (instruction, body) in [(charge, PAYMENT), (refund, REFUND), (credit, CREDIT), (void, VOID)]
    {
        never_believes_a_part(&cybersource(), &instruction, 201, body);
    }
    let no = r#"{"status":"INVALID_REQUEST","reason":"INVALID_DATA"}"#;
    never_believes_a_part(&cybersource(), &NAMES.refund(money(1000, "USD")), 400, no);
}

#[test]
fn a_missing_or_wrong_credential_is_named() {
    let made = |pairs: &[(&str, &str)], address| connector(&credentials(pairs), address).err();
    let missing = made(&[("merchant_id", "m"), ("key_id", "k")], None).unwrap();
    assert!(missing.contains("shared_secret"), "{missing}");
    let pairs = [("merchant_id", "m"), ("key_id", "k"), ("shared_secret", "***")];
    let wrong = made(&pairs, None).unwrap();
    assert!(wrong.contains("shared_secret") && !wrong.contains("***"), "{wrong}");
    let pairs = [("merchant_id", "m"), ("key_id", "k"), ("shared_secret", "c2VjcmV0")];
    assert_eq!(made(&pairs, None), None);
    assert!(made(&pairs, Some("https://proxy.example/cybersource")).is_some());
}

#[test]
fn requests_are_those_of_the_documentation() {
    let [charge, refund, credit, void] = NAMES.each(money(1000, "USD"));
    let reference =
        r#""clientReferenceInformation":{"code":"R-00000012","transactionId":"0198-refund-12-1"}"#;
    let order = r#""orderInformation":{"amountDetails":{"totalAmount":"10.00","currency":"USD"}}"#;
    let stored =
        r#""paymentInformation":{"customer":{"id":"CU1"},"paymentInstrument":{"id":"PI1"}}"#;
    let cases = [
        (
            charge,
            "/pts/v2/payments",
            format!(
                r#"{{{reference},"processingInformation":{{"capture":true}},{stored},{order}}}"#
            ),
        ),
        (
            refund,
            "/pts/v2/payments/7722664000000000001/refunds",
            format!("{{{reference},{order}}}"),
        ),
        (credit, "/pts/v2/credits", format!("{{{reference},{stored},{order}}}")),
        (void, "/pts/v2/payments/7722664000000000001/voids", format!("{{{reference}}}")),
    ];
    for (instruction, path, body) in cases {
        let (asked, _) = send(&cybersource(), &instruction, &[reply(500, "")]);
        assert_eq!((asked[0].path.as_str(), asked[0].body.as_str()), (path, body.as_str()));
        let names: Vec<_> = asked[0].headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["v-c-merchant-id", "Date", "Signature", "Accept", "Digest", "Content-Type"]
        );
    }
}

#[test]
fn a_bank_transfer_says_what_it_is() {
    let with_bank = |mut instruction: Instruction| {
        match &mut instruction.action {
            Action::Charge { method }
            | Action::Refund { method, .. }
            | Action::Credit { method }
            | Action::Void { method, .. } => {
                method.method_type = MethodType::Ach;
            }
        }
        instruction
    };
    for (instruction, word, check) in [
        (NAMES.charge(money(1000, "USD")), "\"secCode\":\"WEB\"", true),
        (NAMES.refund(money(1000, "USD")), "\"secCode\":\"PPD\"", false),
        (NAMES.credit(money(1000, "USD")), "\"secCode\":\"PPD\"", true),
    ] {
        let (asked, _) = send(&cybersource(), &with_bank(instruction), &[reply(500, "")]);
        assert!(asked[0].body.contains(word), "{}", asked[0].body);
        assert_eq!(asked[0].body.contains("\"paymentType\":{\"name\":\"CHECK\"}"), check);
    }
    let outcome = sent(
        &with_bank(NAMES.charge(money(1000, "USD"))),
        201,
        &PAYMENT.replace("AUTHORIZED", "PENDING"),
    );
    assert!(matches!(outcome, Outcome::Pending(_)), "the bank has yet to pay: {outcome:?}");
}

#[test]
fn a_refund_never_becomes_a_credit() {
    let mut refund = NAMES.refund(money(1000, "USD"));
    for id in ["", "..", "7722/../../credits", "a?b"] {
        if let Action::Refund { payment, .. } = &mut refund.action {
            payment.id = id.to_owned();
        }
        let (asked, outcome) = send(&cybersource(), &refund, &[]);
        let Outcome::Declined(decline) = outcome else { panic!("{outcome:?}") };
        assert_eq!((asked.len(), decline.reason), (0, DeclineCode::PaymentUnknown), "{id}");
    }
}

#[test]
fn the_amount_on_the_wire_is_the_amount_asked_for() {
    for (minor, currency, decimal) in
        [(12_345, "JPY", "12345"), (1, "USD", "0.01"), (1001, "KWD", "1.001"), (7, "BHD", "0.007")]
    {
        let amount = money(minor, currency);
        for instruction in [NAMES.charge(amount), NAMES.refund(amount), NAMES.credit(amount)] {
            let (asked, _) = send(&cybersource(), &instruction, &[reply(500, "")]);
            let wanted = format!("\"totalAmount\":\"{decimal}\",\"currency\":\"{currency}\"");
            assert!(asked[0].body.contains(&wanted), "{}", asked[0].body);
        }
    }
}

#[test]
fn each_status_has_its_outcome() {
    let [charge, refund, credit, void] = NAMES.each(money(1000, "USD"));
    let succeeded = [
        (&charge, PAYMENT.to_owned()),
        (&refund, REFUND.to_owned()),
        (&credit, CREDIT.to_owned()),
        (&credit, CREDIT.replace("PENDING", "AUTHORIZED")),
        (&credit, CREDIT.replace("PENDING", "COMPLETED")),
        (&void, VOID.to_owned()),
    ];
    for (instruction, body) in succeeded {
        let outcome = sent(instruction, 201, &body);
        let Outcome::Succeeded(receipt) = outcome else { panic!("{body}: {outcome:?}") };
        assert_eq!(receipt.amount, Some(money(1000, "USD")), "{body}");
    }
    for status in
        ["AUTHORIZED_PENDING_REVIEW", "PENDING_REVIEW", "PENDING_AUTHENTICATION", "PENDING"]
    {
        let outcome = sent(&charge, 201, &PAYMENT.replace("AUTHORIZED", status));
        assert!(matches!(outcome, Outcome::Pending(_)), "{status}: {outcome:?}");
    }
    for status in ["PARTIAL_AUTHORIZED", "AUTHORIZED_RISK_DECLINED", "NEW_WORD", ""] {
        let outcome = sent(&charge, 201, &PAYMENT.replace("AUTHORIZED", status));
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{status}: {outcome:?}");
    }
    // A word of another kind of transaction is not understood.
    for (instruction, body) in [(&refund, PAYMENT), (&charge, VOID), (&void, REFUND)] {
        assert!(matches!(sent(instruction, 201, body), Outcome::Unknown { .. }));
    }
}

#[test]
fn an_answer_about_something_else_says_nothing() {
    let refund = NAMES.refund(money(1000, "USD"));
    for (from, to) in [
        ("R-00000012", "R-00000013"),
        ("0198-refund-12-1", "another"),
        ("\"10.00\"", "10.00"),
        ("\"10.00\"", "\"10.001\""),
        ("\"USD\"", "\"usd\""),
        ("\"id\": \"7722664010000000002\"", "\"id\": \"\""),
    ] {
        let body = REFUND.replace(from, to);
        assert_ne!(body, REFUND);
        assert!(matches!(sent(&refund, 201, &body), Outcome::Unknown { .. }), "{from} -> {to}");
    }
    for (body, echoed) in [
        (REFUND.replace("\"10.00\"", "\"100.00\""), money(10_000, "USD")),
        (REFUND.replace("\"USD\"", "\"EUR\""), money(1000, "EUR")),
    ] {
        let Outcome::Succeeded(receipt) = sent(&refund, 201, &body) else { panic!("{body}") };
        assert_eq!(receipt.amount, Some(echoed), "as echoed, never as asked");
    }
}

#[test]
fn each_reason_has_its_outcome() {
    use DeclineCode as D;
    let refund = NAMES.refund(money(1000, "USD"));
    let invalid = |reason: &str| {
        let body = format!(
            r#"{{"submitTimeUtc":"2026-03-01T12:00:00Z","status":"INVALID_REQUEST","reason":"{reason}","message":"Says why.","details":[]}}"#
        );
        sent(&refund, 400, &body)
    };
    let declined = |reason: &str| {
        let body = format!(
            r#"{{"id":"7722664010000000002","status":"DECLINED","errorInformation":{{"reason":"{reason}","message":"Says why."}}}}"#
        );
        sent(&refund, 201, &body)
    };
    let refused = [
        (invalid("MISSING_FIELD"), D::InvalidRequest),
        (invalid("INVALID_DATA"), D::InvalidRequest),
        (invalid("INVALID_CARD"), D::MethodRevoked),
        (invalid("INVALID_MERCHANT_CONFIGURATION"), D::Configuration),
        (invalid("INVALID_AMOUNT"), D::InvalidRequest),
        (invalid("CAPTURE_ALREADY_VOIDED"), D::NotVoidable),
        (invalid("ACCOUNT_NOT_ALLOWED_CREDIT"), D::CreditNotEnabled),
        (invalid("NOT_SUPPORTED"), D::InvalidRequest),
        (invalid("NOT_VOIDABLE"), D::NotVoidable),
        (declined("EXPIRED_CARD"), D::ExpiredCard),
        (declined("PROCESSOR_DECLINED"), D::Declined),
        (declined("INSUFFICIENT_FUND"), D::Declined),
        (declined("STOLEN_LOST_CARD"), D::MethodRevoked),
        (declined("ISSUER_UNAVAILABLE"), D::Declined),
        (declined("UNAUTHORIZED_CARD"), D::MethodRevoked),
        (declined("EXCEEDS_CREDIT_LIMIT"), D::Declined),
        (declined("SUSPENDED_ACCOUNT"), D::MethodRevoked),
        (declined("INVALID_ACCOUNT"), D::MethodRevoked),
        (declined("GENERAL_DECLINE"), D::Declined),
        (declined("ACH_VERIFICATION_FAILED"), D::Declined),
        (declined("PROCESSOR_ERROR"), D::Other),
        (declined("BRAND_NEW"), D::Other),
        (sent(&refund, 404, r#"{"status":"NOT_FOUND","message":""}"#), D::PaymentUnknown),
        (sent(&refund, 401, r#"{"response":{"rmsg":"Authentication Failed"}}"#), D::Configuration),
        (
            sent(
                &NAMES.credit(money(1000, "USD")),
                400,
                r#"{"status":"INVALID_REQUEST","reason":"NOT_SUPPORTED"}"#,
            ),
            D::CreditNotEnabled,
        ),
    ];
    for (outcome, reason) in refused {
        let Outcome::Declined(decline) = &outcome else { panic!("{reason:?}: {outcome:?}") };
        assert_eq!(decline.reason, reason, "{}", decline.code);
    }
    let mut unknown = vec![
        invalid("DUPLICATE_REQUEST"),
        declined("DUPLICATE_REQUEST"),
        declined("PROCESSOR_TIMEOUT"),
    ];
    for reason in ["SYSTEM_ERROR", "SERVER_TIMEOUT", "SERVICE_TIMEOUT", "EXPIRED_CARD"] {
        unknown.push(sent(
            &refund,
            502,
            &format!(r#"{{"status":"SERVER_ERROR","reason":"{reason}"}}"#),
        ));
    }
    unknown.push(sent(&refund, 201, r#"{"id":"1","status":"DECLINED"}"#));
    for outcome in unknown {
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }
}

#[test]
fn a_look_up_searches_the_reference_and_bears_the_lag() {
    let ask = |age| question(NAMES.refund(money(1000, "USD")), None, age);
    let (asked, finding) = look_up(&cybersource(), &ask(600), &[found(&[SUMMARY])]);
    assert_eq!(asked[0].path, "/tss/v2/searches");
    assert!(
        asked[0].body.starts_with(r#"{"query":"clientReferenceInformation.code:R-00000012 AND submitTimeUtc:[NOW/DAY-2DAYS TO NOW/DAY+1DAY}""#),
        "{}", asked[0].body
    );
    let Finding::Found { state: MoneyState::Succeeded, receipt } = finding else {
        panic!("{finding:?}")
    };
    assert_eq!(
        (receipt.gateway_id.as_str(), receipt.amount),
        ("7722664010000000002", Some(money(1000, "USD")))
    );
    let miss = |age, summaries: &[&str]| look_up(&cybersource(), &ask(age), &[found(summaries)]).1;
    assert_eq!(miss(299, &[]), Finding::NotFound { conclusive: false });
    assert_eq!(miss(300, &[]), Finding::NotFound { conclusive: true });
    // Others under the same reference: another kind, another attempt, a rejected duplicate.
    let others = [
        SUMMARY.replace("ics_credit", "ics_void"),
        SUMMARY.replace("\"R-00000012\"", "\"R-00000012\", \"transactionId\": \"another\""),
        SUMMARY.replace("\"100\"", "\"104\""),
        SUMMARY.replace("R-00000012", "R-000000120"),
    ];
    for other in &others {
        assert_ne!(other, SUMMARY);
        assert_eq!(miss(300, &[other]), Finding::NotFound { conclusive: true }, "{other}");
        assert!(matches!(miss(300, &[other, SUMMARY]), Finding::Found { .. }));
    }
    // What may be ours and is not clear must never be a miss, or it would be sent again.
    for odd in [
        SUMMARY.replace("\"10.00\"", "\"10.01\""),
        SUMMARY.replace("\"USD\"", "\"EUR\""),
        SUMMARY.replace("\"100\"", "\"151\""),
        SUMMARY.replace("\"reasonCode\": \"100\",", ""),
    ] {
        assert_ne!(odd, SUMMARY);
        assert!(matches!(miss(300, &[&odd]), Finding::NoAnswer { .. }), "{odd}");
    }
    let ours = SUMMARY
        .replace("\"R-00000012\"", "\"R-00000012\", \"transactionId\": \"0198-refund-12-1\"")
        .replace("\"10.00\"", "\"10.01\"");
    let Finding::Found { receipt, .. } = miss(1, &[&ours]) else { panic!("ours by its key") };
    assert_eq!(receipt.amount, Some(money(1001, "USD")));
}

#[test]
fn a_failure_is_believed_when_it_is_certainly_ours() {
    use DeclineCode as D;
    let ask = |age| question(NAMES.refund(money(1000, "USD")), None, age);
    let find = |age, summary: &str| look_up(&cybersource(), &ask(age), &[found(&[summary])]).1;
    let failed = |code: &str| SUMMARY.replace("\"100\"", &format!("\"{code}\""));
    for (code, reason) in [
        ("102", D::InvalidRequest),
        ("202", D::ExpiredCard),
        ("205", D::MethodRevoked),
        ("203", D::Declined),
        ("234", D::Configuration),
        ("235", D::ExceedsRefundable),
        ("241", D::PaymentUnknown),
        ("247", D::NotVoidable),
        ("999", D::Other),
    ] {
        let finding = find(300, &failed(code));
        let Finding::Found { state: MoneyState::Failed(decline), .. } = finding else {
            panic!("{code}")
        };
        assert_eq!((decline.reason, decline.code.as_str()), (reason, code));
    }
    assert!(matches!(find(300, &failed("480")), Finding::Found { state: MoneyState::Pending, .. }));
    // Without the key it may be another attempt's.
    assert_eq!(find(299, &failed("202")), Finding::NotFound { conclusive: false });
    let earlier = failed("202")
        .replace("12:00:05Z", "11:58:59Z")
        .replace("2026-03-01T12:00:05", "2026-03-01T11:58:59");
    assert_eq!(find(300, &earlier), Finding::NotFound { conclusive: true });
    let ours = failed("202")
        .replace("\"R-00000012\"", "\"R-00000012\", \"transactionId\": \"0198-refund-12-1\"");
    assert!(matches!(find(10, &ours), Finding::Found { state: MoneyState::Failed(_), .. }));
}

#[test]
fn what_has_an_id_is_asked_for_by_it() {
    let ask = question(NAMES.refund(money(1000, "USD")), Some("7722664010000000002"), 100_000);
    let (asked, finding) = look_up(&cybersource(), &ask, &[reply(200, SUMMARY)]);
    assert_eq!(asked[0].path, "/tss/v2/transactions/7722664010000000002");
    assert!(matches!(finding, Finding::Found { .. }), "{finding:?}");
    let (asked, finding) = look_up(&cybersource(), &ask, &[reply(404, "{}"), found(&[])]);
    assert_eq!(asked[1].path, "/tss/v2/searches");
    assert_eq!(finding, Finding::NotFound { conclusive: false });
    let charge = question(NAMES.charge(money(1000, "USD")), Some("7722664010000000002"), 100_000);
    let (_, finding) = look_up(&cybersource(), &charge, &[reply(200, SUMMARY)]);
    assert!(matches!(finding, Finding::NoAnswer { .. }), "a refund is no charge: {finding:?}");
    let authorized = SUMMARY.replace("ics_credit", "ics_auth");
    let charge = question(NAMES.charge(money(1000, "USD")), None, 100_000);
    let (_, finding) = look_up(&cybersource(), &charge, &[found(&[&authorized])]);
    assert!(matches!(finding, Finding::NoAnswer { .. }), "not captured: {finding:?}");
    let captured = SUMMARY.replace("ics_credit", "ics_bill");
    let (_, finding) = look_up(&cybersource(), &charge, &[found(&[&captured])]);
    assert!(matches!(finding, Finding::Found { state: MoneyState::Succeeded, .. }));
}

#[test]
fn a_webhook_that_is_signed_is_a_hint() {
    let body = br#"{"notificationId":"n-1","retryNumber":1,"eventType":"payments.refunds.accept","payloads":[
        {"data":{"id":"7722664010000000002","clientReferenceInformation":{"code":"R-00000012"}}}]}"#;
    let signed = |key: &[u8]| {
        let t = format!("{}000", now().as_second());
        let sig = base64(&hmac_sha256(key, &[t.as_bytes(), b".", body]));
        vec![("v-c-signature".to_owned(), format!("t={t};keyId=5b8e;sig={sig}"))]
    };
    let notices = cybersource().webhook(&signed(b"hook"), body, later(60)).unwrap();
    assert_eq!(notices.len(), 1);
    assert_eq!(
        (&notices[0].kind, notices[0].reference.as_deref()),
        (&NoticeKind::Hint, Some("R-00000012"))
    );
    assert_eq!(notices[0].gateway_id.as_deref(), Some("7722664010000000002"));
    let refused = |headers: Vec<(String, String)>, body: &[u8], after| {
        let refused = cybersource().webhook(&headers, body, later(after));
        assert!(matches!(refused, Err(WebhookError::Unverified(_))), "{refused:?}");
    };
    refused(signed(b"other"), body, 0);
    refused(signed(b"hook"), b"{}", 0);
    refused(signed(b"hook"), body, 86_401);
    refused(vec![("v-c-signature".to_owned(), "t=1;sig=".to_owned())], body, 0);
    refused(Vec::new(), body, 0);
}

#[test]
fn a_listing_has_charges_and_payouts() {
    let window = Window { from: now(), to: later(3600) };
    let charge = SUMMARY.replace("ics_credit", "ics_bill");
    let void = SUMMARY.replace("ics_credit", "ics_void");
    let answers = [found(&[SUMMARY, &charge, &void])];
    let (asked, listed) = drive(&answers, |so_far| cybersource().list(window, now(), so_far));
    assert!(
        asked[0].body.contains("submitTimeUtc:[2026-03-01T12:00:00Z TO 2026-03-01T13:00:00Z}"),
        "{}",
        asked[0].body
    );
    let kinds: Vec<_> = listed.unwrap().unwrap().iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [SettledKind::Refund, SettledKind::Charge]);
    let more = format!(r#"{{"totalCount":2,"_embedded":{{"transactionSummaries":[{SUMMARY}]}}}}"#);
    let (asked, listed) =
        drive(&[reply(201, &more)], |so_far| cybersource().list(window, now(), so_far));
    assert!(asked[1].body.contains("\"offset\":1"), "{}", asked[1].body);
    assert_eq!(listed.unwrap().unwrap().len(), 2);
}

#[test]
fn a_search_proves_the_credentials() {
    let test = |carried| drive(&[carried], |so_far| cybersource().test(now(), so_far)).1.unwrap();
    assert_eq!(test(found(&[])), Ok(()));
    assert!(test(reply(401, r#"{"response":{"rmsg":"Authentication Failed"}}"#)).is_err());
}
