//! A text as a picture that phones read: drawn here, so that a secret goes to nobody who draws it for us.

use fast_qr::ECL;
use fast_qr::qr::QRBuilder;
use maud::{Markup, html};

/// What has to be empty around it, in modules.
const QUIET: usize = 4;

/// The picture, dark on white whatever the colours of the page are; nothing, if the text is too long for one.
pub(crate) fn picture(content: &str, label: &str) -> Markup {
    let Ok(code) = QRBuilder::new(content).ecl(ECL::M).build() else { return html! {} };
    let rows: Vec<Vec<bool>> = (0..code.size)
        .map(|row| code[row].iter().take(code.size).map(|module| module.value()).collect())
        .collect();
    let side = code.size + 2 * QUIET;
    html! {
        svg.qr viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(outline(&rows)) fill="#000" {}
        }
    }
}

/// A rectangle for each run of dark modules of a row.
fn outline(rows: &[Vec<bool>]) -> String {
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            let length = run.len();
            if run.first() == Some(&true) {
                path += &format!("M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
            }
            x += length;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a phone would read in the picture: each rectangle is drawn, then looked at.
    fn read(picture: &str) -> String {
        let between = |from: &str, to: &str| {
            picture.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned()
        };
        let side: usize = between("viewBox=\"0 0 ", " ").parse().unwrap();
        let mut dark = vec![vec![false; side]; side];
        for run in between(" d=\"", "\"").split('M').skip(1) {
            let (x, rest) = run.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let length: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            dark[y][x..x + length].fill(true);
        }
        // Four points a module.
        let point = |x: usize, y: usize| if dark[y / 4][x / 4] { 0 } else { 255 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(4 * side, 4 * side, point);
        let grids = image.detect_grids();
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_phone_reads_what_was_drawn() {
        let long =
            format!("otpauth://totp/Books%20%26%20Co:ada?secret={}&issuer=x", "A".repeat(120));
        for text in ["otpauth://totp/x:ada?secret=GEZDGNBVGY3TQOJQ&issuer=Quittance", &long, "1"] {
            assert_eq!(read(&picture(text, "x").into_string()), text);
        }
    }

    #[test]
    fn a_text_that_is_too_long_has_no_picture_and_a_label_is_escaped() {
        assert!(picture(&"x".repeat(5_000), "x").into_string().is_empty());
        assert!(!picture("x", "\"><script>").into_string().contains("<script"));
    }
}
