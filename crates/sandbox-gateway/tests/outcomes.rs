//! Every row of the table of outcomes, over every dialect, by every trigger, over real sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{Order, Sandbox, Told, WIRES, Wire};
use sandbox_gateway::outcomes::TABLE;
use serde_json::json;

/// How a row is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    Call,
    Token,
    Amount,
}

/// Refund or credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Refund,
    Credit,
}

struct Case {
    wire: Wire,
    trigger: Trigger,
    way: Way,
    name: &'static str,
    sandbox: Sandbox,
    reference: String,
    amount: String,
    token: String,
    charge: String,
}

impl Case {
    fn new(wire: Wire, trigger: Trigger, way: Way, name: &'static str) -> Self {
        let row = TABLE.iter().find(|row| row.0 == name).unwrap();
        let amount = match (trigger, row.1) {
            (Trigger::Amount, Some(digits)) => format!("10.{digits:02}"),
            _ => "10.00".to_owned(),
        };
        let token = match trigger {
            Trigger::Token => format!("pm_{name}_of_a_test"),
            _ => "pm_card_visa".to_owned(),
        };
        let sandbox = Sandbox::new();
        let charge = wire.charge(&sandbox, &token, "P-1", "100.00");
        sandbox.sim("settle", &json!({}));
        Self {
            wire,
            trigger,
            way,
            name,
            sandbox,
            reference: "R-1".to_owned(),
            amount,
            token,
            charge,
        }
    }

    fn send(&self) -> Told {
        let sim = (self.trigger == Trigger::Call).then_some(self.name);
        let order = Order { reference: &self.reference, amount: &self.amount, sim };
        match self.way {
            Way::Refund => self.wire.refund(&self.sandbox, &self.charge, order),
            Way::Credit => self.wire.credit(&self.sandbox, &self.token, order),
        }
    }

    fn says(&self) -> String {
        format!("{:?} {:?} {:?} {}", self.wire, self.trigger, self.way, self.name)
    }

    #[track_caller]
    fn told(&self, expected: &Told) {
        let told = self.send();
        let fits = match (expected, &told) {
            (Told::Succeeded(_), Told::Succeeded(echo)) => {
                echo.as_ref().is_none_or(|echo| *echo == self.amount)
            }
            // CyberSource's ordinary success is called pending too.
            (Told::Pending, Told::Succeeded(_)) => self.wire == Wire::Cybersource,
            _ => *expected == told,
        };
        assert!(fits, "{}: {told:?} instead of {expected:?}", self.says());
    }

    #[track_caller]
    fn moved(&self, once: bool) {
        let moved = self.sandbox.moved(&self.reference);
        let expected = if once { format!("-{}", self.amount) } else { "0".to_owned() };
        let moved = if moved == "0.00" { "0".to_owned() } else { moved };
        assert_eq!(moved, expected, "{}", self.says());
    }

    /// What a look-up shows once CyberSource's index is up to date.
    #[track_caller]
    fn found(&self, expected: Option<&str>) {
        self.sandbox.advance("seconds", 120);
        let found = self.wire.look_up(&self.sandbox, &self.reference);
        let expected = match expected {
            Some("succeeded") if self.wire == Wire::Cybersource => Some("pending"),
            other => other,
        };
        assert_eq!(found.as_deref(), expected, "{}", self.says());
    }
}

/// Every wire, trigger and way that a row has.
fn each(name: &'static str, check: impl Fn(&Case)) {
    let row = TABLE.iter().find(|row| row.0 == name).unwrap();
    for wire in WIRES {
        for way in [Way::Refund, Way::Credit] {
            if (wire, way) == (Wire::Stripe, Way::Credit) {
                continue;
            }
            for trigger in [Trigger::Call, Trigger::Token, Trigger::Amount] {
                if trigger != Trigger::Amount || row.1.is_some() {
                    check(&Case::new(wire, trigger, way, name));
                }
            }
        }
    }
}

const DONE: Told = Told::Succeeded(None);

#[test]
fn ok_succeeds_at_once_and_settles_after_a_day() {
    each("ok", |case| {
        case.told(&DONE);
        case.moved(true);
        case.found(Some("succeeded"));
        case.sandbox.advance("days", 1);
        let settled = if case.wire == Wire::Stripe { "succeeded" } else { "settled" };
        case.found(Some(settled));
        case.moved(true);
    });
}

#[test]
fn pending_ok_moves_money_after_one_step() {
    each("pending_ok", |case| {
        case.told(&Told::Pending);
        case.moved(false);
        case.found(Some("pending"));
        case.sandbox.advance("steps", 1);
        case.found(Some("succeeded"));
        case.moved(true);
    });
}

#[test]
fn late_fail_gives_the_money_back_after_three_steps() {
    each("late_fail", |case| {
        case.told(&DONE);
        case.moved(true);
        case.found(Some("succeeded"));
        case.sandbox.advance("steps", 3);
        case.found(Some("failed"));
        case.moved(false);
    });
}

#[test]
fn pending_fail_never_moves_money() {
    each("pending_fail", |case| {
        case.told(&Told::Pending);
        case.sandbox.advance("steps", 1);
        case.found(Some("failed"));
        case.moved(false);
    });
}

#[test]
fn declines_are_told_at_once_and_stay_on_record() {
    for name in ["declined", "expired", "revoked"] {
        each(name, |case| {
            case.told(&Told::Declined);
            case.moved(false);
            case.found(Some("failed"));
        });
    }
}

#[test]
fn no_unlinked_refuses_credits_only() {
    each("no_unlinked", |case| {
        let refused = case.way == Way::Credit;
        case.told(if refused { &Told::Declined } else { &DONE });
        case.moved(!refused);
    });
}

#[test]
fn disputed_refuses_refunds_only() {
    each("disputed", |case| {
        let refused = case.way == Way::Refund;
        case.told(if refused { &Told::Declined } else { &DONE });
        case.moved(!refused);
    });
}

#[test]
fn balance_low_waits_for_a_top_up_or_for_three_steps() {
    each("balance_low", |case| {
        case.told(&Told::Pending);
        case.sandbox.advance("steps", 1);
        case.moved(false);
        case.sandbox.sim("top-up", &json!({}));
        case.found(Some("succeeded"));
        case.moved(true);
    });
    let case = Case::new(Wire::Plain, Trigger::Token, Way::Refund, "balance_low");
    case.told(&Told::Pending);
    case.sandbox.advance("steps", 3);
    case.moved(true);
}

#[test]
fn timeout_done_hangs_and_moves_money() {
    each("timeout_done", |case| {
        case.told(&Told::Dropped);
        case.moved(true);
        case.found(Some("succeeded"));
    });
}

#[test]
fn timeout_lost_hangs_and_moves_nothing() {
    each("timeout_lost", |case| {
        case.told(&Told::Dropped);
        case.moved(false);
        case.found(None);
    });
}

#[test]
fn errors_do_or_do_not_take_effect() {
    each("500_done", |case| {
        case.told(&Told::Broken);
        case.moved(true);
        case.found(Some("succeeded"));
    });
    each("500_lost", |case| {
        case.told(&Told::Broken);
        case.moved(false);
        case.found(None);
    });
}

#[test]
fn rate_limit_refuses_once_and_then_takes_it() {
    each("429", |case| {
        case.told(&Told::Throttled);
        case.moved(false);
        case.told(&DONE);
        case.moved(true);
    });
}

#[test]
fn echo_wrong_names_another_amount_and_moves_the_right_one() {
    each("echo_wrong", |case| {
        let told = case.send();
        match told {
            Told::Succeeded(None) => assert_eq!(case.wire, Wire::Authorizenet),
            Told::Succeeded(Some(echo)) => assert_eq!(echo, case.amount.replacen("10.", "11.", 1)),
            other => panic!("{}: {other:?}", case.says()),
        }
        case.moved(true);
    });
}

#[test]
fn search_lag_hides_it_for_five_minutes() {
    each("search_lag", |case| {
        case.told(&DONE);
        case.found(None);
        case.sandbox.advance("seconds", 179);
        assert_eq!(case.wire.look_up(&case.sandbox, "R-1"), None, "{}", case.says());
        case.sandbox.advance("seconds", 1);
        case.found(Some("succeeded"));
    });
}

#[test]
fn other_refusals_can_be_asked_for() {
    for name in ["too_old", "not_settled", "balance_refused"] {
        for wire in WIRES {
            for trigger in [Trigger::Call, Trigger::Token] {
                let case = Case::new(wire, trigger, Way::Refund, name);
                case.told(&Told::Declined);
                case.moved(false);
                case.found(None);
            }
        }
    }
}

#[test]
fn hooks_do_not_change_what_happens() {
    for name in ["hook_first", "hook_dup", "hook_reorder", "hook_never", "hook_badsig"] {
        each(name, |case| {
            case.told(&DONE);
            case.moved(true);
            case.found(Some("succeeded"));
        });
    }
}

#[test]
fn charges_follow_their_own_tokens_only() {
    let sandbox = Sandbox::new();
    let body = |token: &str| {
        json!({"reference": token, "method_token": token, "amount": "10.54",
                                    "currency": "USD"})
    };
    let charge = |token: &str| {
        let reply = sandbox.plain("POST", "charges", token, Some(&body(token)));
        reply.map(|reply| (reply.status, reply.json()["error"]["code"].as_str().map(str::to_owned)))
    };
    assert_eq!(charge("pm_declined"), Some((201, None)), "tokens steer what goes out");
    assert_eq!(charge("pm_charge_declined"), Some((402, Some("declined".to_owned()))));
    assert_eq!(charge("pm_charge_500_lost_x"), Some((500, Some("internal".to_owned()))));
    assert_eq!(charge("pm_charge_timeout_done"), None);
    assert_eq!(sandbox.moved("pm_charge_timeout_done"), "10.54");
}

#[test]
fn numeric_tokens_and_cards_name_rows_too() {
    for token in ["9000000054", "4000000000000002"] {
        let sandbox = Sandbox::new();
        let order = Order { reference: "R-1", amount: "10.00", sim: None };
        let told = Wire::Authorizenet.credit(&sandbox, token, order);
        assert_eq!(told, Told::Declined, "{token}");
    }
}

#[test]
fn the_header_asks_like_the_metadata_and_wrong_names_are_refused() {
    let sandbox = Sandbox::new();
    let charge = Wire::Plain.charge(&sandbox, "pm_ok", "P-1", "100.00");
    let body = json!({"reference": "R-1", "charge": charge, "amount": "1.00", "currency": "USD"});
    let send = |key: &str, sim: &str| {
        let headers =
            [("authorization", "Bearer x"), ("idempotency-key", key), ("sim-outcome", sim)];
        sandbox.send("POST", "/v1/refunds", &headers, Some(&body.to_string())).unwrap()
    };
    assert_eq!(send("a", "pm_declined").json()["error"]["code"], "declined");
    assert_eq!(send("b", "expired").json()["error"]["code"], "expired_card");
    assert_eq!(send("c", "expird").status, 400);
}
