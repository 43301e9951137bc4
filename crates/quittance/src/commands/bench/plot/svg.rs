//! Just enough SVG for the charts: whole pixels, and colours that follow the reader's theme.

/// Light first; the dark ones for readers who prefer that. Series are told apart by lightness too.
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;font-size:13px;fill:#1f2328}\
.card{fill:#ffffff;stroke:#d1d9e0}\
.title{font-size:17px;font-weight:600}\
.name,.figure{paint-order:stroke;stroke:#ffffff;stroke-width:4px;stroke-linejoin:round}\
.muted{fill:#59636e;font-size:12px}\
.grid{stroke:#e6eaef}.axis{stroke:#818b98}.aim{stroke:#1f2328;stroke-width:2}\
.anchor{stroke:#59636e;stroke-dasharray:2 4;stroke-width:1.5}\
.line{fill:none;stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}.dash{stroke-dasharray:7 5}\
.whisker{stroke-width:1.5;opacity:.55}.over{stroke:#1f2328;stroke-width:1.5;opacity:.6}\
.s0{stroke:#0b62c4}.s1{stroke:#c4570c}.s2{stroke:#12805c}.s3{stroke:#8a4fd0}\
.f0{fill:#0b62c4}.f1{fill:#c4570c}.f2{fill:#12805c}.f3{fill:#8a4fd0}.f4{fill:#818b98}\
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.card{fill:#0d1117;stroke:#3d444d}.muted{fill:#9198a1}.name,.figure{stroke:#0d1117}\
.grid{stroke:#262c34}.axis{stroke:#656c76}.aim,.over{stroke:#e6edf3}.anchor{stroke:#9198a1}\
.s0{stroke:#58a6ff}.s1{stroke:#f0883e}.s2{stroke:#3fb98a}.s3{stroke:#bc8cff}\
.f0{fill:#58a6ff}.f1{fill:#f0883e}.f2{fill:#3fb98a}.f3{fill:#bc8cff}.f4{fill:#656c76}}";

/// The width of every chart.
pub(super) const WIDTH: i64 = 820;

/// Which end of a text is at its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing.
pub(super) struct Svg {
    text: String,
}

impl Svg {
    /// A card with a title and a line of explanation.
    pub(super) fn new(height: i64, title: &str, explanation: &str) -> Self {
        let mut svg = Self { text: String::new() };
        svg.text.push_str(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n<title>{}</title>\n\
             <desc>{}</desc>\n<style>{STYLE}</style>\n",
            escaped(title),
            escaped(explanation),
        ));
        let (inner_width, inner_height) = (WIDTH - 1, height - 1);
        svg.text.push_str(&format!(
            "<rect class=\"card\" x=\".5\" y=\".5\" width=\"{inner_width}\" \
             height=\"{inner_height}\" rx=\"6\"/>\n"
        ));
        svg.label(20, 30, Anchor::Start, "title", title);
        svg.label(20, 50, Anchor::Start, "muted", explanation);
        svg
    }

    pub(super) fn line(&mut self, from: (i64, i64), to: (i64, i64), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.text.push_str(&format!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>\n"
        ));
    }

    pub(super) fn polyline(&mut self, points: &[(i64, i64)], class: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let points = points.join(" ");
        self.text.push_str(&format!("<polyline class=\"{class}\" points=\"{points}\"/>\n"));
    }

    pub(super) fn dot(&mut self, at: (i64, i64), class: &str) {
        let (x, y) = at;
        self.text.push_str(&format!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>\n"));
    }

    pub(super) fn bar(&mut self, at: (i64, i64), size: (i64, i64), class: &str) {
        let ((x, y), (width, height)) = (at, size);
        self.text.push_str(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
             rx=\"2\"/>\n"
        ));
    }

    pub(super) fn label(&mut self, x: i64, y: i64, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.text.push_str(&format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>\n",
            escaped(text),
        ));
    }

    pub(super) fn finish(self) -> String {
        self.text + "</svg>\n"
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
