use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::call::{Reply, text};
use crate::core::Core;
use crate::core::dialect::Dialect;
use crate::core::transaction::Transaction;
use crate::cybersource::objects;

/// The most lines one answer may have.
const LIMIT_MAX: u64 = 2_500;

/// `POST /tss/v2/searches`: terms joined by AND, `clientReferenceInformation.code:R-1`, `id:...` and
/// `submitTimeUtc:[FROM TO UNTIL}`. The index lags: what was made a moment ago is not found.
pub(super) fn create(core: &Core, body: &Value) -> Reply {
    let Some(query) = text(body, &["query"]) else {
        return objects::invalid(core, "MISSING_FIELD", "query is missing.", Some("query"));
    };
    let terms: Option<Vec<Term>> =
        query.split(" AND ").map(|term| Term::read(term.trim(), core.now())).collect();
    let Some(terms) = terms else {
        let message = "The query cannot be read.";
        return objects::invalid(core, "INVALID_DATA", message, Some("query"));
    };
    let number = |name: &str, usual: u64| body.get(name).and_then(Value::as_u64).unwrap_or(usual);
    let (limit, offset) = (number("limit", 20), number("offset", 0));
    if limit > LIMIT_MAX {
        return objects::invalid(core, "INVALID_DATA", "limit is too large.", Some("limit"));
    }
    let now = core.now();
    let fits = |one: &&Transaction| {
        one.dialect == Dialect::Cybersource
            && one.visible_from <= now
            && terms.iter().all(|term| term.fits(core, one))
    };
    let mut found: Vec<&Transaction> = core.state.transactions.values().filter(fits).collect();
    let sort = text(body, &["sort"]).unwrap_or_else(|| "submitTimeUtc:desc".to_owned());
    if sort.contains(":desc") {
        found.reverse();
    }
    let total = found.len();
    let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let page: Vec<Value> = found
        .into_iter()
        .skip(place(offset))
        .take(place(limit))
        .map(|one| objects::summary(core, one))
        .collect();
    let id = core.other_id("search", core.number());
    let body = json!({
        "searchId": id,
        "save": false,
        "query": query,
        "count": page.len(),
        "totalCount": total,
        "limit": limit,
        "offset": offset,
        "sort": sort,
        "timezone": "UTC",
        "submitTimeUtc": now.to_string(),
        "_embedded": {"transactionSummaries": page},
        "_links": {"self": {"method": "GET", "href": format!("/tss/v2/searches/{id}")}},
    });
    Reply::json(201, &body)
}

enum Term {
    Code(String),
    Id(String),
    /// From inclusive; until inclusive or not.
    Submitted(Timestamp, Timestamp, bool),
}

impl Term {
    fn read(term: &str, now: Timestamp) -> Option<Self> {
        let (name, value) = term.split_once(':')?;
        let value = value.trim();
        match name.trim() {
            "clientReferenceInformation.code" => {
                Some(Self::Code(value.trim_matches('"').to_owned()))
            }
            "id" => Some(Self::Id(value.trim_matches('"').to_owned())),
            "submitTimeUtc" => {
                let inner = value.strip_prefix('[')?;
                let open = inner.strip_suffix('}');
                let inclusive = open.is_none();
                let inner = open.or_else(|| inner.strip_suffix(']'))?;
                let (from, until) = inner.split_once(" TO ")?;
                Some(Self::Submitted(instant(from, now)?, instant(until, now)?, inclusive))
            }
            _ => None,
        }
    }

    fn fits(&self, core: &Core, one: &Transaction) -> bool {
        match self {
            Self::Code(code) => one.reference == *code,
            Self::Id(id) => core.id(one) == *id,
            Self::Submitted(from, until, inclusive) => {
                one.created >= *from
                    && (one.created < *until || (*inclusive && one.created == *until))
            }
        }
    }
}

/// RFC 3339, or `NOW`, `NOW/DAY`, `NOW/DAY-2DAYS`, `NOW-3HOURS`.
fn instant(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    let Some(rest) = text.strip_prefix("NOW") else { return text.parse().ok() };
    let second = now.as_second();
    let (start, rest) = match (rest.strip_prefix("/DAY"), rest.strip_prefix("/HOUR")) {
        (Some(rest), _) => (Timestamp::from_second(second - second.rem_euclid(86_400)).ok()?, rest),
        (_, Some(rest)) => (Timestamp::from_second(second - second.rem_euclid(3_600)).ok()?, rest),
        _ => (now, rest),
    };
    if rest.is_empty() {
        return Some(start);
    }
    let (sign, rest) = match (rest.strip_prefix('-'), rest.strip_prefix('+')) {
        (Some(rest), _) => (-1, rest),
        (_, Some(rest)) => (1, rest),
        _ => return None,
    };
    let digits = rest.trim_start_matches(|byte: char| byte.is_ascii_digit());
    let count: i64 = rest.strip_suffix(digits)?.parse().ok()?;
    let seconds = match digits.trim_end_matches('S') {
        "DAY" => 86_400,
        "HOUR" => 3_600,
        "MINUTE" => 60,
        _ => return None,
    };
    let by = SignedDuration::from_secs(count.checked_mul(seconds)?.checked_mul(sign)?);
    start.checked_add(by).ok()
}
