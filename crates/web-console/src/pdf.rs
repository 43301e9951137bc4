//! A table on paper: pages of A4 with a title, a head on each page, and the page's number.
//!
//! Set in the fonts every reader of PDF has (ISO 32000-1, 9.6.2.2), so nothing is embedded: the letters of western Europe
//! are there, others become a question mark. The page on the screen has them all, and can be printed.

#![expect(clippy::float_arithmetic, reason = "points on paper; amounts come as texts")]

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

/// A column of the table.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    /// Its width in points.
    pub(crate) width: f32,
    /// Whether it is set to the right, in figures of one width.
    pub(crate) amount: bool,
}

/// What is written.
pub(crate) struct Report<'a> {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) columns: &'a [Column],
    /// Each row has a text for each column.
    pub(crate) rows: Vec<Vec<String>>,
}

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 36.0;
const SIZE: f32 = 8.0;
const LINE: f32 = 13.0;
/// So many rows a page has.
const ROWS: usize = 52;
const TEXT: Name<'static> = Name(b"T");
const BOLD: Name<'static> = Name(b"B");
const FIGURES: Name<'static> = Name(b"F");
/// The width of a letter of Courier, of the size of the font.
const FIGURE: f32 = 0.6;
/// About the width of a letter of Helvetica in a text, of the size of the font: what is longer than its column is cut.
const LETTER: f32 = 0.52;

impl Report<'_> {
    /// The file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut pdf = Pdf::new();
        let mut last = 0;
        let mut next = || {
            last += 1;
            Ref::new(last)
        };
        let (catalog, tree, information) = (next(), next(), next());
        let fonts = [
            (TEXT, "Helvetica", next()),
            (BOLD, "Helvetica-Bold", next()),
            (FIGURES, "Courier", next()),
        ];
        let sheets: Vec<&[Vec<String>]> =
            if self.rows.is_empty() { vec![&[]] } else { self.rows.chunks(ROWS).collect() };
        let pages: Vec<(Ref, Ref)> = sheets.iter().map(|_| (next(), next())).collect();
        pdf.catalog(catalog).pages(tree);
        pdf.document_info(information).title(TextStr(&self.title));
        let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
        pdf.pages(tree).kids(pages.iter().map(|(page, _)| *page)).count(count);
        for (_, font, place) in fonts {
            pdf.type1_font(place)
                .base_font(Name(font.as_bytes()))
                .encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        for (number, (rows, (page, content))) in sheets.iter().zip(&pages).enumerate() {
            let mut sheet = pdf.page(*page);
            sheet.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(tree).contents(*content);
            let mut resources = sheet.resources();
            let mut known = resources.fonts();
            for (name, _, place) in fonts {
                known.pair(name, place);
            }
            known.finish();
            resources.finish();
            sheet.finish();
            let foot = format!("Page {} of {}", number + 1, pages.len());
            pdf.stream(*content, &self.sheet(rows, &foot));
        }
        pdf.finish()
    }

    fn sheet(&self, rows: &[Vec<String>], foot: &str) -> Vec<u8> {
        let mut content = Content::new();
        let mut at = HEIGHT - MARGIN - 14.0;
        write(&mut content, BOLD, 14.0, MARGIN, at, &self.title);
        at -= 16.0;
        write(&mut content, TEXT, 9.0, MARGIN, at, &self.lead);
        at -= 22.0;
        let mut left = MARGIN;
        for column in self.columns {
            cell(&mut content, column, left, at, column.title, true);
            left += column.width;
        }
        content
            .set_line_width(0.5)
            .move_to(MARGIN, at - 4.0)
            .line_to(WIDTH - MARGIN, at - 4.0)
            .stroke();
        for row in rows {
            at -= LINE;
            let mut left = MARGIN;
            for (column, text) in self.columns.iter().zip(row) {
                cell(&mut content, column, left, at, text, false);
                left += column.width;
            }
        }
        write(&mut content, TEXT, SIZE, MARGIN, MARGIN - 10.0, foot);
        content.finish().to_vec()
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points on paper, of a few hundred letters at most"
)]
fn cell(content: &mut Content, column: &Column, left: f32, at: f32, text: &str, head: bool) {
    if column.amount {
        let font = if head { BOLD } else { FIGURES };
        let letter = if head { LETTER } else { FIGURE };
        let width = text.chars().count() as f32 * SIZE * letter;
        write(content, font, SIZE, left + column.width - width, at, text);
    } else {
        let fits = (column.width / (SIZE * LETTER)) as usize;
        let cut: String = text.chars().take(fits).collect();
        write(content, if head { BOLD } else { TEXT }, SIZE, left, at, &cut);
    }
}

fn write(content: &mut Content, font: Name<'_>, size: f32, left: f32, at: f32, text: &str) {
    content
        .begin_text()
        .set_font(font, size)
        .next_line(left, at)
        .show(Str(&letters(text)))
        .end_text();
}

/// A text in the encoding of the fonts (WinAnsi): Latin letters as they are, a few signs of its own, else `?`.
fn letters(text: &str) -> Vec<u8> {
    let letter = |letter: char| match u32::from(letter) {
        code @ (0x20..=0x7e | 0xa1..=0xff) => u8::try_from(code).unwrap_or(b'?'),
        0x20ac => 0x80,
        0x2013 => 0x96,
        0x2014 => 0x97,
        0x2018 | 0x2019 => b'\'',
        0x201c | 0x201d => b'"',
        0xa0 => b' ',
        _ => b'?',
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_on_a_page() {
        const COLUMNS: [Column; 2] = [
            Column { title: "What", width: 200.0, amount: false },
            Column { title: "Amount", width: 80.0, amount: true },
        ];
        let rows = (0..120).map(|row| vec![format!("row {row}"), "-5.00".to_owned()]).collect();
        let report =
            Report { title: "A (title".to_owned(), lead: String::new(), columns: &COLUMNS, rows };
        let file = report.write();
        let text = String::from_utf8_lossy(&file);
        assert!(text.starts_with("%PDF-") && text.contains("/Count 3"), "three pages");
        for row in 0..120 {
            assert!(text.contains(&format!("(row {row})")), "{row}");
        }
    }

    #[test]
    fn letters_that_the_fonts_have_not_are_marked() {
        assert_eq!(letters("M\u{fc}ller \u{20ac} \u{4e2d}"), b"M\xfcller \x80 ?");
    }
}
