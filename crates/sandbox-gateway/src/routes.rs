//! Which dialect a call is in, and what all of them share.

use money::Money;

use crate::call::{Call, Reply};
use crate::core::Core;
use crate::core::dialect::{ALL, Dialect};
use crate::outcomes::Outcome;
use crate::{authorizenet, cybersource, plain, stripe};

/// The dialect of a path, and the path within it. A prefix decides (`/stripe/v1/refunds`); without one
/// the path does, and where plain and Stripe share one, whether the call looks like Stripe's.
pub(crate) fn dialect(method: &str, path: &str, headers: &[(String, String)]) -> (Dialect, String) {
    for dialect in ALL {
        let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(dialect.name()));
        if let Some(rest) = rest.filter(|rest| rest.starts_with('/')) {
            return (dialect, rest.to_owned());
        }
    }
    let header = |name: &str| {
        headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    let form = header("content-type").is_some_and(|kind| kind.contains("form-urlencoded"));
    let basic = header("authorization").is_some_and(|value| value.starts_with("Basic "));
    let theirs = header("stripe-version").is_some() || form || basic;
    let ours = ["/v1/ping", "/v1/transactions", "/v1/credits", "/v1/voids"];
    let dialect = if path.starts_with("/pts/") || path.starts_with("/tss/") {
        Dialect::Cybersource
    } else if path.starts_with("/xml/") {
        Dialect::Authorizenet
    } else if ours.iter().any(|known| path.starts_with(known)) {
        Dialect::Plain
    } else if theirs || method == "GET" {
        Dialect::Stripe
    } else {
        Dialect::Plain
    };
    (dialect, path.to_owned())
}

/// Answers a call in its dialect.
pub(crate) fn answer(core: &mut Core, call: &Call) -> Reply {
    match call.dialect {
        Dialect::Plain => plain::answer(core, call),
        Dialect::Stripe => stripe::answer(core, call),
        Dialect::Cybersource => cybersource::answer(core, call),
        Dialect::Authorizenet => authorizenet::answer(core, call),
    }
}

/// "Come again" in a dialect.
pub(crate) fn throttled(dialect: Dialect) -> Reply {
    match dialect {
        Dialect::Plain => plain::throttled(),
        Dialect::Stripe => stripe::throttled(),
        Dialect::Cybersource => cybersource::throttled(),
        Dialect::Authorizenet => authorizenet::throttled(),
    }
}

/// A server error in a dialect.
pub(crate) fn broken(dialect: Dialect) -> Reply {
    match dialect {
        Dialect::Plain => plain::broken(),
        Dialect::Stripe => stripe::broken(),
        Dialect::Cybersource => cybersource::broken(),
        Dialect::Authorizenet => authorizenet::broken(),
    }
}

/// What the call itself asks to happen: its header, else what its metadata says.
pub(crate) fn sim(call: &Call, metadata: Option<&str>) -> Result<Option<Outcome>, Reply> {
    let Some(name) = call.header("sim-outcome").or(metadata).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    match Outcome::named(name) {
        Some(outcome) => Ok(Some(outcome)),
        None => {
            let message = format!("{name:?} is not an outcome of the sandbox.");
            Err(plain::error(400, "invalid_request", &message))
        }
    }
}

/// A stored token as it is; of a card number the last four digits.
pub(crate) fn token(given: &str) -> String {
    let digits = given.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (12..=19).contains(&given.len()) {
        format!("card_{}", &given[given.len() - 4..])
    } else {
        given.to_owned()
    }
}

/// The last four digits a token stands for.
pub(crate) fn last_four(token: &str) -> &str {
    let known = token.strip_prefix("card_").filter(|digits| digits.len() == 4);
    known.unwrap_or("4242")
}

/// Another amount than the right one: one unit of currency more.
pub(crate) fn misquoted(amount: Money) -> Money {
    Money::from_minor(amount.minor().saturating_add(100), amount.currency())
}
