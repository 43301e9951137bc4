//! Reconciliation: what a gateway says it did, held against the books.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::form::{Fields, Unreadable, WithFile, fresh_key};
use crate::input::{self, Choice, Input, Kind, wrong_with_form};
use crate::layout;
use crate::listing::{Column, Of, results};
use crate::pages::{Shown, Sorry, part, require, results_file, results_link};
use crate::parts::{list, money, text};
use crate::visit::{KEY, Visit};

const AT: &str = "/console/reconciliation";
/// A file up to so many bytes goes from page to page with the form; of a larger one this server keeps what it was sent.
const CARRIED_MAX: usize = 16 * 1024;

const COLUMNS: [Column; 9] = [
    Column::new("Difference", Of::Words("kind")),
    Column::new("Document", Of::Document("document")),
    Column::new("In the books", Of::Money("our_amount")),
    Column::new("At the gateway", Of::Money("gateway_amount")),
    Column::new("Stands", Of::Words("our_state")),
    Column::new("Stands there", Of::Words("gateway_state")),
    Column::new("Reference", Of::Text("reference")),
    Column::new("Gateway's id", Of::Text("gateway_id")),
    Column::new("What to do", Of::Text("explanation")),
];

pub(super) async fn ask(visit: Visit) -> Shown {
    if let Some(found) = results_file(&visit, "reconciliation", &COLUMNS) {
        return found.map_err(|problem| Sorry(Box::new(visit), problem));
    }
    let found = async {
        let (inputs, today) = (inputs(&visit).await?, today(&visit).await?);
        let fields = Fields::default().with("from", today.clone()).with("to", today);
        let fields = fields.with("gateway", visit.query.get("gateway"));
        Ok(form(&visit, &inputs, &fields, None))
    };
    match found.await {
        Ok(content) => Ok(page(&visit, StatusCode::OK, TITLE, &content)),
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

const TITLE: &str = "Reconciliation";

fn page(
    visit: &Visit,
    status: StatusCode,
    title: &str,
    content: &Markup,
) -> axum::response::Response {
    (status, layout::page(visit, title, content)).into_response()
}

/// Compares, and shows what would be taken over; or takes it over.
pub(super) async fn send(visit: Visit, sent: Result<WithFile, Unreadable>) -> Shown {
    let inputs = match inputs(&visit).await {
        Ok(inputs) => inputs,
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let fields = match sent {
        Ok(WithFile(fields)) => fields,
        Err(Unreadable(problem)) => return Ok(again(&visit, &inputs, &Fields::default(), problem)),
    };
    let done = match fields.get("step") {
        "change" => {
            return Ok(page(&visit, StatusCode::OK, TITLE, &form(&visit, &inputs, &fields, None)));
        }
        "confirm" => taken_over(&visit, &fields).await.map(|content| ("Reconciled", content)),
        _ => looked_at(&visit, &inputs, &fields).await,
    };
    match done {
        Ok((title, content)) => Ok(page(&visit, StatusCode::OK, title, &content)),
        Err(problem) if problem.status == 401 => Err(Sorry(Box::new(visit), problem)),
        Err(problem) => Ok(again(&visit, &inputs, &fields, problem)),
    }
}

/// The form as it was filled in, with what is wrong.
fn again(
    visit: &Visit,
    inputs: &[Input],
    fields: &Fields,
    mut problem: Problem,
) -> axum::response::Response {
    if matches!(problem.code.as_str(), "settlement_file_invalid" | "body_too_large") {
        let place = if fields.given("file").is_some() { "file" } else { "upload" };
        problem.field = Some(place.to_owned());
    }
    let content = form(visit, inputs, fields, Some(&problem));
    page(visit, problem.status(), TITLE, &content)
}

async fn today(visit: &Visit) -> Result<String, Problem> {
    Ok(text(&visit.get("/api/v1/clock").await?, "today").to_owned())
}

async fn inputs(visit: &Visit) -> Result<Vec<Input>, Problem> {
    require(visit, "edit_payment_gateway_status").await?;
    let gateway = if visit.may("view_settings") {
        let gateways = visit.get("/api/v1/gateways").await?;
        let names = list(&gateways, "gateways").iter().map(|it| text(it, "name"));
        let names = names.map(|name| Choice::new(name, name)).collect();
        Kind::One(Choice::or_none("Choose one", names))
    } else {
        Kind::Line
    };
    Ok(vec![
        Input::new("gateway", "Gateway", gateway).required(),
        Input::new("from", "From the beginning of (UTC)", Kind::Date),
        Input::new("to", "To the end of (UTC)", Kind::Date),
        Input::new("upload", "Or a settlement file", Kind::File(".csv,text/csv,text/plain"))
            .hint("CSV of up to 8 MiB, held against the books instead of the gateway's own listing. Its columns: type, reference, gateway_id, amount, currency, status."),
        Input::new("file", "Or its lines, pasted", Kind::Lines),
        Input::new("whole", "The file has all transactions of these days", Kind::Flag)
            .hint("Then what the books have and the file has not is listed, too."),
    ])
}

fn form(visit: &Visit, inputs: &[Input], fields: &Fields, problem: Option<&Problem>) -> Markup {
    let key = fresh_key();
    // A file that was kept goes on with the form, under its new key.
    let kept = visit.kept(&of_file(fields.get(KEY))).filter(|_| fields.get("kept") == "true");
    if let Some(file) = &kept {
        visit.keep(&of_file(&key), file.clone());
    }
    html! {
        p {
            "Asks the gateway what it did in a span of time, or reads a settlement file, and holds that against the books: what agrees, "
            "what differs, and what only one side has. Nothing is changed before you have seen it."
        }
        (wrong_with_form(problem, inputs))
        form.columns method="post" action=(AT) enctype="multipart/form-data" {
            (visit.guard(&key))
            @if kept.is_some() {
                input type="hidden" name="kept" value="true";
                p.note { "The file you chose is kept. Choose another one, or paste lines, to take it instead." }
            }
            @for input in inputs { (input.show(fields, problem)) }
            button.primary type="submit" name="step" value="look" { "Compare" }
        }
    }
}

/// What is held against the books.
struct Held {
    /// Where the API takes it.
    path: String,
    /// The span as JSON, or the file.
    body: Value,
}

/// What a form asks to hold against the books; `apply` is whether to take over what only the gateway knows.
fn held(visit: &Visit, fields: &Fields, apply: bool) -> Result<Held, Problem> {
    let path = format!("/api/v1/gateways/{}/reconcile", part(fields.get("gateway")));
    let file = match (fields.given("upload"), fields.given("file")) {
        (Some(_), Some(_)) => {
            let detail = "choose a file or paste its lines, not both";
            return Err(wrong("upload", detail));
        }
        (Some(_), None) => Some(fields.exactly("upload").to_owned()),
        (None, Some(_)) => Some(fields.exactly("file").to_owned()),
        (None, None) if fields.get("kept") == "true" => {
            let Some(Value::String(file)) = visit.kept(&of_file(fields.get(KEY))) else {
                let detail = "this server does not keep the file any more; choose it again";
                return Err(wrong("upload", detail));
            };
            Some(file)
        }
        (None, None) => None,
    };
    if file.is_some() && fields.get("whole") == "true" {
        for day in ["from", "to"] {
            if fields.given(day).is_none() {
                return Err(wrong(day, "say which days the file has all transactions of"));
            }
        }
    }
    Ok(match file {
        // Of a file the rest stands in the address, because the file is the body.
        Some(file) => {
            let path = format!("{path}?apply={apply}{}", span(fields));
            Held { path, body: Value::String(file) }
        }
        None => Held { path, body: instants(fields, apply) },
    })
}

fn wrong(field: &str, detail: &str) -> Problem {
    let (code, detail) = ("form_invalid".to_owned(), detail.to_owned());
    Problem { status: 422, code, detail, field: Some(field.to_owned()) }
}

/// The name under which a file is kept until what was seen of it is confirmed.
fn of_file(key: &str) -> String {
    format!("file of {key}")
}

/// What would be taken over, and the way to do so.
async fn looked_at(
    visit: &Visit,
    inputs: &[Input],
    fields: &Fields,
) -> Result<(&'static str, Markup), Problem> {
    let held = held(visit, fields, false)?;
    let file = held.body.as_str().map(str::to_owned);
    let answer = visit.post(&held.path, held.body, fields).await?;
    // What was seen and what is confirmed have a key of their own: the same form filled in anew is another one.
    let key = fresh_key();
    let seen = format!("seen of {key}");
    visit.keep(&seen, answer.clone());
    let large = file.as_ref().is_some_and(|file| file.len() > CARRIED_MAX);
    let carried = html! {
        (visit.guard(&key))
        @for input in inputs.iter().filter(|it| it.name != "file") { (input.carry(fields)) }
        @if large { input type="hidden" name="kept" value="true"; }
        @else if let Some(file) = &file { input type="hidden" name="file" value=(file); }
    };
    if let Some(file) = file.filter(|_| large) {
        visit.keep(&of_file(&key), Value::String(file));
    }
    let news: u64 = list(&answer, "totals").iter().filter_map(|it| it["applied"].as_u64()).sum();
    let content = html! {
        p.lead { (text_of_what(fields)) }
        p.note { "Only looked at: nothing was changed." }
        (told(&answer, "Would be taken over", news))
        div.actions {
            @if news > 0 {
                form method="post" action=(AT) enctype="multipart/form-data" data-once="" {
                    (carried)
                    button.primary type="submit" name="step" value="confirm" { "Take over " (transactions(news)) }
                }
            }
            form method="post" action=(AT) enctype="multipart/form-data" {
                (carried)
                button type="submit" name="step" value="change" { "Change something" }
            }
        }
        p.pager { (results_link(visit, AT, &seen)) a href=(AT) { "Compare something else" } }
        @if news > 0 { p.hint { "Each is taken over once, whoever sends it again. The books may refuse one; then it stays a difference." } }
    };
    Ok((if news > 0 { "Confirm: reconciliation" } else { TITLE }, content))
}

/// Takes over what was seen. Sent again, it shows what became of it the first time.
async fn taken_over(visit: &Visit, fields: &Fields) -> Result<Markup, Problem> {
    if fields.given(KEY).is_none() {
        return Err(wrong("gateway", "the form was sent without its key; compare again"));
    }
    let done = format!("done of {}", fields.get(KEY));
    let answer = match visit.kept(&done) {
        Some(answer) => answer,
        None => {
            let held = held(visit, fields, true)?;
            let answer = visit.post(&held.path, held.body, fields).await?;
            visit.keep(&done, answer.clone());
            visit.forget(&of_file(fields.get(KEY)));
            answer
        }
    };
    Ok(html! {
        p.lead { (text_of_what(fields)) }
        (told(&answer, "Taken over", answer["applied"].as_u64().unwrap_or(0)))
        p.pager { (results_link(visit, AT, &done)) a href=(AT) { "Compare something else" } }
    })
}

fn transactions(count: u64) -> String {
    if count == 1 { "1 transaction".to_owned() } else { format!("{count} transactions") }
}

/// What was held against the books.
fn text_of_what(fields: &Fields) -> String {
    let what = ["upload", "file", "kept"].iter().any(|name| fields.given(name).is_some());
    let of = fields.get("gateway");
    if what && fields.get("whole") != "true" {
        return format!("A settlement file of {of}");
    }
    let what = if what { "A settlement file of" } else { "The listing of" };
    format!("{what} {of}, {} to {}", fields.get("from"), fields.get("to"))
}

/// The beginning of a day, or of the day after it, as the API wants it. What is no day stays as it is: the refusal names
/// the field.
fn instant(day: &str, after: bool) -> String {
    let parsed: Option<Date> = day.parse().ok();
    let parsed = parsed.and_then(|day| if after { day.tomorrow().ok() } else { Some(day) });
    parsed.map_or_else(|| day.to_owned(), |day| format!("{day}T00:00:00Z"))
}

fn span(sent: &Fields) -> String {
    let (from, to) = (instant(sent.get("from"), false), instant(sent.get("to"), true));
    if sent.get("whole") != "true" || from.is_empty() || to.is_empty() {
        return String::new();
    }
    format!("&from={}&to={}", part(&from), part(&to))
}

/// A span of time as the API wants it.
fn instants(fields: &Fields, apply: bool) -> Value {
    let span = [Input::new("from", "", Kind::Date), Input::new("to", "", Kind::Date)];
    let mut body = input::body(&span, fields);
    if let Some(body) = body.as_object_mut() {
        for (name, after) in [("from", false), ("to", true)] {
            if let Some(Value::String(day)) = body.get(name) {
                let at = instant(day, after);
                body.insert(name.to_owned(), at.into());
            }
        }
        body.insert("apply".to_owned(), apply.into());
    }
    body
}

/// How many agree and differ, what they come to, and each that differs.
fn told(answer: &Value, applied: &str, news: u64) -> Markup {
    let count = |name: &str| answer[name].as_u64().unwrap_or(0);
    let differences = list(answer, "differences");
    html! {
        dl.figures {
            @for (name, label) in [("transactions", "Transactions the gateway named"), ("matched", "Agree"), ("difference_count", "Differ")] {
                div { dt { (label) } dd { (count(name)) } }
            }
            div { dt { (applied) } dd { (news) } }
        }
        @if !list(answer, "totals").is_empty() { (totals(answer, applied)) }
        @if differences.is_empty() { p.empty { "Nothing differs." } }
        @else {
            h2 { "What differs" }
            (results(differences, &COLUMNS, "kind"))
            @if count("difference_count") > u64::try_from(differences.len()).unwrap_or(0) {
                p.note { "Here and in the file are only the first " (differences.len()) ". Choose a shorter span of time to see the others." }
            }
        }
    }
}

/// What they come to, a row for each kind and currency.
fn totals(answer: &Value, applied: &str) -> Markup {
    let amount = |row: &Value, name: &str| money(text(row, name), text(row, "currency"));
    html! {
        table tabindex="0" {
            thead { tr { th { "Kind" } th.amount { "Transactions" } th.amount { "Come to" } th.amount { (applied) } th.amount { "Come to" } } }
            tbody {
                @for row in list(answer, "totals") {
                    tr {
                        td { (text(row, "kind")) }
                        td.amount { (row["transactions"]) }
                        td.amount { (amount(row, "amount")) }
                        td.amount { (row["applied"]) }
                        td.amount { (amount(row, "applied_amount")) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn days_become_instants_and_the_last_belongs_to_them() {
        let fields = Fields::read(b"gateway=cards&from=2026-03-01&to=2026-03-31");
        let expected =
            json!({"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z", "apply": false});
        assert_eq!(instants(&fields, false), expected);
        let soon = instants(&Fields::read(b"from=soon"), true);
        assert_eq!(soon, json!({"from": "soon", "apply": true}));
    }

    #[test]
    fn it_says_what_is_held_against_the_books() {
        let what = |form: &str| text_of_what(&Fields::read(form.as_bytes()));
        assert_eq!(what("gateway=cards&from=a&to=b"), "The listing of cards, a to b");
        assert_eq!(what("gateway=cards&kept=true"), "A settlement file of cards");
    }
}
