use gateway::{
    Action, Carried, Connector, DeclineCode, Finding, HttpRequest, Instruction, MoneyState,
    NoticeKind, Outcome, SettledKind, WebhookError, Window,
};
use gateway_kit::conformance::{
    Names, bears_nonsense, conclusive_after, credentials, drive, later, look_up, money,
    never_believes_a_part, never_finds_in_nonsense, never_overclaims, now, question, reply, send,
};
use gateway_kit::sign::{hex, hmac_sha512, unhex};
use receivables::gateway::GatewayKind;

use crate::lookup::CONCLUSIVE_AFTER_SECONDS;
use crate::{AuthorizeNetConnector, connector};

const NAMES: Names = Names { method: "501", customer: "401", payment: "2214269051" };
const SIGNATURE_KEY: &str = "0123456789ABCDEF0123456789ABCDEF";
/// Made after the answers in gateways 2.4, in JSON.
const REFUNDED: &str = include_str!("../tests/recorded/refunded.json");
const FAILED: &str = include_str!("../tests/recorded/failed.json");
const DETAILS: &str = include_str!("../tests/recorded/details.json");
const UNSETTLED: &str = include_str!("../tests/recorded/unsettled.json");

const NOTHING: &str = "\u{feff}{\"totalNumInResultSet\":0,\"messages\":{\"resultCode\":\"Ok\",\
    \"message\":[{\"code\":\"I00004\",\"text\":\"No records found.\"}]}}";

fn authorize_net() -> AuthorizeNetConnector {
    let pairs = [("login", "L"), ("transaction_key", "T"), ("signature_key", SIGNATURE_KEY)];
    connector(&credentials(&pairs), None).unwrap()
}

fn sent(instruction: &Instruction, body: &str) -> Outcome {
    send(&authorize_net(), instruction, &[reply(200, body)]).1
}

fn asked_for(request: &HttpRequest) -> &str {
    request.body.split('"').nth(1).unwrap_or_default()
}

#[test]
fn the_shared_demands_are_met() {
    never_overclaims(&authorize_net(), &NAMES);
    never_finds_in_nonsense(&authorize_net(), &NAMES);
    bears_nonsense(&authorize_net());
    let conclusive = conclusive_after(GatewayKind::AuthorizeNet).map(u64::from);
    assert_eq!(conclusive, Some(CONCLUSIVE_AFTER_SECONDS));
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let refund = NAMES.refund(money(1234, "USD"));
    never_believes_a_part(&authorize_net(), &refund, 200, REFUNDED);
    never_believes_a_part(&authorize_net(), &refund, 200, FAILED);
}

#[test]
fn a_missing_credential_is_named() {
    let made = |pairs: &[(&str, &str)]| connector(&credentials(pairs), None).err().unwrap();
    assert!(made(&[("login", "L"), ("transaction_key", "T")]).contains("signature_key"));
    let odd =
        [("login", "L"), ("transaction_key", "T"), ("signature_key", "S"), ("currency", "EURO")];
    assert!(made(&odd).contains("currency"));
}

const HEAD: &str = r#"{"createTransactionRequest":{"merchantAuthentication":{"name":"L","transactionKey":"T"},"refId":"R-00000012","transactionRequest":{"#;
const TAIL: &str = r#""order":{"invoiceNumber":"R-00000012","description":"0198-refund-12-1"},"transactionSettings":{"setting":[{"settingName":"duplicateWindow","settingValue":"28800"}]}}}}"#;
const PROFILE: &str =
    r#""profile":{"customerProfileId":"401","paymentProfile":{"paymentProfileId":"501"}},"#;

#[test]
fn fields_are_in_the_order_of_the_schema() {
    let [charge, refund, credit, void] = NAMES.each(money(1234, "USD"));
    let amount = r#""amount":"12.34","currencyCode":"USD","#;
    let of = r#""refTransId":"2214269051""#;
    let cases = [
        (
            charge,
            format!(r#"{HEAD}"transactionType":"authCaptureTransaction",{amount}{PROFILE}{TAIL}"#),
        ),
        (
            refund,
            format!(r#"{HEAD}"transactionType":"refundTransaction",{amount}{PROFILE}{of},{TAIL}"#),
        ),
        (credit, format!(r#"{HEAD}"transactionType":"refundTransaction",{amount}{PROFILE}{TAIL}"#)),
        (void, format!(r#"{HEAD}"transactionType":"voidTransaction",{of}}}}}}}"#)),
    ];
    for (instruction, body) in cases {
        let (asked, _) = send(&authorize_net(), &instruction, &[reply(500, "")]);
        assert_eq!(
            (asked[0].path.as_str(), asked[0].body.as_str()),
            ("/xml/v1/request.api", body.as_str())
        );
    }
}

#[test]
fn a_card_whose_profile_is_gone_is_refunded_by_its_last_digits() {
    let mut refund = NAMES.refund(money(1234, "USD"));
    if let Action::Refund { method, .. } = &mut refund.action {
        method.customer = None;
    }
    let (asked, _) = send(&authorize_net(), &refund, &[reply(500, "")]);
    let wanted = r#""payment":{"creditCard":{"cardNumber":"0015","expirationDate":"XXXX"}},"refTransId":"2214269051","#;
    assert!(asked[0].body.contains(wanted), "{}", asked[0].body);
    // A credit needs the whole card, which only the profile has.
    let mut credit = NAMES.credit(money(1234, "USD"));
    if let Action::Credit { method } = &mut credit.action {
        method.customer = None;
    }
    let (asked, outcome) = send(&authorize_net(), &credit, &[]);
    let Outcome::Declined(decline) = outcome else { panic!("{outcome:?}") };
    assert_eq!((asked.len(), decline.reason), (0, DeclineCode::InvalidRequest));
}

#[test]
fn a_refund_without_its_payment_is_never_sent_as_a_credit() {
    for id in ["", " ", "0", "000", "null\"", "22 14", "../1"] {
        for mut instruction in [NAMES.refund(money(1234, "USD")), NAMES.void(money(1234, "USD"))] {
            if let Action::Refund { payment, .. } | Action::Void { payment, .. } =
                &mut instruction.action
            {
                payment.id = id.to_owned();
            }
            let (asked, outcome) = send(&authorize_net(), &instruction, &[]);
            let Outcome::Declined(decline) = outcome else { panic!("{id:?}: {outcome:?}") };
            assert_eq!((asked.len(), decline.reason), (0, DeclineCode::PaymentUnknown), "{id:?}");
        }
    }
    let (asked, _) = send(&authorize_net(), &NAMES.credit(money(1234, "USD")), &[reply(500, "")]);
    assert!(!asked[0].body.contains("refTransId"));
}

#[test]
fn a_reference_that_would_be_cut_off_is_not_sent() {
    let mut refund = NAMES.refund(money(1234, "USD"));
    refund.reference = "ACME-R-00000000000012".to_owned();
    let (asked, outcome) = send(&authorize_net(), &refund, &[]);
    assert!(asked.is_empty() && matches!(outcome, Outcome::Declined(_)), "{outcome:?}");
}

#[test]
fn the_amount_on_the_wire_is_the_amount_asked_for() {
    for (minor, currency, decimal) in
        [(12_345, "JPY", "12345"), (1, "USD", "0.01"), (1001, "KWD", "1.001"), (7, "BHD", "0.007")]
    {
        let amount = money(minor, currency);
        for instruction in [NAMES.charge(amount), NAMES.refund(amount), NAMES.credit(amount)] {
            let (asked, _) = send(&authorize_net(), &instruction, &[reply(500, "")]);
            let wanted = format!("\"amount\":\"{decimal}\",\"currencyCode\":\"{currency}\"");
            assert!(asked[0].body.contains(&wanted), "{}", asked[0].body);
        }
    }
}

#[test]
fn each_response_code_has_its_outcome() {
    let [charge, refund, credit, void] = NAMES.each(money(1234, "USD"));
    let Outcome::Succeeded(receipt) = sent(&refund, REFUNDED) else { panic!("not succeeded") };
    assert_eq!(
        (receipt.gateway_id.as_str(), receipt.code.as_deref(), receipt.amount),
        ("2214602071", Some("1"), None)
    );
    let plain = REFUNDED.replace("\"refTransID\": \"2214269051\"", "\"refTransID\": \"\"");
    for (instruction, body) in [
        (&charge, plain.clone()),
        (&credit, plain.replace("\"refTransID\": \"\"", "\"refTransID\": \"0\"")),
        (&void, plain.replace("2214602071", "2214269051")),
        (&refund, format!("\u{feff}{REFUNDED}")),
        (&refund, REFUNDED.replace("\"responseCode\": \"1\"", "\"responseCode\": 1")),
    ] {
        assert!(matches!(sent(instruction, &body), Outcome::Succeeded(_)), "{body}");
    }
    let code = |code: &str| {
        REFUNDED.replace("\"responseCode\": \"1\"", &format!("\"responseCode\": \"{code}\""))
    };
    assert!(matches!(sent(&refund, &code("4")), Outcome::Pending(_)));
    let Outcome::Declined(decline) = sent(&refund, &code("2")) else { panic!("not declined") };
    assert_eq!(decline.reason, DeclineCode::Declined);
    for odd in [
        code("3"),
        code("5"),
        REFUNDED.replace("\"Ok\"", "\"Error\""),
        REFUNDED.replace("2214602071", "0"),
        REFUNDED.replace("2214269051", "2214269052"),
        REFUNDED.replace("\"refId\": \"R-00000012\"", "\"refId\": \"R-00000013\""),
        REFUNDED.replace("\"code\": \"1\"", "\"code\": \"310\""),
        REFUNDED.replace("\"code\": \"1\"", "\"code\": \"311\""),
    ] {
        assert!(matches!(sent(&refund, &odd), Outcome::Unknown { .. }), "{odd}");
    }
    // A refund of a payment was not asked for here, and a void has the id of its payment.
    assert!(matches!(sent(&credit, REFUNDED), Outcome::Unknown { .. }));
    assert!(matches!(sent(&void, &plain), Outcome::Unknown { .. }));
}

#[test]
fn each_reason_has_its_outcome() {
    use DeclineCode as D;
    let refund = NAMES.refund(money(1234, "USD"));
    let with = |code: &str| FAILED.replace("\"55\"", &format!("\"{code}\""));
    for (code, reason) in [
        ("55", D::ExceedsRefundable),
        ("54", D::NotSettled),
        ("16", D::PaymentUnknown),
        ("8", D::ExpiredCard),
        ("2", D::Declined),
        ("3", D::Declined),
        ("4", D::Declined),
        ("33", D::InvalidRequest),
        ("13", D::Configuration),
        ("27", D::Other),
    ] {
        let outcome = sent(&refund, &with(code));
        let Outcome::Declined(decline) = outcome else { panic!("{code}: {outcome:?}") };
        assert_eq!((decline.reason, decline.code.as_str()), (reason, code));
    }
    let Outcome::Declined(decline) = sent(&NAMES.credit(money(1234, "USD")), &with("54")) else {
        panic!("not declined")
    };
    assert_eq!(decline.reason, D::CreditNotEnabled);
    for code in ["11", "19", "25", "57", "63", "120", "122", "180", "999", ""] {
        assert!(matches!(sent(&refund, &with(code)), Outcome::Unknown { .. }), "{code}");
    }
    let declined = with("251").replace("\"responseCode\": \"3\"", "\"responseCode\": \"2\"");
    let Outcome::Declined(decline) = sent(&refund, &declined) else { panic!("not declined") };
    assert_eq!(decline.reason, D::Declined, "the whole says no, whatever the code");
    let bare = |code: &str| {
        format!(
            r#"{{"messages":{{"resultCode":"Error","message":[{{"code":"{code}","text":"Says why."}}]}}}}"#
        )
    };
    for (code, reason) in [
        ("E00007", D::Configuration),
        ("E00040", D::MethodRevoked),
        ("E00003", D::InvalidRequest),
        ("E00012", D::InvalidRequest),
    ] {
        let outcome = sent(&refund, &bare(code));
        let Outcome::Declined(decline) = outcome else { panic!("{code}: {outcome:?}") };
        assert_eq!((decline.reason, decline.code.as_str()), (reason, code));
    }
    assert!(matches!(sent(&refund, &bare("E00104")), Outcome::NotTaken { .. }));
    for code in ["E00001", "E00027", "E99999"] {
        assert!(matches!(sent(&refund, &bare(code)), Outcome::Unknown { .. }), "{code}");
    }
    let (_, outcome) = send(&authorize_net(), &refund, &[reply(500, FAILED)]);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "errors come with 200: {outcome:?}");
}

fn ok(body: &str) -> Carried {
    reply(200, body)
}

#[test]
fn a_look_up_goes_through_the_lists_to_the_details() {
    let ask = question(NAMES.refund(money(1234, "USD")), None, 600);
    let (asked, finding) = look_up(&authorize_net(), &ask, &[ok(UNSETTLED), ok(DETAILS)]);
    let names: Vec<_> = asked.iter().map(asked_for).collect();
    assert_eq!(names, ["getUnsettledTransactionListRequest", "getTransactionDetailsRequest"]);
    assert_eq!(
        asked[0].body,
        r#"{"getUnsettledTransactionListRequest":{"merchantAuthentication":{"name":"L","transactionKey":"T"},"status":"any","sorting":{"orderBy":"submitTimeUTC","orderDescending":true},"paging":{"limit":1000,"offset":1}}}"#
    );
    assert!(asked[1].body.ends_with(r#""transId":"2214602071"}}"#), "{}", asked[1].body);
    let Finding::Found { state: MoneyState::Succeeded, receipt } = finding else {
        panic!("{finding:?}")
    };
    assert_eq!(
        (receipt.gateway_id.as_str(), receipt.amount),
        ("2214602071", Some(money(1234, "USD")))
    );

    for (age, conclusive) in [(119, false), (120, true)] {
        let ask = question(NAMES.refund(money(1234, "USD")), None, age);
        let (asked, finding) = look_up(&authorize_net(), &ask, &[ok(NOTHING)]);
        assert!(
            asked[1].body.contains("\"status\":\"pendingApproval\""),
            "what is held counts too"
        );
        assert_eq!((asked.len(), finding), (2, Finding::NotFound { conclusive }));
    }
}

#[test]
fn what_is_older_than_a_day_is_looked_for_in_batches() {
    let ask = question(NAMES.refund(money(1234, "USD")), None, 3 * 86_400);
    let batches = r#"{"batchList":[{"batchId":"11","settlementState":"settledSuccessfully"},{"batchId":"9"}],"messages":{"resultCode":"Ok","message":[]}}"#;
    let settled = DETAILS.replace("refundPendingSettlement", "refundSettledSuccessfully");
    let answers = [ok(NOTHING), ok(NOTHING), ok(batches), ok(NOTHING), ok(UNSETTLED), ok(&settled)];
    let (asked, finding) = look_up(&authorize_net(), &ask, &answers);
    let names: Vec<_> = asked.iter().map(asked_for).collect();
    assert_eq!(
        names[2..],
        [
            "getSettledBatchListRequest",
            "getTransactionListRequest",
            "getTransactionListRequest",
            "getTransactionDetailsRequest"
        ]
    );
    assert!(asked[2].body.contains(r#""firstSettlementDate":"2026-02-28T12:00:00Z","lastSettlementDate":"2026-03-04T12:00:00Z""#), "{}", asked[2].body);
    assert!(
        asked[3].body.contains(r#""batchId":"9","sorting""#),
        "the oldest first: {}",
        asked[3].body
    );
    assert!(matches!(finding, Finding::Found { state: MoneyState::Settled, .. }), "{finding:?}");
    let (_, finding) = look_up(&authorize_net(), &ask, &[ok(NOTHING)]);
    assert_eq!(finding, Finding::NotFound { conclusive: true });
    let (_, finding) = look_up(&authorize_net(), &ask, &[ok(NOTHING), ok(NOTHING), ok("{}")]);
    assert!(matches!(finding, Finding::NoAnswer { .. }));
}

#[test]
fn a_look_up_tells_ours_from_others() {
    let refund = NAMES.refund(money(1234, "USD"));
    let find = |instruction: &Instruction, details: &str| {
        let ask = question(instruction.clone(), None, 600);
        look_up(&authorize_net(), &ask, &[ok(UNSETTLED), ok(details), ok(NOTHING)]).1
    };
    let keyless = DETAILS.replace("\"description\": \"0198-refund-12-1\"", "\"description\": \"\"");
    assert!(matches!(find(&refund, &keyless), Finding::Found { .. }));
    for (from, to) in [
        ("0198-refund-12-1", "0198-refund-12-0"),
        ("\"refundTransaction\"", "\"authCaptureTransaction\""),
        ("R-00000012", "R-00000013"),
    ] {
        let other = DETAILS.replace(from, to);
        assert_ne!(other, DETAILS);
        assert_eq!(find(&refund, &other), Finding::NotFound { conclusive: true }, "{from}");
    }
    // What may be ours and is not clear must never be a miss, or it would be sent again.
    for odd in [
        keyless.replace("12.34", "12.35"),
        DETAILS.replace("2214269051", "2214269052"),
        DETAILS.replace("refundPendingSettlement", "communicationError"),
        DETAILS.replace("refundPendingSettlement", "settlementError"),
        DETAILS.replace("2214602071", "2214602072"),
        DETAILS.replace("12.34", "1.234e1"),
    ] {
        assert!(matches!(find(&refund, &odd), Finding::NoAnswer { .. }), "{odd}");
    }
    // A refund of a payment is no credit, and a credit no refund.
    let credit = NAMES.credit(money(1234, "USD"));
    assert!(matches!(find(&credit, DETAILS), Finding::NoAnswer { .. }));
    let unlinked = DETAILS.replace("\"refTransId\": \"2214269051\",", "");
    assert!(matches!(find(&credit, &unlinked), Finding::Found { .. }));
    assert!(matches!(find(&refund, &unlinked), Finding::NoAnswer { .. }));
    let echoed = DETAILS.replace("12.34", "100.00");
    let Finding::Found { receipt, .. } = find(&refund, &echoed) else { panic!("ours by its key") };
    assert_eq!(receipt.amount, Some(money(10_000, "USD")), "as echoed, never as asked");
}

#[test]
fn each_status_has_its_state() {
    let refund = NAMES.refund(money(1234, "USD"));
    let find = |details: &str| {
        let ask = question(refund.clone(), Some("2214602071"), 10);
        look_up(&authorize_net(), &ask, &[ok(details), ok(NOTHING)]).1
    };
    for (status, wanted) in [
        ("refundPendingSettlement", Some(MoneyState::Succeeded)),
        ("refundSettledSuccessfully", Some(MoneyState::Settled)),
        ("FDSPendingReview", Some(MoneyState::Pending)),
        ("underReview", Some(MoneyState::Pending)),
        ("approvedReview", Some(MoneyState::Pending)),
        ("communicationError", None),
        ("settlementError", None),
        ("couldNotVoid", None),
        ("brandNew", None),
    ] {
        let finding = find(&DETAILS.replace("refundPendingSettlement", status));
        match (finding, wanted) {
            (Finding::Found { state, .. }, Some(wanted)) => assert_eq!(state, wanted, "{status}"),
            (Finding::NoAnswer { .. }, None) => {}
            (finding, _) => panic!("{status}: {finding:?}"),
        }
    }
    for status in ["returnedItem", "voided", "expired", "failedReview", "declined"] {
        let finding = find(&DETAILS.replace("refundPendingSettlement", status));
        let failed = matches!(finding, Finding::Found { state: MoneyState::Failed(_), .. });
        assert!(failed, "{status}: {finding:?}");
    }
    let error = DETAILS.replace("refundPendingSettlement", "generalError");
    assert!(matches!(find(&error), Finding::Found { state: MoneyState::Failed(_), .. }));
    let unsure = error.replace("\"responseReasonCode\": 1,", "\"responseReasonCode\": 19,");
    assert!(matches!(find(&unsure), Finding::NoAnswer { .. }));
    let missing = r#"{"messages":{"resultCode":"Error","message":[{"code":"E00040","text":"The record cannot be found."}]}}"#;
    assert_eq!(find(missing), Finding::NotFound { conclusive: false });
}

#[test]
fn a_failure_is_believed_when_it_is_certainly_ours() {
    let failed = DETAILS
        .replace("refundPendingSettlement", "declined")
        .replace("\"description\": \"0198-refund-12-1\"", "\"description\": \"\"");
    let find = |age, details: &str| {
        let ask = question(NAMES.refund(money(1234, "USD")), None, age);
        look_up(&authorize_net(), &ask, &[ok(UNSETTLED), ok(details), ok(NOTHING)]).1
    };
    assert_eq!(find(119, &failed), Finding::NotFound { conclusive: false });
    assert!(matches!(find(120, &failed), Finding::Found { state: MoneyState::Failed(_), .. }));
    let earlier = failed.replace("2026-03-01T12:00:05Z", "2026-03-01T11:00:05");
    assert_eq!(find(120, &earlier), Finding::NotFound { conclusive: true });
}

#[test]
fn a_void_is_seen_at_its_payment() {
    let payment = DETAILS
        .replace("2214602071", "2214269051")
        .replace("refundTransaction", "authCaptureTransaction");
    let find = |status: &str, age| {
        let ask = question(NAMES.void(money(1234, "USD")), None, age);
        let body = payment.replace("refundPendingSettlement", status);
        look_up(&authorize_net(), &ask, &[ok(&body)]).1
    };
    assert!(matches!(find("voided", 1), Finding::Found { state: MoneyState::Succeeded, .. }));
    assert_eq!(find("capturedPendingSettlement", 119), Finding::NotFound { conclusive: false });
    assert_eq!(find("capturedPendingSettlement", 120), Finding::NotFound { conclusive: true });
    assert_eq!(find("settledSuccessfully", 120), Finding::NotFound { conclusive: true });
    assert!(matches!(find("couldNotVoid", 120), Finding::NoAnswer { .. }));
}

#[test]
fn a_webhook_is_believed_if_it_is_signed_with_either_key() {
    let event = |kind: &str, code: u8| {
        format!(
            r#"{{"notificationId":"n-1","eventType":"net.authorize.{kind}","eventDate":"2026-03-01T12:00:00Z","webhookId":"w-1",
            "payload":{{"responseCode":{code},"authAmount":12.34,"entityName":"transaction","id":"2214602071","invoiceNumber":"R-00000012"}}}}"#
        )
    };
    let signed = |key: &[u8], body: &str| {
        let digits = hex(&hmac_sha512(key, body.as_bytes())).to_uppercase();
        vec![("x-anet-signature".to_owned(), format!("sha512={digits}"))]
    };
    let read = |kind: &str, code| {
        let body = event(kind, code);
        authorize_net().webhook(&signed(SIGNATURE_KEY.as_bytes(), &body), body.as_bytes(), now())
    };
    for (code, state) in
        [(1, Some(MoneyState::Succeeded)), (4, Some(MoneyState::Pending)), (2, None)]
    {
        let notices = read("payment.refund.created", code).unwrap();
        assert_eq!(notices[0].reference.as_deref(), Some("R-00000012"));
        assert_eq!(notices[0].gateway_id.as_deref(), Some("2214602071"));
        match (&notices[0].kind, state) {
            (NoticeKind::State { state, receipt }, Some(wanted)) => {
                assert_eq!((state, receipt.amount), (&wanted, None));
            }
            (NoticeKind::Hint, None) => {}
            (kind, _) => panic!("{code}: {kind:?}"),
        }
    }
    for kind in ["payment.void.created", "payment.fraud.held", "payment.fraud.approved"] {
        assert_eq!(read(kind, 1).unwrap()[0].kind, NoticeKind::Hint, "{kind}");
    }
    assert_eq!(read("customer.created", 1), Ok(Vec::new()));
    let body = event("payment.refund.created", 1);
    let decoded = signed(&unhex(SIGNATURE_KEY).unwrap(), &body);
    assert!(authorize_net().webhook(&decoded, body.as_bytes(), now()).is_ok());
    for headers in [
        signed(b"other", &body),
        signed(b"", &body),
        vec![("x-anet-signature".to_owned(), "sha512=".to_owned())],
    ] {
        let refused = authorize_net().webhook(&headers, body.as_bytes(), now());
        assert!(matches!(refused, Err(WebhookError::Unverified(_))), "{refused:?}");
    }
    let forged = body.replace("2214602071", "2214602072");
    assert!(authorize_net().webhook(&decoded, forged.as_bytes(), now()).is_err());
}

#[test]
fn a_listing_has_batches_and_what_is_not_settled() {
    let window = Window { from: now(), to: later(86_400) };
    let batches = r#"{"batchList":[{"batchId":"9"}],"messages":{"resultCode":"Ok","message":[]}}"#;
    let item = |status: &str, submitted: &str| {
        format!(
            r#"{{"transId":"2214602071","submitTimeUTC":"{submitted}","transactionStatus":"{status}","invoiceNumber":"R-00000012","settleAmount":12.34}}"#
        )
    };
    let page = |items: &[String]| {
        ok(&format!(
            r#"{{"transactions":[{}],"totalNumInResultSet":{},"messages":{{"resultCode":"Ok","message":[]}}}}"#,
            items.join(","),
            items.len()
        ))
    };
    let returned = DETAILS.replace("refundPendingSettlement", "returnedItem");
    let answers = [
        ok(batches),
        page(&[
            item("settledSuccessfully", "2026-03-01T12:00:05Z"),
            item("declined", "2026-03-01T12:00:05Z"),
            item("returnedItem", "2026-03-01T12:00:05Z"),
        ]),
        ok(&returned),
        page(&[
            item("refundPendingSettlement", "2026-03-01T12:00:05Z"),
            item("refundPendingSettlement", "2026-02-01T12:00:05Z"),
        ]),
    ];
    let (_, listed) = drive(&answers, |so_far| authorize_net().list(window, now(), so_far));
    let listed = listed.unwrap().unwrap();
    let kinds: Vec<_> = listed.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [SettledKind::Charge, SettledKind::Refund, SettledKind::Refund]);
    assert!(listed.iter().all(|one| one.amount == money(1234, "USD")));
    assert!(matches!(listed[1].state, MoneyState::Failed(_)));
    let long = Window { from: now(), to: later(32 * 86_400) };
    let (asked, refused) = drive(&[], |so_far| authorize_net().list(long, now(), so_far));
    assert!(asked.is_empty() && matches!(refused, Some(Err(_))));
}

#[test]
fn a_test_request_proves_the_credentials() {
    let test =
        |body: &str| drive(&[ok(body)], |so_far| authorize_net().test(now(), so_far)).1.unwrap();
    assert_eq!(
        test(
            r#"{"messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]}}"#
        ),
        Ok(())
    );
    let refused = test(
        r#"{"messages":{"resultCode":"Error","message":[{"code":"E00007","text":"User authentication failed."}]}}"#,
    );
    assert!(refused.unwrap_err().contains("E00007"));
}
