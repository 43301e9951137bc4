//! What a person sees on a terminal; programs ask for JSON.

use std::fmt;
use std::io::Write;

/// A sentence for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Sentence(pub(crate) String);

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Sentence {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

pub(crate) type Done<T = ()> = Result<T, Sentence>;

/// Makes a sentence.
pub(crate) fn sentence(text: impl fmt::Display) -> Sentence {
    Sentence(text.to_string())
}

/// Prints a line on stdout; a closed pipe is no error.
pub(crate) fn line(text: impl fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a line on stderr: progress, hints.
pub(crate) fn note(text: impl fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints what went wrong.
pub(crate) fn failure(error: &Sentence) {
    note(format!("quittance: {error}"));
}

/// Prints rows in columns; columns named in `right` are right-aligned.
pub(crate) fn table(header: &[&str], right: &[usize], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(header.get(column).map(|cell| cell.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let print = |row: &[String]| {
        let mut text = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths.get(column).copied().unwrap_or(0);
            if right.contains(&column) {
                text.push_str(&format!("{cell:>width$}  "));
            } else {
                text.push_str(&format!("{cell:<width$}  "));
            }
        }
        line(text.trim_end());
    };
    print(&header.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    for row in rows {
        print(row);
    }
}
