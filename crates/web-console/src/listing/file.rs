//! A list as a file (RFC 4180).

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::column::{Column, Of};

/// The columns a file has. What has no title is there to be pressed, and an amount is nothing without its currency.
pub(super) fn file_columns(columns: &[Column]) -> Vec<Column> {
    let own = columns.iter().any(|column| column.title == CURRENCY.title);
    let mut all = Vec::new();
    for column in columns.iter().filter(|column| !column.title.is_empty()) {
        let first = !own && all.iter().all(|it: &Column| it.title != CURRENCY.title);
        all.push(*column);
        if first && matches!(column.of, Of::Money(_)) {
            all.push(CURRENCY);
        }
    }
    all
}

const CURRENCY: Column = Column::new("Currency", Of::Plain("currency"));

/// Rows as a file; `whole` is whether these are all.
pub(crate) fn rows_file(name: &str, whole: bool, columns: &[Column], rows: &[Value]) -> Response {
    let columns = file_columns(columns);
    let lines: Vec<Vec<u8>> = rows.iter().map(|row| line_of(&columns, row)).collect();
    file(name, whole, &columns, &lines)
}

pub(super) fn line_of(columns: &[Column], row: &Value) -> Vec<u8> {
    line(columns.iter().map(|column| column.of.file_text(row)))
}

pub(super) fn file(name: &str, whole: bool, columns: &[Column], lines: &[Vec<u8>]) -> Response {
    let head = line(columns.iter().map(|column| column.title.to_owned()));
    // A file that has not all of it says so by its name, which goes with it wherever it goes.
    let cut = if whole { "" } else { "-not-all" };
    let named = format!("attachment; filename=\"{name}{cut}.csv\"");
    let named = HeaderValue::from_str(&named).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, named)];
    (headers, [head, lines.concat()].concat()).into_response()
}

/// What a spreadsheet would take for a formula is made a text.
fn harmless(cell: String) -> String {
    let number = cell
        .strip_prefix('-')
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number {
        format!("'{cell}")
    } else {
        cell
    }
}

/// A line of a file (RFC 4180).
fn line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    drop(writer.write_record(cells.map(harmless)));
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn a_file_holds_no_formula_and_quotes_what_must_be_quoted() {
        let cells = ["=cmd()", "-5.00", "-x", "a,b", "say \"hi\"", "plain"];
        let expected = "'=cmd(),-5.00,'-x,\"a,b\",\"say \"\"hi\"\"\",plain\r\n";
        assert_eq!(line(cells.iter().map(|it| (*it).to_owned())), expected.as_bytes());
    }
}
