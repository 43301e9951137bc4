use gateway::{
    Action, Carried, Connector, DeclineCode, Finding, HttpMethod, Instruction, MoneyState,
    NoticeKind, Outcome, SettledKind, WebhookError, Window,
};
use gateway_kit::conformance::{
    Names, bears_nonsense, conclusive_after, credentials, drive, later, look_up, money,
    never_believes_a_part, never_finds_in_nonsense, never_overclaims, now, question, reply,
    reply_with, send,
};
use gateway_kit::sign::{hex, hmac_sha256};
use receivables::gateway::GatewayKind;

use crate::lookup::CONCLUSIVE_AFTER_SECONDS;
use crate::{StripeConnector, connector};

const NAMES: Names = Names { method: "pm_card_visa", customer: "cus_1", payment: "pi_1" };
/// Made after stripe/openapi's fixtures (gateways 2.1), with our payment and metadata.
const REFUND: &str = include_str!("../tests/recorded/refund.json");
const INTENT: &str = include_str!("../tests/recorded/payment_intent.json");

fn stripe() -> StripeConnector {
    connector(&credentials(&[("secret_key", "sk_test_1"), ("webhook_secret", "whsec_1")]), None)
        .unwrap()
}

fn sent(instruction: &Instruction, status: u16, body: &str) -> Outcome {
    send(&stripe(), instruction, &[reply(status, body)]).1
}

fn page(data: &str, more: bool) -> Carried {
    reply(
        200,
        &format!(r#"{{"object":"list","url":"/v1/refunds","has_more":{more},"data":[{data}]}}"#),
    )
}

#[test]
fn the_shared_demands_are_met() {
    never_overclaims(&stripe(), &NAMES);
    never_finds_in_nonsense(&stripe(), &NAMES);
    bears_nonsense(&stripe());
    let conclusive = conclusive_after(GatewayKind::Stripe).map(u64::from);
    assert_eq!(conclusive, Some(CONCLUSIVE_AFTER_SECONDS));
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let refund = NAMES.refund(money(1000, "USD"));
    never_believes_a_part(&stripe(), &refund, 200, REFUND);
    never_believes_a_part(&stripe(), &NAMES.charge(money(1000, "USD")), 200, INTENT);
    let no = r#"{"error":{"type":"card_error","code":"expired_card"}}"#;
    never_believes_a_part(&stripe(), &refund, 402, no);
}

#[test]
fn a_missing_credential_is_named() {
    let missing = connector(&credentials(&[("webhook_secret", "x")]), None).err().unwrap();
    assert!(missing.contains("secret_key"), "{missing}");
}

#[test]
fn a_charge_is_a_form_with_brackets_escaped() {
    let (asked, outcome) =
        send(&stripe(), &NAMES.charge(money(1000, "USD")), &[reply(200, INTENT)]);
    assert_eq!(asked[0].path, "/v1/payment_intents");
    assert_eq!(
        asked[0].body,
        "amount=1000&currency=usd&payment_method=pm_card_visa&customer=cus_1\
         &payment_method_types%5B0%5D=card&confirm=true&off_session=true\
         &metadata%5Breference%5D=R-00000012&metadata%5Battempt_key%5D=0198-refund-12-1\
         &metadata%5Baccount%5D=A-00000001"
    );
    let header = |name: &str| {
        asked[0].headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    assert_eq!(header("Authorization"), Some("Bearer sk_test_1"));
    assert_eq!(header("Idempotency-Key"), Some("0198-refund-12-1"));
    assert!(header("Stripe-Version").is_some());
    let Outcome::Succeeded(receipt) = outcome else { panic!("{outcome:?}") };
    assert_eq!((receipt.gateway_id.as_str(), receipt.second_id.as_deref()), ("pi_1", Some("ch_1")));
    assert_eq!(receipt.amount, Some(money(1000, "USD")));
}

#[test]
fn a_refund_names_its_payment_by_either_id() {
    let mut by_charge = NAMES.refund(money(1000, "USD"));
    for (id, second, wanted) in [
        ("pi_1", None, "payment_intent=pi_1&amount=1000&reason="),
        ("ch_1", None, "charge=ch_1&amount=1000&reason="),
        ("legacy", Some("ch_1"), "charge=ch_1&amount=1000&reason="),
    ] {
        if let Action::Refund { payment, .. } = &mut by_charge.action {
            payment.id = id.to_owned();
            payment.second_id = second.map(str::to_owned);
        }
        let (asked, outcome) = send(&stripe(), &by_charge, &[reply(200, REFUND)]);
        assert_eq!(asked[0].path, "/v1/refunds");
        assert!(asked[0].body.starts_with(wanted), "{}", asked[0].body);
        assert!(asked[0].body.contains("&metadata%5Battempt_key%5D=0198-refund-12-1"));
        assert!(matches!(outcome, Outcome::Succeeded(_)), "{outcome:?}");
    }
    if let Action::Refund { payment, .. } = &mut by_charge.action {
        (payment.id, payment.second_id) = ("2214269051".to_owned(), None);
    }
    let (asked, outcome) = send(&stripe(), &by_charge, &[]);
    let Outcome::Declined(decline) = outcome else { panic!("{outcome:?}") };
    assert_eq!((asked.len(), decline.reason), (0, DeclineCode::PaymentUnknown));
}

#[test]
fn a_credit_is_never_sent() {
    let (asked, outcome) = send(&stripe(), &NAMES.credit(money(1000, "USD")), &[]);
    let Outcome::Declined(decline) = outcome else { panic!("{outcome:?}") };
    assert_eq!((asked.len(), decline.reason), (0, DeclineCode::CreditNotEnabled));
    let asked = question(NAMES.credit(money(1000, "USD")), None, 0);
    let (_, finding) = look_up(&stripe(), &asked, &[]);
    assert_eq!(finding, Finding::NotFound { conclusive: true });
}

#[test]
fn the_amount_on_the_wire_is_the_amount_asked_for() {
    for (minor, currency, wanted) in [
        (12_345, "JPY", 12_345),
        (1001, "USD", 1001),
        (1230, "KWD", 1230),
        (10, "BHD", 10),
        (5, "ISK", 500),
        (5, "UGX", 500),
    ] {
        for instruction in
            [NAMES.charge(money(minor, currency)), NAMES.refund(money(minor, currency))]
        {
            let (asked, _) = send(&stripe(), &instruction, &[reply(500, "")]);
            let field = asked[0].body.split('&').find(|field| field.starts_with("amount="));
            assert_eq!(field, Some(format!("amount={wanted}").as_str()), "{minor} {currency}");
        }
    }
    for instruction in [NAMES.charge(money(1001, "KWD")), NAMES.refund(money(7, "BHD"))] {
        let (asked, outcome) = send(&stripe(), &instruction, &[]);
        let Outcome::Declined(decline) = outcome else { panic!("{outcome:?}") };
        assert_eq!((asked.len(), decline.reason), (0, DeclineCode::InvalidRequest));
    }
}

#[test]
fn each_status_of_a_refund_has_its_outcome() {
    use DeclineCode as D;
    let refund = NAMES.refund(money(1000, "USD"));
    let with = |status: &str| sent(&refund, 200, &REFUND.replace("succeeded", status));
    assert!(matches!(with("succeeded"), Outcome::Succeeded(_)));
    for status in ["pending", "requires_action"] {
        assert!(matches!(with(status), Outcome::Pending(_)), "{status}");
    }
    assert!(matches!(with("canceled"), Outcome::Declined(_)));
    assert!(matches!(with("vaporised"), Outcome::Unknown { .. }));
    for (code, reason) in [
        ("lost_or_stolen_card", D::MethodRevoked),
        ("expired_or_canceled_card", D::ExpiredCard),
        ("charge_for_pending_refund_disputed", D::Disputed),
        ("insufficient_funds", D::MerchantBalanceLow),
        ("declined", D::Declined),
        ("merchant_request", D::Other),
        ("unknown", D::Other),
    ] {
        let body = REFUND
            .replace("succeeded", "failed")
            .replace("\"failure_reason\": null", &format!("\"failure_reason\": \"{code}\""));
        let Outcome::Declined(decline) = sent(&refund, 200, &body) else { panic!("{code}") };
        assert_eq!((decline.reason, decline.code.as_str()), (reason, code));
    }
    let low = REFUND
        .replace("succeeded", "pending")
        .replace("\"pending_reason\": null", "\"pending_reason\": \"insufficient_funds\"");
    let Outcome::Pending(receipt) = sent(&refund, 200, &low) else { panic!("not pending") };
    assert_eq!(receipt.code.as_deref(), Some("insufficient_funds"));
}

#[test]
fn each_status_of_a_payment_has_its_outcome() {
    let charge = NAMES.charge(money(1000, "USD"));
    let with = |status: &str| sent(&charge, 200, &INTENT.replace("succeeded", status));
    assert!(matches!(with("processing"), Outcome::Pending(_)));
    assert!(matches!(with("requires_action"), Outcome::Pending(_)));
    assert!(matches!(with("canceled"), Outcome::Declined(_)));
    for status in ["requires_payment_method", "requires_capture", "requires_confirmation", "odd"] {
        assert!(matches!(with(status), Outcome::Unknown { .. }), "{status}");
    }
    let failed = INTENT.replace("succeeded", "requires_payment_method").replace(
        "\"last_payment_error\": null",
        r#""last_payment_error": {"code":"card_declined","decline_code":"stolen_card","message":"No."}"#,
    );
    let Outcome::Declined(decline) = sent(&charge, 200, &failed) else { panic!("not declined") };
    assert_eq!(
        (decline.reason, decline.code.as_str()),
        (DeclineCode::MethodRevoked, "stolen_card")
    );
}

#[test]
fn each_error_has_its_outcome() {
    use DeclineCode as D;
    let refund = NAMES.refund(money(1000, "USD"));
    let declined = [
        (
            400,
            r#""type":"invalid_request_error","code":"charge_already_refunded""#,
            D::AlreadyRefunded,
        ),
        (
            400,
            r#""type":"invalid_request_error","param":"amount","message":"Refund amount ($999.99) is greater than unrefunded amount on charge ($30)""#,
            D::ExceedsRefundable,
        ),
        (400, r#""type":"invalid_request_error","code":"charge_disputed""#, D::Disputed),
        (400, r#""type":"invalid_request_error","code":"refund_disputed_payment""#, D::Disputed),
        (
            400,
            r#""type":"invalid_request_error","code":"balance_insufficient""#,
            D::MerchantBalanceLow,
        ),
        (400, r#""type":"invalid_request_error","code":"charge_not_refundable""#, D::Other),
        (
            400,
            r#""type":"invalid_request_error","code":"payment_intent_unexpected_state""#,
            D::NotVoidable,
        ),
        (
            400,
            r#""type":"invalid_request_error","code":"parameter_invalid_integer","param":"amount""#,
            D::InvalidRequest,
        ),
        (
            404,
            r#""type":"invalid_request_error","code":"resource_missing","param":"payment_intent""#,
            D::PaymentUnknown,
        ),
        (
            400,
            r#""type":"invalid_request_error","code":"resource_missing","param":"payment_method""#,
            D::MethodRevoked,
        ),
        (402, r#""type":"card_error","code":"expired_card""#, D::ExpiredCard),
        (
            402,
            r#""type":"card_error","code":"card_declined","decline_code":"generic_decline""#,
            D::Declined,
        ),
        (
            402,
            r#""type":"card_error","code":"card_declined","decline_code":"lost_card""#,
            D::MethodRevoked,
        ),
        (402, r#""type":"card_error","code":"authentication_required""#, D::Declined),
        (
            401,
            r#""type":"invalid_request_error","message":"Invalid API Key provided""#,
            D::Configuration,
        ),
        (403, r#""type":"invalid_request_error""#, D::Configuration),
    ];
    for (status, error, reason) in declined {
        let outcome = sent(&refund, status, &format!(r#"{{"error":{{{error}}}}}"#));
        let Outcome::Declined(decline) = outcome else { panic!("{error}: {outcome:?}") };
        assert_eq!(decline.reason, reason, "{error}");
    }
    let unknown = [
        (400, r#""type":"idempotency_error""#),
        (409, r#""type":"idempotency_error","code":"idempotency_key_in_use""#),
        (409, r#""type":"invalid_request_error","code":"idempotency_key_in_use""#),
        (500, r#""type":"api_error""#),
        (400, r#""type":"api_error""#),
        (500, r#""type":"card_error","code":"expired_card""#),
        (402, r#""type":"brand_new_error""#),
    ];
    for (status, error) in unknown {
        let outcome = sent(&refund, status, &format!(r#"{{"error":{{{error}}}}}"#));
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{status} {error}: {outcome:?}");
    }
    for code in ["lock_timeout", "rate_limit"] {
        let body = format!(r#"{{"error":{{"type":"invalid_request_error","code":"{code}"}}}}"#);
        assert!(matches!(sent(&refund, 429, &body), Outcome::NotTaken { .. }));
    }
}

#[test]
fn a_replayed_answer_is_as_good_as_the_first() {
    let replayed = reply_with(200, "idempotent-replayed", "true", REFUND);
    let (_, outcome) = send(&stripe(), &NAMES.refund(money(1000, "USD")), &[replayed]);
    assert!(matches!(outcome, Outcome::Succeeded(_)));
}

#[test]
fn an_answer_about_something_else_says_nothing() {
    let refund = NAMES.refund(money(1000, "USD"));
    for (from, to) in [
        ("\"pi_1\"", "\"pi_2\""),
        ("0198-refund-12-1", "another"),
        ("\"object\": \"refund\"", "\"object\": \"charge\""),
        ("\"usd\"", "\"xyz\""),
        ("\"amount\": 1000", "\"amount\": 10.5"),
        ("\"amount\": 1000", "\"amount\": \"1000\""),
    ] {
        let mut body = REFUND.replace(from, to);
        body = body.replace("\"ch_1\"", "\"ch_9\"");
        assert_ne!(body, REFUND);
        assert!(matches!(sent(&refund, 200, &body), Outcome::Unknown { .. }), "{from} -> {to}");
    }
    assert!(matches!(sent(&refund, 200, INTENT), Outcome::Unknown { .. }));
    for (body, echoed) in [
        (REFUND.replace("\"amount\": 1000", "\"amount\": 100000"), money(100_000, "USD")),
        (REFUND.replace("\"usd\"", "\"eur\""), money(1000, "EUR")),
    ] {
        let Outcome::Succeeded(receipt) = sent(&refund, 200, &body) else { panic!("{body}") };
        assert_eq!(receipt.amount, Some(echoed), "as echoed, never as asked");
    }
}

#[test]
fn a_void_cancels_what_is_open_and_refunds_what_is_captured() {
    let void = NAMES.void(money(1000, "USD"));
    let open = INTENT.replace("succeeded", "processing");
    let canceled = INTENT.replace("succeeded", "canceled");
    let (asked, outcome) = send(&stripe(), &void, &[reply(200, &open), reply(200, &canceled)]);
    assert_eq!(
        (asked[0].method, asked[0].path.as_str()),
        (HttpMethod::Get, "/v1/payment_intents/pi_1")
    );
    assert_eq!(asked[1].path, "/v1/payment_intents/pi_1/cancel");
    assert!(matches!(outcome, Outcome::Succeeded(_)), "{outcome:?}");
    assert!(
        asked[1].headers.contains(&("Idempotency-Key".to_owned(), "0198-refund-12-1".to_owned()))
    );

    let (asked, outcome) = send(&stripe(), &void, &[reply(200, INTENT), reply(200, REFUND)]);
    assert_eq!(asked[1].path, "/v1/refunds");
    assert!(asked[1].body.starts_with("payment_intent=pi_1&amount=1000&"), "{}", asked[1].body);
    assert!(
        asked[1].headers.contains(&("Idempotency-Key".to_owned(), "0198-refund-12-1-r".to_owned()))
    );
    let Outcome::Succeeded(receipt) = outcome else { panic!("{outcome:?}") };
    assert_eq!(receipt.gateway_id, "re_1Pgc");

    let lost = Carried::NoAnswer("cut".to_owned());
    for intent in [INTENT, open.as_str()] {
        let (asked, outcome) = send(&stripe(), &void, &[reply(200, intent), lost.clone()]);
        assert!(asked.len() == 2 && matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }
    let (asked, outcome) = send(&stripe(), &void, &[lost]);
    assert!(asked.len() == 1 && matches!(outcome, Outcome::NotTaken { .. }), "{outcome:?}");
    let missing =
        r#"{"error":{"type":"invalid_request_error","code":"resource_missing","param":"intent"}}"#;
    let Outcome::Declined(decline) = sent(&void, 404, missing) else { panic!("not declined") };
    assert_eq!(decline.reason, DeclineCode::PaymentUnknown);
}

#[test]
fn a_look_up_goes_by_id_then_through_the_list() {
    let refund = NAMES.refund(money(1000, "USD"));
    let by_id = question(refund.clone(), Some("re_1Pgc"), 1);
    let (asked, finding) = look_up(&stripe(), &by_id, &[reply(200, REFUND)]);
    assert_eq!(asked[0].path, "/v1/refunds/re_1Pgc");
    assert!(matches!(finding, Finding::Found { state: MoneyState::Succeeded, .. }), "{finding:?}");

    let other = REFUND.replace("re_1Pgc", "re_0").replace("0198-refund-12-1", "0198-refund-12-0");
    let asked = question(refund.clone(), None, 60);
    let (paths, finding) = look_up(&stripe(), &asked, &[page(&other, true), page(REFUND, false)]);
    assert_eq!(paths[0].path, "/v1/refunds?payment_intent=pi_1&limit=100");
    assert_eq!(paths[1].path, "/v1/refunds?payment_intent=pi_1&limit=100&starting_after=re_0");
    assert!(matches!(finding, Finding::Found { .. }));
    let (_, finding) = look_up(&stripe(), &asked, &[page(&other, false)]);
    assert_eq!(finding, Finding::NotFound { conclusive: true });
    let early = question(refund.clone(), None, 59);
    let (_, finding) = look_up(&stripe(), &early, &[page("", false)]);
    assert_eq!(finding, Finding::NotFound { conclusive: false });
    let endless = look_up(&stripe(), &asked, &[page(&other, true)]).1;
    assert!(matches!(endless, Finding::NoAnswer { .. }));
    // The key was taken off: reference and amount must both be ours.
    let keyless = REFUND.replace("\"attempt_key\": \"0198-refund-12-1\",", "");
    assert!(matches!(
        look_up(&stripe(), &asked, &[page(&keyless, false)]).1,
        Finding::Found { .. }
    ));
    let partial = keyless.replace("\"amount\": 1000", "\"amount\": 999");
    let (_, finding) = look_up(&stripe(), &asked, &[page(&partial, false)]);
    assert_eq!(finding, Finding::NotFound { conclusive: true });
    // With our key and another amount it is ours; the worker sees the amount.
    let echoed = REFUND.replace("\"amount\": 1000", "\"amount\": 999");
    let Finding::Found { receipt, .. } = look_up(&stripe(), &asked, &[page(&echoed, false)]).1
    else {
        panic!("not found")
    };
    assert_eq!(receipt.amount, Some(money(999, "USD")));
}

#[test]
fn charges_and_voids_are_looked_up_too() {
    let charge = question(NAMES.charge(money(1000, "USD")), None, 600);
    let (asked, finding) = look_up(&stripe(), &charge, &[page(INTENT, false)]);
    let wanted = "/v1/payment_intents?created%5Bgte%5D=1772366100&customer=cus_1&limit=100";
    assert_eq!(asked[0].path, wanted);
    assert!(matches!(finding, Finding::Found { state: MoneyState::Succeeded, .. }));
    let void = question(NAMES.void(money(1000, "USD")), None, 600);
    let canceled = INTENT.replace("succeeded", "canceled");
    let (_, finding) = look_up(&stripe(), &void, &[reply(200, &canceled)]);
    assert!(matches!(finding, Finding::Found { state: MoneyState::Succeeded, .. }));
    let (asked, finding) = look_up(&stripe(), &void, &[reply(200, INTENT), page(REFUND, false)]);
    assert_eq!(asked[1].path, "/v1/refunds?payment_intent=pi_1&limit=100");
    assert!(matches!(finding, Finding::Found { .. }));
    let (_, finding) = look_up(&stripe(), &void, &[reply(200, INTENT), page("", false)]);
    assert_eq!(finding, Finding::NotFound { conclusive: true });
}

fn event(kind: &str, object: &str) -> (Vec<(String, String)>, String) {
    let body = format!(
        r#"{{"id":"evt_1","object":"event","api_version":"2025-03-31.basil","created":1772366400,
        "type":"{kind}","data":{{"object":{object}}},"livemode":false,"pending_webhooks":1,
        "request":{{"id":"req_1","idempotency_key":"from-the-request"}}}}"#
    );
    let t = now().as_second().to_string();
    let mac = hex(&hmac_sha256(b"whsec_1", &[t.as_bytes(), b".", body.as_bytes()]));
    (vec![("stripe-signature".to_owned(), format!("t={t},v1=00,v1={mac}"))], body)
}

#[test]
fn a_webhook_is_believed_if_it_is_signed() {
    let read = |kind: &str, object: &str| {
        let (headers, body) = event(kind, object);
        stripe().webhook(&headers, body.as_bytes(), later(300))
    };
    for kind in ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"] {
        let notices = read(kind, &REFUND.replace("succeeded", "failed")).unwrap();
        assert_eq!(notices[0].key.as_deref(), Some("0198-refund-12-1"));
        assert_eq!(notices[0].reference.as_deref(), Some("R-00000012"));
        assert!(matches!(notices[0].kind, NoticeKind::State { state: MoneyState::Failed(_), .. }));
    }
    let keyless = REFUND.replace("\"attempt_key\": \"0198-refund-12-1\",", "");
    let notices = read("refund.created", &keyless).unwrap();
    assert_eq!(notices[0].key.as_deref(), Some("from-the-request"));
    let notices = read("payment_intent.succeeded", INTENT).unwrap();
    assert!(matches!(notices[0].kind, NoticeKind::State { state: MoneyState::Succeeded, .. }));
    let notices = read("payment_intent.canceled", INTENT).unwrap();
    assert_eq!(
        (&notices[0].kind, notices[0].key.as_deref()),
        (&NoticeKind::Hint, Some("from-the-request"))
    );
    let notices = read("charge.refunded", r#"{"id":"ch_1","payment_intent":"pi_1"}"#).unwrap();
    assert_eq!(
        (&notices[0].kind, notices[0].gateway_id.as_deref()),
        (&NoticeKind::Hint, Some("pi_1"))
    );
    let dispute = |status: &str| {
        format!(
            r#"{{"id":"dp_1","charge":"ch_1","payment_intent":"pi_1","amount":400,"currency":"usd","status":"{status}"}}"#
        )
    };
    let notices = read("charge.dispute.created", &dispute("needs_response")).unwrap();
    assert_eq!(notices[0].kind, NoticeKind::DisputeOpened { amount: Some(money(400, "USD")) });
    assert_eq!(notices[0].gateway_id.as_deref(), Some("pi_1"));
    for (status, won) in [("won", true), ("lost", false), ("warning_closed", true)] {
        let notices = read("charge.dispute.closed", &dispute(status)).unwrap();
        assert_eq!(notices[0].kind, NoticeKind::DisputeClosed { won });
    }
    assert_eq!(read("customer.created", "{}"), Ok(Vec::new()));
    assert!(matches!(read("refund.created", "{}"), Err(WebhookError::Malformed(_))));
    let (headers, body) = event("refund.updated", REFUND);
    let forged = body.replace("succeeded", "failed");
    let refused = stripe().webhook(&headers, forged.as_bytes(), now());
    assert!(matches!(refused, Err(WebhookError::Unverified(_))));
    let late = stripe().webhook(&headers, body.as_bytes(), later(301));
    assert!(matches!(late, Err(WebhookError::Unverified(_))));
}

#[test]
fn a_listing_has_payments_and_refunds() {
    let window = Window { from: now(), to: later(3600) };
    let abandoned = INTENT.replace("succeeded", "requires_confirmation").replace("pi_1", "pi_0");
    let answers =
        [page(&format!("{INTENT},{abandoned}"), true), page("", false), page(REFUND, false)];
    let (asked, listed) = drive(&answers, |so_far| stripe().list(window, now(), so_far));
    let query = "created%5Bgte%5D=1772366400&created%5Blt%5D=1772370000&limit=100";
    assert_eq!(asked[0].path, format!("/v1/payment_intents?{query}"));
    assert_eq!(asked[1].path, format!("/v1/payment_intents?{query}&starting_after=pi_0"));
    assert_eq!(asked[2].path, format!("/v1/refunds?{query}"));
    let kinds: Vec<_> = listed.unwrap().unwrap().iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [SettledKind::Charge, SettledKind::Refund]);
}

#[test]
fn reading_the_balance_proves_the_key() {
    let test = |carried| drive(&[carried], |so_far| stripe().test(now(), so_far)).1.unwrap();
    assert_eq!(test(reply(200, r#"{"object":"balance"}"#)), Ok(()));
    assert!(test(reply(401, r#"{"error":{"type":"invalid_request_error"}}"#)).is_err());
}
