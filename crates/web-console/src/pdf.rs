//! A table on paper: pages of A4 with a title, a head on each page, and the page's number.
//!
//! The letters come from a font of which each file holds the part it needs (`letters.rs`). What it has no glyph for, such as
//! Chinese or an emoji, and what cannot be set letter by letter, such as Arabic, is shown as U+FFFD, a question mark in a
//! black square. The page on the screen has them all, and can be printed.

#![expect(clippy::float_arithmetic, reason = "points on paper; amounts come as texts")]

mod letters;

use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use letters::{Letters, Places, packed};

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
/// What keeps a text from the next column.
const GAP: f32 = 5.0;
const FONT: Name<'static> = Name(b"F");

impl Report<'_> {
    /// The file; nothing if the font is broken.
    pub(crate) fn write(&self) -> Option<Vec<u8>> {
        let mut pdf = Pdf::new();
        let mut last = 0;
        let mut next = || {
            last += 1;
            Ref::new(last)
        };
        let (catalog, tree, information) = (next(), next(), next());
        let places = Places {
            font: next(),
            descendant: next(),
            descriptor: next(),
            file: next(),
            glyphs: next(),
            meaning: next(),
        };
        let sheets: Vec<&[Vec<String>]> =
            if self.rows.is_empty() { vec![&[]] } else { self.rows.chunks(ROWS).collect() };
        let pages: Vec<(Ref, Ref)> = sheets.iter().map(|_| (next(), next())).collect();
        pdf.catalog(catalog).pages(tree);
        pdf.document_info(information).title(TextStr(&self.title));
        let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
        pdf.pages(tree).kids(pages.iter().map(|(page, _)| *page)).count(count);
        let mut letters = Letters::new()?;
        for (number, (rows, (page, content))) in sheets.iter().zip(&pages).enumerate() {
            let mut sheet = pdf.page(*page);
            sheet.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(tree).contents(*content);
            sheet.resources().fonts().pair(FONT, places.font);
            sheet.finish();
            let foot = format!("Page {} of {}", number + 1, pages.len());
            let drawn = self.sheet(&mut letters, rows, &foot);
            pdf.stream(*content, &packed(&drawn)?).filter(Filter::FlateDecode);
        }
        letters.embed(&mut pdf, &places)?;
        Some(pdf.finish())
    }

    fn sheet(&self, letters: &mut Letters, rows: &[Vec<String>], foot: &str) -> Vec<u8> {
        let mut sheet = Sheet { content: Content::new(), letters };
        let mut at = HEIGHT - MARGIN - 14.0;
        let title = sheet.cut(&self.title, (WIDTH - MARGIN - MARGIN) / 14.0);
        sheet.write(true, 14.0, MARGIN, at, &title);
        at -= 16.0;
        sheet.write(false, 9.0, MARGIN, at, &self.lead);
        at -= 22.0;
        let mut left = MARGIN;
        for column in self.columns {
            sheet.cell(column, left, at, column.title, true);
            left += column.width;
        }
        sheet
            .content
            .set_line_width(0.5)
            .move_to(MARGIN, at - 4.0)
            .line_to(WIDTH - MARGIN, at - 4.0)
            .stroke();
        for row in rows {
            at -= LINE;
            let mut left = MARGIN;
            for (column, text) in self.columns.iter().zip(row) {
                sheet.cell(column, left, at, text, false);
                left += column.width;
            }
        }
        sheet.write(false, SIZE, MARGIN, MARGIN - 10.0, foot);
        sheet.content.finish().to_vec()
    }
}

/// A page that is being written.
struct Sheet<'a> {
    content: Content,
    letters: &'a mut Letters,
}

impl Sheet<'_> {
    /// A text of a row, or of its head.
    fn cell(&mut self, column: &Column, left: f32, at: f32, text: &str, head: bool) {
        if column.amount {
            let width = self.letters.width(text) * SIZE;
            self.write(head, SIZE, left + column.width - width, at, text);
        } else {
            let cut = self.cut(text, (column.width - GAP) / SIZE);
            self.write(head, SIZE, left, at, &cut);
        }
    }

    /// As much of a text as fits into a width, which is of the size of the font.
    fn cut(&mut self, text: &str, width: f32) -> String {
        if self.letters.width(text) <= width {
            return text.to_owned();
        }
        let mut left = width - self.letters.width("\u{2026}");
        let fits = |letter: &char| {
            left -= self.letters.width(letter.encode_utf8(&mut [0; 4]));
            left >= 0.0
        };
        let mut cut: String = text.chars().take_while(fits).collect();
        cut.push('\u{2026}');
        cut
    }

    /// What is bold is drawn with its outline: a second font would make each file larger for a line.
    fn write(&mut self, bold: bool, size: f32, left: f32, at: f32, text: &str) {
        let mode = if bold { TextRenderingMode::FillStroke } else { TextRenderingMode::Fill };
        let codes = self.letters.codes(text);
        self.content
            .set_line_width(size / 32.0)
            .begin_text()
            .set_text_rendering_mode(mode)
            .set_font(FONT, size)
            .next_line(left, at)
            .show(Str(&codes))
            .end_text();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    const COLUMNS: [Column; 2] = [
        Column { title: "What", width: 200.0, amount: false },
        Column { title: "Amount", width: 80.0, amount: true },
    ];

    fn written(title: &str, lead: &str, rows: Vec<Vec<String>>) -> Vec<u8> {
        let (title, lead) = (title.to_owned(), lead.to_owned());
        Report { title, lead, columns: &COLUMNS, rows }.write().unwrap()
    }

    /// What a reader that is not ours finds in it: `pdftotext`, which `cargo xtask test` installs.
    fn read(file: &[u8], layout: &str) -> String {
        let mut reader = Command::new("pdftotext");
        reader.args([layout, "-enc", "UTF-8", "-", "-"]);
        reader.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut reader = reader.spawn().unwrap_or_else(|error| {
            panic!("pdftotext cannot be run ({error}); cargo xtask test installs it")
        });
        reader.stdin.take().unwrap().write_all(file).unwrap();
        let read = reader.wait_with_output().unwrap();
        let complaints = String::from_utf8(read.stderr).unwrap();
        assert!(read.status.success() && complaints.is_empty(), "{complaints}");
        String::from_utf8(read.stdout).unwrap()
    }

    #[test]
    fn every_row_is_on_a_page() {
        let rows = (0..120).map(|row| vec![format!("row {row}."), "-5.00".to_owned()]).collect();
        let file = written("A (title", "", rows);
        assert!(file.starts_with(b"%PDF-"));
        let text = read(&file, "-layout");
        assert_eq!(text.matches("A (title").count(), 3, "three pages: {text}");
        assert!(text.contains("Page 3 of 3"), "{text}");
        for row in 0..120 {
            assert!(text.contains(&format!("row {row}.")), "{row}");
        }
    }

    /// The names of customers come back letter by letter, so they can be searched and copied.
    #[test]
    fn letters_of_many_scripts_can_be_read() {
        let names = [
            "\u{141}ukasz \u{17b}\u{f3}\u{142}\u{107}",
            "\u{395}\u{3bb}\u{3ad}\u{3bd}\u{3b7}",
            "\u{418}\u{432}\u{430}\u{43d} \u{429}\u{451}\u{434}\u{440}\u{438}\u{43d}",
            "Nguy\u{1ec5}n \u{110}\u{1ee9}c \u{20ac} \u{201c}\u{df}\u{201d}",
            "\u{540}\u{561}\u{575}\u{56f} \u{10d2}\u{10d8}\u{10dd}",
        ];
        for name in names {
            let rows = vec![vec![name.to_owned(), "1234567.89".to_owned()]];
            let file = written(&format!("Statement of {name}"), name, rows);
            let text = read(&file, "-layout");
            assert_eq!(text.matches(name).count(), 3, "title, lead and row: {text}");
            assert!(text.contains("1234567.89"), "{text}");
            assert!(file.len() < 40_000, "only what is needed of the font: {}", file.len());
        }
    }

    /// Never another letter, and never nothing: what cannot be set is seen to be missing.
    #[test]
    fn letters_that_cannot_be_set_are_marked() {
        let rows =
            ["\u{4e2d}\u{6587}", "\u{1f980}", "\u{645}\u{631}\u{62d}", "\u{5e9}\u{5dc}", "a\tb\nc"];
        let rows = rows.iter().map(|row| vec![format!("[{row}]"), "0.00".to_owned()]).collect();
        let text = read(&written("T", "", rows), "-raw");
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
        let marked = |count: usize| format!("[{}] 0.00", "\u{fffd}".repeat(count));
        let expected = [marked(2), marked(1), marked(3), marked(2), "[a b c] 0.00".to_owned()];
        assert_eq!(lines, expected, "{text}");
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_and_says_so() {
        let long = "w".repeat(300);
        let text = read(&written(&long, "", vec![vec![long.clone(), "9.99".to_owned()]]), "-raw");
        let cut = text.lines().filter(|line| line.contains("ww\u{2026}")).count();
        assert_eq!(cut, 2, "the title and the row: {text}");
        assert!(text.contains("9.99"), "{text}");
    }

    /// Amounts end at one edge: figures are of one width.
    #[test]
    fn figures_are_of_one_width() {
        let mut letters = Letters::new().unwrap();
        let widths: Vec<f32> = ('0'..='9').map(|it| letters.width(&it.to_string())).collect();
        assert!(widths.iter().all(|it| (it - widths[0]).abs() < f32::EPSILON), "{widths:?}");
    }
}
