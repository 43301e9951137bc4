//! Beside which field of a form a refusal stands.

use super::Form;
use crate::api::Problem;
use crate::form::Fields;
use crate::input::{Input, field_of_row};
use crate::sums::scaled;

/// Refusals of the rules that name no field, by code, each with the field of a form it is about, if the form has it.
const BESIDE: &[(&str, &str)] = &[
    ("invalid_amount", "amount"),
    ("amount_not_positive", "amount"),
    ("amount_exceeds_credit_balance", "amount"),
    ("amount_exceeds_credit_balance_on", "amount"),
    ("amount_exceeds_invoice_balance", "amount"),
    ("amount_exceeds_reversible", "amount"),
    ("amount_exceeds_payment", "amount"),
    ("amount_exceeds_application", "amount"),
    ("parts_do_not_add_up", "amount"),
    ("method_type_missing", "method_type"),
    ("gateway_cannot", "payment_method_id"),
    ("payment_method_missing", "payment_method_id"),
    ("payment_method_of_another_account", "payment_method_id"),
    ("payment_method_not_electronic", "payment_method_id"),
    ("payment_method_closed", "payment_method_id"),
    ("payment_method_expired", "payment_method_id"),
    ("not_the_original_method", "payment_method_id"),
    ("external_id_taken", "external_id"),
    ("token_missing", "token"),
    ("unknown_gateway", "gateway"),
    ("unknown_reason_code", "reason_code"),
    ("item_ambiguous", "item"),
    ("date_in_future", "date"),
    ("date_too_far_ahead", "date"),
    ("date_not_today_or_tomorrow", "date"),
    ("date_too_early", "date"),
    ("date_not_allowed", "date"),
    ("period_closed", "date"),
];

impl Form {
    /// The field of this form that a refusal is about, as far as anything says so, in this order: the part of a split; what
    /// whoever made the form knows of it; its code; the field the API names, which here may be one of a row, or a custom
    /// one.
    pub(super) fn field_of(&self, problem: &Problem, fields: &Fields) -> Option<String> {
        let asks = |field: &str| self.inputs.iter().any(|input| input.name == field);
        let by_code = || {
            let mut named = self.beside.iter().chain(BESIDE);
            let named = named.find(|(code, field)| *code == problem.code && asks(field));
            named.map(|(_, field)| (*field).to_owned())
        };
        let by_api = || {
            let field = field_of_row(problem.field.as_deref()?, fields);
            let custom = format!("custom_fields.{field}");
            Some(if asks(&custom) { custom } else { field })
        };
        let found = self.part_of(problem, fields).or_else(|| (self.meant)(problem, fields));
        found.or_else(by_code).or_else(by_api)
    }

    /// The part of a split that a refusal is about, of those that were given: which it names, or counts, or whose amount it
    /// says first.
    fn part_of(&self, problem: &Problem, fields: &Fields) -> Option<String> {
        let parts = self.inputs.iter().filter_map(|input| {
            let of = input.name.strip_prefix("part.")?;
            Some((input, of, fields.given(&input.name)?))
        });
        let parts: Vec<(&Input, &str, &str)> = parts.collect();
        let counted = problem.field.as_deref().and_then(|field| {
            let (_, rest) = field.split_once('[')?;
            rest.split_once(']')?.0.parse::<usize>().ok()
        });
        let first = problem.detail.split(' ').next().unwrap_or("");
        let same = |amount: &str| matches!(scaled([amount, first]).as_deref(), Some([one, other]) if one == other);
        let named = parts.iter().find(|(_, of, _)| problem.detail.contains(of));
        let named = named.or_else(|| counted.and_then(|place| parts.get(place)));
        let named = named.or_else(|| parts.iter().rev().find(|(_, _, amount)| same(amount)));
        named.map(|(input, ..)| input.name.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Kind;

    fn form() -> Form {
        let input = |name: &'static str| Input::new(name, "", Kind::Line);
        let inputs = [
            "part.INV00000001",
            "part.INV00000002",
            "part.INV00000003",
            "amount",
            "custom_fields.Case__c",
            "items.4.amount",
        ];
        let (at, path) = ("/console".to_owned(), "/api/v1".to_owned());
        Form::new("", at, path, inputs.map(input).into(), "/console")
    }

    fn of(code: &str, detail: &str, field: Option<&str>, sent: &str) -> Option<String> {
        let (code, detail) = (code.to_owned(), detail.to_owned());
        let problem = Problem { status: 422, code, detail, field: field.map(str::to_owned) };
        form().field_of(&problem, &Fields::read(sent.as_bytes()))
    }

    #[test]
    fn of_a_split_it_is_the_part_that_is_named_counted_or_has_the_amount() {
        let sent = "part.INV00000001=100&part.INV00000003=40&amount=";
        let named = of("amount_exceeds_invoice_balance", "INV00000003 owes less", None, sent);
        assert_eq!(named.as_deref(), Some("part.INV00000003"));
        let counted = of("body_invalid", "no amount", Some("invoices[1].amount"), sent);
        assert_eq!(counted.as_deref(), Some("part.INV00000003"));
        let detail = "40.00 USD is more than the credit balance";
        let amount = of("amount_exceeds_credit_balance", detail, None, sent);
        assert_eq!(amount.as_deref(), Some("part.INV00000003"));
        // Without a split it is the whole.
        let whole = of("amount_exceeds_credit_balance", detail, None, "amount=40");
        assert_eq!(whole.as_deref(), Some("amount"));
    }

    #[test]
    fn what_the_api_names_is_found_in_rows_and_custom_fields() {
        let custom = of("custom_field_missing", "empty", Some("Case__c"), "");
        assert_eq!(custom.as_deref(), Some("custom_fields.Case__c"));
        let row = of("body_invalid", "wrong", Some("items[0].amount"), "items.4.amount=x");
        assert_eq!(row.as_deref(), Some("items.4.amount"));
        assert_eq!(of("other", "wrong", None, ""), None);
        assert_eq!(of("other", "wrong", Some("elsewhere"), "").as_deref(), Some("elsewhere"));
    }
}
