//! What is wrong with what was filled in, in words for people.

use maud::{Markup, html};

use super::Input;
use crate::api::Problem;
use crate::parts::sentence;

/// A sentence without the place in the JSON, which nobody who filled in a form has seen, and without the parser's own words.
pub(crate) fn in_words(detail: &str) -> String {
    let words = match detail.rsplit_once(" at line ") {
        Some((words, place)) if place.contains(" column ") => words,
        _ => detail,
    };
    // The place in a list, which stands beside the field already.
    let words = match words.split_once(": ") {
        Some((place, rest)) if place.contains('[') && !place.contains(' ') => rest,
        _ => words,
    };
    // The parser's names of whole numbers.
    let number = ["expected u", "expected i"].iter().any(|it| words.contains(it));
    if words.contains("invalid type") && number {
        return "write a whole number".to_owned();
    }
    match words.split_once("missing field `").and_then(|(_, name)| name.strip_suffix('`')) {
        Some(name) => format!("fill in the {}", name.replace('_', " ")),
        None => words.to_owned(),
    }
}

/// What is wrong with a form as a whole: what no field of it stands for.
pub(crate) fn wrong_with_form(problem: Option<&Problem>, inputs: &[Input]) -> Markup {
    let beside = |problem: &Problem| inputs.iter().any(|it| it.is_meant(problem));
    html! {
        @if let Some(problem) = problem.filter(|it| !beside(it)) {
            p.alert role="alert" { (sentence(&in_words(&problem.detail))) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn the_parsers_words_are_not_peoples() {
        for (said, expected) in [
            ("the day has passed", "the day has passed"),
            ("items[0]: missing field `amount` at line 1 column 29", "fill in the amount"),
            ("missing field `method_type`", "fill in the method type"),
            (
                "hours: invalid type: string \"many\", expected u16 at line 1 column 9",
                "write a whole number",
            ),
            ("limit: invalid type: string \"x\", expected usize", "write a whole number"),
        ] {
            assert_eq!(in_words(said), expected);
        }
    }

    #[test]
    fn what_is_wrong_with_an_element_stands_beside_its_list() {
        let problem = |field: &str, detail: &str| Problem {
            status: 400,
            code: "x".to_owned(),
            detail: detail.to_owned(),
            field: Some(field.to_owned()),
        };
        let inputs = [
            Input::new("amount", "Amount", Kind::Decimal),
            Input::new("values", "Values", Kind::Lines),
        ];
        let beside = |problem: &Problem| {
            let wrong = inputs.iter().find_map(|it| it.wrong(Some(problem)));
            (wrong, wrong_with_form(Some(problem), &inputs).into_string())
        };
        let found = beside(&problem("values[1]", "values[1]: too long at line 1 column 9"));
        assert_eq!(found, (Some("Too long".to_owned()), String::new()));
        let (none, said) = beside(&problem("valuesX", "something else"));
        assert_eq!(none, None);
        assert!(said.contains("Something else"));
    }
}
