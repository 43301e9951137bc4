//! Links lead only to where whoever reads a page may go. A row names documents of every kind, and roles let one see
//! some kinds only; so what stands for a document is made a link where it is rendered, and stays one where the page is put
//! together, for those who may follow it. Rejected: handing the reader to each cell of each table, for the few who may not
//! see everything.

use std::borrow::Cow;

use maud::{Markup, PreEscaped};

/// The pages of documents, and the permission each needs.
const PAGES: [(&str, &str); 8] = [
    ("/console/accounts/", "view_accounts"),
    ("/console/invoices/", "view_invoices"),
    ("/console/payments/", "view_payments"),
    ("/console/payment-methods/", "view_accounts"),
    ("/console/refunds/", "view_payments"),
    ("/console/credit-balance-adjustments/", "view_payments"),
    ("/console/journal/", "view_journal"),
    ("/console/events/", "view_events"),
];
/// How such a link begins, as maud writes it. What users wrote cannot: it is escaped.
const BEGINS: &str = "<a href=\"";
const ENDS: &str = "</a>";

/// What is rendered, with the bare text of each link to a document that its reader may not see.
pub(crate) fn followed(content: &Markup, may: impl Fn(&str) -> bool) -> Markup {
    let closed: Vec<&str> =
        PAGES.iter().filter(|(_, needed)| !may(needed)).map(|(page, _)| *page).collect();
    if closed.is_empty() {
        return content.clone();
    }
    PreEscaped(without(&content.0, &closed).into_owned())
}

fn without<'a>(content: &'a str, closed: &[&str]) -> Cow<'a, str> {
    let mut rest = content;
    let mut kept = String::new();
    while let Some((before, link)) = rest.split_once(BEGINS) {
        let leads = closed.iter().any(|page| link.starts_with(page));
        let parts = link.split_once('>').and_then(|(_, inner)| inner.split_once(ENDS));
        kept.push_str(before);
        match parts.filter(|_| leads) {
            Some((inner, after)) => {
                kept.push_str(inner);
                rest = after;
            }
            None => {
                kept.push_str(BEGINS);
                rest = link;
            }
        }
    }
    if kept.is_empty() {
        return Cow::Borrowed(content);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;
    use crate::parts::document;

    #[test]
    fn a_document_is_a_link_for_those_who_may_see_it() {
        let row = html! {
            td { (document("INV00000001")) } td { (document("A00000002")) "," (document("A00000003")) }
            td { "<a href=\"/console/accounts/x\">y</a>" } a.button href="/console/accounts/A00000002/refund" { "Refund" }
        };
        let shown = |granted: &'static [&'static str]| {
            followed(&row, |needed| granted.contains(&needed)).into_string()
        };
        let all =
            ["view_accounts", "view_invoices", "view_payments", "view_journal", "view_events"];
        assert_eq!(followed(&row, |needed| all.contains(&needed)).into_string(), row.0);
        let some = shown(&["view_invoices"]);
        assert!(some.contains("/console/invoices/INV00000001"), "{some}");
        assert!(some.contains("<td>A00000002,A00000003</td>"), "{some}");
        // What somebody wrote is no link before and after.
        assert!(
            some.contains("&lt;a href=&quot;/console/accounts/x&quot;&gt;y&lt;/a&gt;"),
            "{some}"
        );
        assert!(shown(&[]).contains("<td>INV00000001</td>"));
    }
}
