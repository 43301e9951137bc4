//! Search as one types: documents by number and external id, accounts by the words of their names and by the customer's
//! e-mail address. Bounded look-ups by key and index, whatever is typed.

use axum::Json;
use axum::extract::State;
use engine::{Reader, words};
use receivables::id::Numbered;
use receivables::permission::{Permission as P, Permissions};
use receivables::text::ExternalId;
use receivables::{
    AccountNo, AdjustmentNo, Document, InvoiceNo, ItemAdjustmentNo, Kind, PaymentNo, RefundNo,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::emails;
use super::responses::ReadErrors;
use crate::App;
use crate::auth::Caller;
use crate::context::Query;
use crate::problem::ApiError;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

/// The kinds of documents that are found, and what one must be allowed to view for each.
const KINDS: [(Kind, P); 6] = [
    (Kind::Account, P::ViewAccounts),
    (Kind::Invoice, P::ViewInvoices),
    (Kind::Payment, P::ViewPayments),
    (Kind::Refund, P::ViewPayments),
    (Kind::CreditBalanceAdjustment, P::ViewPayments),
    (Kind::InvoiceItemAdjustment, P::ViewPayments),
];
/// The most characters of what is looked for.
const TEXT_MAX: usize = 100;
/// The most results.
const RESULTS_MAX: usize = 50;
/// Numbers are written with so many digits at least, and zeros before them.
const DIGITS_WRITTEN: usize = 8;
/// No number has more digits.
const DIGITS_MAX: usize = 16;

/// Query of a search.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// What is looked for, up to 100 characters; nothing is found as long as there is none. A number with its letters (`INV00000042`, `INV42`) or without (`42`), an
    /// external id, the beginning of a customer's e-mail address, or the beginnings of words of a customer's name, which all have
    /// to be there. Capital and small letters are the same but in external ids.
    #[param(max_length = 100, example = "acm")]
    q: Option<String>,
    /// At most this many results, 1 to 50; 20 if left out.
    #[param(minimum = 1, maximum = 50, example = 20)]
    limit: Option<usize>,
}

/// By what a document was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Matched {
    /// Its number.
    Number,
    /// Its external id.
    ExternalId,
    /// The beginning of the customer's e-mail address.
    Email,
    /// Words of its name.
    Name,
}

/// A document that was found.
#[derive(Debug, Serialize, ToSchema)]
struct Found {
    /// What it is: `account`, `invoice`, `payment`, `refund`, `credit_balance_adjustment` or `invoice_item_adjustment`.
    #[schema(example = "account")]
    document_type: &'static str,
    /// Its number.
    #[schema(example = "A00000001")]
    number: String,
    /// The name of the account, for those who may view accounts.
    #[schema(example = "Acme Corporation")]
    name: Option<String>,
    /// The account it is, or is on.
    #[schema(example = "A00000001")]
    account: String,
    /// By what it was found.
    matched: Matched,
}

/// What a search found.
#[derive(Serialize, ToSchema)]
struct SearchResults {
    /// The best first: by number, then by external id, by e-mail address in the order of these, and by name, of these the
    /// newest account first. Nothing stands here twice.
    results: Vec<Found>,
}

/// Search as one types: documents by their number, accounts and invoices by their external id, accounts by the beginning of
/// the customer's e-mail address (personal data) and by the beginnings of words of their name. Open to any key: it shows what the caller may view (View Accounts, View Invoices, View Payments), and
/// others are as if they were not there.
///
/// Looks at a bounded number of accounts: of words that begin the names of thousands, the newest are found.
#[utoipa::path(get, path = "/api/v1/search", tag = "documents", params(SearchQuery),
    responses((status = 200, description = "What was found", body = SearchResults), ReadErrors))]
async fn search(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchResults>, ApiError> {
    let limit = match query.limit.unwrap_or(20) {
        limit @ 1..=RESULTS_MAX => limit,
        _ => {
            let detail = format!("limit must be between 1 and {RESULTS_MAX}");
            return Err(ApiError::bad_request("limit_invalid", detail));
        }
    };
    let text = query.q.unwrap_or_default().trim().to_owned();
    if text.chars().count() > TEXT_MAX {
        let detail = format!("q: write at most {TEXT_MAX} characters");
        return Err(ApiError::bad_request("query_invalid", detail));
    }
    if text.is_empty() {
        return Ok(Json(SearchResults { results: Vec::new() }));
    }
    let granted = caller.actor.permissions();
    let results = app.read(move |reader| find(reader, &text, limit, granted)).await?;
    Ok(Json(SearchResults { results }))
}

/// A document that was found, and the account it is on.
type Hit = (Document, AccountNo, Matched);

fn find(
    reader: &dyn Reader,
    text: &str,
    limit: usize,
    granted: Permissions,
) -> Result<Vec<Found>, ApiError> {
    let may_view = |kind: Kind| KINDS.iter().any(|(it, asked)| *it == kind && granted.has(*asked));
    let mut hits: Vec<Hit> = Vec::new();
    let mut add = |hit: Hit| {
        if !hits.iter().any(|(known, ..)| *known == hit.0) {
            hits.push(hit);
        }
    };
    let kinds = KINDS.into_iter().map(|(kind, _)| kind).filter(|kind| may_view(*kind));
    let kinds: Vec<Kind> = kinds.collect();
    let typed = std::iter::once(text.to_owned()).chain(almost(text));
    for named in
        typed.flat_map(|text| numbers(&text, kinds.clone().into_iter()).collect::<Vec<_>>())
    {
        if let Some(account) = account_of(reader, named)? {
            add((named, account, Matched::Number));
        }
    }
    if let Ok(id) = ExternalId::try_new(text) {
        if may_view(Kind::Account)
            && let Some(no) = reader.find_account(&id)?
        {
            add((no.document(), no, Matched::ExternalId));
        }
        if may_view(Kind::Invoice)
            && let Some(no) = reader.find_invoice(&id)?
            && let Some(account) = account_of(reader, no.document())?
        {
            add((no.document(), account, Matched::ExternalId));
        }
    }
    if may_view(Kind::Account) {
        for account in emails::beginning(reader, text, limit)? {
            add((account.document(), account, Matched::Email));
        }
        for profile in words::accounts_named(reader, text, limit)? {
            add((profile.account.document(), profile.account, Matched::Name));
        }
    }
    hits.truncate(limit);
    shown(reader, hits, may_view(Kind::Account))
}

/// With the names of the accounts, if they may be shown.
fn shown(reader: &dyn Reader, hits: Vec<Hit>, names: bool) -> Result<Vec<Found>, ApiError> {
    let accounts: Vec<AccountNo> = if names {
        let mut accounts: Vec<AccountNo> = hits.iter().map(|(_, account, _)| *account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    } else {
        Vec::new()
    };
    let profiles = reader.account_profiles(&accounts)?;
    let found = hits.into_iter().map(|(document, account, matched)| {
        let profile = profiles.iter().find(|profile| profile.account == account);
        Found {
            document_type: document.kind.name(),
            number: document.to_string(),
            name: profile.map(|profile| profile.name.clone()),
            account: account.to_string(),
            matched,
        }
    });
    Ok(found.collect())
}

/// The document that a text names by its number with its letters.
pub(crate) fn document_called(text: &str) -> Option<Document> {
    let kinds = KINDS.into_iter().map(|(kind, _)| kind).chain([Kind::PaymentMethod]);
    let mut named = numbers(text, kinds);
    // Digits alone may be those of any kind.
    named.next().filter(|_| named.next().is_none())
}

/// The documents that a text may be the number of. A number that begins with a zero is one that is written in full; else
/// typing the zeros of one would find others on the way.
fn numbers(text: &str, kinds: impl Iterator<Item = Kind>) -> impl Iterator<Item = Document> {
    let text = text.to_uppercase();
    kinds.filter_map(move |kind| {
        let digits = text.strip_prefix(kind.prefix()).unwrap_or(&text);
        let plain = digits.len() <= DIGITS_MAX && digits.bytes().all(|byte| byte.is_ascii_digit());
        let whole = digits.len() >= DIGITS_WRITTEN || !digits.starts_with('0');
        let number = digits.parse().ok().filter(|number| plain && whole && *number > 0)?;
        Some(Document { kind, number })
    })
}

/// The numbers that a text is all of but the last digit, as one types them with their letters and zeros.
fn almost(text: &str) -> impl Iterator<Item = String> {
    let digits = text.trim_start_matches(|it: char| !it.is_ascii_digit());
    let all_but_one = digits.len() + 1 == DIGITS_WRITTEN && digits.starts_with('0');
    let all_but_one = all_but_one && digits.len() < text.len();
    (0..10).filter(move |_| all_but_one).map({
        let text = text.to_owned();
        move |last| format!("{text}{last}")
    })
}

/// The account a document is on; none if there is no such document.
fn account_of(reader: &dyn Reader, of: Document) -> Result<Option<AccountNo>, ApiError> {
    let number = of.number;
    Ok(match of.kind {
        Kind::Account => reader.account(AccountNo(number))?.map(|found| found.no),
        Kind::Invoice => reader.invoice(InvoiceNo(number))?.map(|found| found.account),
        Kind::Payment => reader.payment(PaymentNo(number))?.map(|found| found.recorded.account),
        Kind::Refund => reader.refund(RefundNo(number))?.map(|found| found.account),
        Kind::CreditBalanceAdjustment => {
            reader.adjustment(AdjustmentNo(number))?.map(|found| found.account)
        }
        Kind::InvoiceItemAdjustment => {
            reader.item_adjustment(ItemAdjustmentNo(number))?.map(|found| found.account)
        }
        Kind::JournalEntry | Kind::InvoiceItem | Kind::PaymentMethod => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        let kinds = KINDS.into_iter().map(|(kind, _)| kind);
        numbers(text, kinds).map(|document| document.to_string()).collect()
    }

    #[test]
    fn a_number_is_found_before_its_last_digit_is_typed() {
        let found: Vec<String> = almost("R-0000004").collect();
        assert_eq!((found.len(), found[2].as_str()), (10, "R-00000042"));
        for text in ["R-000004", "R-00000042", "0000004", "R-1000004", "R-", ""] {
            assert_eq!(almost(text).count(), 0, "{text}");
        }
    }

    #[test]
    fn numbers_are_read_with_their_letters_and_without() {
        assert_eq!(named("INV00000042"), ["INV00000042"]);
        assert_eq!(named("inv42"), ["INV00000042"]);
        assert_eq!(named("r-00000007"), ["R-00000007"]);
        assert_eq!(named("A123456789"), ["A123456789"]);
        let all = ["A", "INV", "P-", "R-", "CBA-", "IIA-"].map(|it| format!("{it}00000042"));
        assert_eq!(named("42"), all);
        assert_eq!(named("00000042"), all);
        for text in ["", "0", "00000000", "0042", "INV0042", "A", "A-1", "JE-00000001", "4 2", "+4"]
        {
            assert_eq!(named(text), [""; 0], "{text}");
        }
        assert_eq!(named("99999999999999999"), [""; 0], "longer than any number");
        assert_eq!(named("\u{fb01}42"), [""; 0]);
    }
}
