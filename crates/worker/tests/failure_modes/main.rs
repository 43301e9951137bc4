//! The failure modes of refunds seen in the wild (gateways 6), each against every connector to which it
//! applies: the whole program over real connections, judged by what really moved at the gateway and by
//! what the books say.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod acts;
mod currencies;
mod limits;
mod matrix;
mod notices;
mod post;
mod stage;
mod time_outs;
mod ways;

use matrix::Mode;

/// Makes the tests of each mode and its row of the matrix from one place: number, name, scenario, what
/// goes wrong, where it can be tested, and why not elsewhere.
macro_rules! modes {
    ($(
        $number:literal $name:ident $scenario:path, $what:literal,
        on [$($on:ident)*] $(not [$($off:ident $why:literal),*])?;
    )*) => {
        $(mod $name {
            $(#[test]
            fn $on() {
                crate::stage::run($scenario(crate::stage::kind(stringify!($on))));
            })*
        })*

        const MODES: &[Mode] = &[$(Mode {
            number: $number,
            what: $what,
            on: &[$(stringify!($on)),*],
            off: &[$($((stringify!($off), $why)),*)?],
        }),*];
    };
}

modes! {
    1 mode_01_double_refund_after_time_out crate::time_outs::double_refund,
        "Double refund after a retry or time-out",
        on [sandbox stripe cybersource authorizenet];
    2 mode_02_webhook_before_the_answer crate::notices::webhook_first,
        "The webhook comes before the answer and makes a second refund",
        on [sandbox stripe authorizenet] not [cybersource "it sends no webhooks about refunds"];
    3 mode_03_old_webhook_again crate::notices::old_webhook_again,
        "An old webhook comes again after a later refund",
        on [sandbox stripe authorizenet] not [cybersource "it sends no webhooks about refunds"];
    4 mode_04_concurrent_refunds crate::limits::concurrent,
        "Refunds at the same time exceed the payment",
        on [sandbox stripe cybersource authorizenet];
    5 mode_05_succeeded_then_failed crate::notices::fails_late,
        "A refund succeeds and fails later",
        on [sandbox stripe cybersource authorizenet];
    6 mode_06_pending_is_held crate::notices::pending,
        "Pending is taken for done, or for failed",
        on [sandbox stripe authorizenet]
        not [cybersource "its PENDING is the word for a refund that was accepted"];
    7 mode_07_nothing_was_sent crate::time_outs::nothing_sent,
        "Nothing was sent, and it counts as pending",
        on [sandbox stripe cybersource authorizenet];
    8 mode_08_no_id_after_time_out crate::time_outs::no_id,
        "No gateway id after a time-out",
        on [sandbox stripe cybersource authorizenet];
    9 mode_09_refund_and_dispute crate::ways::disputed,
        "Refund and chargeback pay twice",
        on [sandbox stripe cybersource authorizenet];
    10 mode_10_declined_does_not_block crate::limits::declined_before,
        "A failed refund blocks later ones",
        on [sandbox stripe cybersource authorizenet];
    11 mode_11_processed_twice crate::limits::processed_twice,
        "A refund is processed twice",
        on [sandbox stripe cybersource authorizenet];
    12 mode_12_partial_amount_on_the_wire crate::limits::partial_amount,
        "The whole is refunded although a part was asked for",
        on [sandbox stripe cybersource authorizenet];
    13 mode_13_last_cent crate::limits::last_cent,
        "The last cent cannot be refunded",
        on [sandbox stripe cybersource authorizenet];
    14 mode_14_no_decimals_and_three crate::currencies::decimals,
        "Currencies without decimals, or with three",
        on [sandbox stripe cybersource] not [authorizenet "it takes no such currency"];
    15 mode_15_currency_mismatch crate::currencies::mismatch,
        "Another currency than the payment's",
        on [sandbox stripe cybersource authorizenet];
    16 mode_16_unsettled_payment crate::ways::unsettled,
        "The payment is not settled",
        on [sandbox authorizenet]
        not [stripe "it refunds what is captured", cybersource "it refunds what is captured"];
    17 mode_17_method_of_the_payment crate::ways::its_own_method,
        "The refund goes to another stored method or gateway",
        on [sandbox stripe cybersource authorizenet];
    18 mode_18_closed_card crate::ways::closed_card,
        "The card is expired, closed or revoked",
        on [sandbox stripe cybersource authorizenet];
    19 mode_19_merchant_balance_low crate::ways::balance_low,
        "The merchant's balance is too low",
        on [sandbox stripe cybersource]
        not [authorizenet "its code 54 does not tell this from an unsettled payment"];
    20 mode_20_payment_too_old crate::ways::too_old,
        "The payment is too old",
        on [sandbox stripe cybersource authorizenet];
    21 mode_21_provider_says_duplicate crate::time_outs::duplicate,
        "The gateway says that it is a duplicate",
        on [sandbox stripe cybersource authorizenet];
    22 mode_22_several_captures crate::limits::captured_at_once,
        "Several partial captures",
        on [] not [
            sandbox "a payment is captured whole and at once",
            stripe "a payment is captured whole and at once",
            cybersource "a payment is captured whole and at once",
            authorizenet "a payment is captured whole and at once"
        ];
    23 mode_23_unverifiable_webhook crate::notices::unverifiable,
        "A webhook cannot be verified",
        on [sandbox stripe cybersource authorizenet];
    24 mode_24_gateway_deactivated crate::ways::deactivated,
        "The gateway was deactivated",
        on [sandbox stripe cybersource authorizenet];
}

/// Why mode 22 does not apply.
#[test]
fn a_payment_has_one_capture() {
    for name in matrix::CONNECTORS {
        stage::run(limits::captured_at_once(stage::kind(name)));
    }
}

#[test]
fn every_mode_and_connector_is_accounted_for() {
    matrix::check(MODES);
}

/// Set `UPDATE_DOCS=1` to write it.
#[test]
fn the_matrix_in_the_documentation_is_this_one() {
    matrix::compare(MODES);
}
