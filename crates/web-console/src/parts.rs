//! What pages are made of: figures, tables, fields, and what an answer holds.

use maud::{Markup, html};
use serde_json::Value;

use crate::listing::text_of;

/// A text of an answer; empty if it is not there.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// A list of an answer; empty if it is not there.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Codes whose words are others than they are made of.
const CALLED: [(&str, &str); 12] = [
    ("ach", "ACH"),
    ("change_labels", "change custom fields"),
    ("check", "cheque"),
    ("claim_order", "sent to the gateway"),
    ("external_id", "external id"),
    ("hurry_order", "ask the gateway again"),
    ("non_referenced_refund", "non-referenced refund"),
    ("note_dispute", "dispute"),
    ("paypal", "PayPal"),
    ("report_order", "answer of the gateway"),
    ("resolve_order", "resolved by hand"),
    ("sepa", "SEPA"),
];
/// Codes as sentences of the rules have them: of payment methods, and of what gateways do.
const METHODS: [&str; 7] = [
    "non_referenced_refund",
    "referenced_refund",
    "credit_card_reference_transaction",
    "credit_card",
    "debit_card",
    "bank_transfer",
    "wire_transfer",
];

/// The words of a code, such as *credit card* of `credit_card`.
pub(crate) fn words(code: &str) -> String {
    let called = CALLED.iter().find(|(it, _)| *it == code);
    called.map_or_else(|| code.replace('_', " "), |(_, called)| (*called).to_owned())
}

/// The code that people mean by words, or by the beginning of them.
pub(crate) fn code_of(words: &str) -> String {
    let wanted = words.trim().to_lowercase();
    // What begins as the code does may begin other codes, too.
    let meant = |(code, called): &&(&str, &str)| {
        let begins = called.to_lowercase().starts_with(&wanted);
        begins && (wanted.contains(' ') || !code.starts_with(&wanted))
    };
    let called = CALLED.iter().find(meant);
    called.map_or_else(|| wanted.replace(' ', "_"), |(code, _)| (*code).to_owned())
}

/// The same at the beginning of a line.
pub(crate) fn heading(code: &str) -> String {
    capital(&words(code))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What the rules say, as a sentence: it begins with a capital letter unless with a name or a code, and codes of payment
/// methods are words.
pub(crate) fn sentence(detail: &str) -> String {
    let plain =
        METHODS.iter().fold(detail.to_owned(), |text, code| text.replace(code, &words(code)));
    let first = plain.split([' ', ',']).next().unwrap_or("");
    let a_word = !first.is_empty() && first.bytes().all(|it| it.is_ascii_lowercase());
    if a_word { capital(&plain) } else { plain }
}

/// An instant without its fractions.
pub(crate) fn instant(at: &str) -> String {
    let (date, time) = at.split_once('T').unwrap_or((at, ""));
    format!("{date} {}", time.get(..5).unwrap_or("")).trim_end().to_owned()
}

/// An amount with its currency, in a cell or a line of its own. Thousands stand apart for the eye only: what is copied or
/// read aloud is the amount as the API writes it.
pub(crate) fn money(amount: &str, currency: &str) -> Markup {
    let (first, rest) = amount.split_at(before_thousands(amount));
    let end = rest.find('.').unwrap_or(rest.len());
    let (thousands, fraction) = rest.split_at(end);
    html! {
        span.money.negative[amount.starts_with('-')] {
            (first)
            @for at in (0..thousands.len()).step_by(3) {
                span.thousands { (thousands.get(at..at + 3).unwrap_or("")) }
            }
            (fraction) " " span.currency { (currency) }
        }
    }
}

/// An amount where there is no markup, its thousands with narrow blanks between them.
pub(crate) fn grouped(amount: &str) -> String {
    let (first, rest) = amount.split_at(before_thousands(amount));
    let end = rest.find('.').unwrap_or(rest.len());
    let (thousands, fraction) = rest.split_at(end);
    let groups = (0..thousands.len()).step_by(3);
    let groups = groups.map(|at| format!("\u{202f}{}", thousands.get(at..at + 3).unwrap_or("")));
    format!("{first}{}{fraction}", groups.collect::<String>())
}

/// How much of an amount stands before its last whole groups of three digits.
fn before_thousands(amount: &str) -> usize {
    let whole = amount.find('.').unwrap_or(amount.len());
    let digits = amount.get(..whole).unwrap_or("").trim_start_matches('-');
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { whole - (digits.len() - 1) / 3 * 3 } else { amount.len() }
}

/// How something stands.
pub(crate) fn badge(state: &str) -> Markup {
    let tone = match state {
        "processed" | "active" | "posted" | "settled" | "done" | "delivered" => "good",
        "error" | "declined" | "failed_late" | "unknown" | "rejected" | "never_sent" | "dead" => {
            "bad"
        }
        "awaiting_approval" | "to_be_paid" | "processing" | "pending" | "reserved" | "sending"
        | "waiting" | "draft" | "to do" => "waiting",
        _ => "quiet",
    };
    html! { span.badge.(tone) { (words(state)) } }
}

/// What an object says under some names, where it says something.
pub(crate) fn facts(object: &Value, names: &[(&str, &str)]) -> Markup {
    html! {
        dl.facts {
            @for (label, name) in names {
                @let value = text_of(object, name);
                @if !value.is_empty() { div { dt { (label) } dd { (document(&value)) } } }
            }
        }
    }
}

/// Custom fields and metadata of a document, if it has some.
pub(crate) fn labels(document: &Value) -> Markup {
    let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let of = |name: &str| document.get(name).and_then(Value::as_object).filter(|it| !it.is_empty());
    html! {
        @for (title, name) in [("Custom fields", "custom_fields"), ("Metadata", "metadata")] {
            @if let Some(values) = of(name) {
                h2 { (title) }
                dl.facts { @for (key, value) in values { div { dt { (key) } dd { (said(value)) } } } }
            }
        }
    }
}

/// A document by its number, with the page it has.
pub(crate) fn document(number: &str) -> Markup {
    match page_of(number) {
        Some(page) => html! { a href=(page) { (number) } },
        None => html! { (number) },
    }
}

/// The page of a document.
pub(crate) fn page_of(number: &str) -> Option<String> {
    let plain = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let kinds = [
        ("R-", "refunds"),
        ("P-", "payments"),
        ("PM-", "payment-methods"),
        ("INV", "invoices"),
        ("JE-", "journal"),
        ("CBA-", "credit-balance-adjustments"),
        ("A", "accounts"),
    ];
    let (prefix, kind) = kinds.into_iter().find(|(prefix, _)| number.starts_with(prefix))?;
    let digits = number.strip_prefix(prefix)?;
    let counted = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && counted).then(|| format!("/console/{kind}/{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart_without_markup() {
        for (amount, expected) in
            [("5.00", "5.00"), ("-1234567.89", "-1\u{202f}234\u{202f}567.89"), ("much", "much")]
        {
            assert_eq!(grouped(amount), expected);
        }
    }

    #[test]
    fn thousands_stand_apart_and_an_amount_stays_as_it_is_written() {
        let grouped = |amount: &str| {
            let shown = money(amount, "USD").into_string();
            let start = shown.find('>').map_or(0, |at| at + 1);
            let end = shown.find(" <span class=\"currency\"").unwrap_or(shown.len());
            shown[start..end].replace("<span class=\"thousands\">", "|").replace("</span>", "")
        };
        for (amount, expected) in [
            ("0", "0"),
            ("999.99", "999.99"),
            ("1000", "1|000"),
            ("-1234.56", "-1|234.56"),
            ("1234567.891", "1|234|567.891"),
            ("-123456", "-123|456"),
            ("", ""),
            ("-", "-"),
            ("none at all", "none at all"),
        ] {
            assert_eq!(grouped(amount), expected, "{amount}");
            assert_eq!(grouped(amount).replace('|', ""), amount);
        }
    }

    #[test]
    fn only_numbers_of_ours_become_links() {
        assert_eq!(page_of("A00000001").as_deref(), Some("/console/accounts/A00000001"));
        assert_eq!(page_of("R-00000002").as_deref(), Some("/console/refunds/R-00000002"));
        assert_eq!(page_of("INV00000003").as_deref(), Some("/console/invoices/INV00000003"));
        for other in ["", "A", "R-", "IIA-00000001", "A1/../x", "Ada", "R-1?x", "INV", "A\u{e9}"] {
            assert_eq!(page_of(other), None, "{other}");
        }
    }

    #[test]
    fn codes_are_words_and_refusals_sentences() {
        assert_eq!(
            (words("check"), words("wire_transfer")),
            ("cheque".into(), "wire transfer".into())
        );
        assert_eq!((heading("check"), heading("ach")), ("Cheque".into(), "ACH".into()));
        let codes = ["Answer of the", "change role", " Refund ", "change"].map(code_of);
        assert_eq!(codes, ["report_order", "change_role", "refund", "change"]);
        let said = sentence("refund R-00000001 goes out by wire_transfer; wait");
        assert_eq!(said, "Refund R-00000001 goes out by wire transfer; wait");
        for same in ["\"vera\" may not", "Region__c is missing", "custom_fields.x: wrong", ""] {
            assert_eq!(sentence(same), same);
        }
    }

    #[test]
    fn what_users_wrote_is_escaped() {
        let hostile = "\"><script>alert(1)</script>";
        for made in [badge(hostile), document(hostile), money(hostile, hostile)] {
            assert!(!made.into_string().contains("<script"), "escaped");
        }
    }
}
