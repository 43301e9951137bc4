//! A chart of lines over categories, each named at its end.

use super::scale::Scale;
use super::svg::{Anchor, Svg, WIDTH};
use crate::commands::bench::figures::Spread;

/// Edges of the drawing area.
const LEFT: i64 = 84;
const RIGHT: i64 = WIDTH - 228;
const TOP: i64 = 98;
const BOTTOM: i64 = 398;
const HEIGHT: i64 = 452;
/// Names at the ends of lines keep this distance.
const NAME_HEIGHT: i64 = 17;

/// A line: a spread per category, where it was measured.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) colour: usize,
    pub(super) dashed: bool,
    pub(super) points: Vec<Option<Spread<u64>>>,
}

/// A chart of lines.
pub(super) struct LineChart {
    pub(super) title: String,
    pub(super) explanation: String,
    pub(super) x_name: &'static str,
    pub(super) y_name: &'static str,
    pub(super) categories: Vec<String>,
    pub(super) scale: Scale,
    pub(super) tick: fn(u64) -> String,
    pub(super) lines: Vec<Line>,
    /// Values that stand for themselves, with their names.
    pub(super) anchors: Vec<(String, u64)>,
}

impl LineChart {
    pub(super) fn draw(&self) -> String {
        let mut svg = Svg::new(HEIGHT, &self.title, &self.explanation);
        self.axes(&mut svg);
        // What is named at the right edge: how high, what, and the class of its mark.
        let mut names: Vec<(i64, &str, String)> = Vec::new();
        for (name, value) in &self.anchors {
            let y = self.y(*value);
            svg.line((LEFT, y), (RIGHT, y), "anchor");
            names.push((y, name, "anchor".to_owned()));
        }
        for (index, line) in self.lines.iter().enumerate() {
            if let Some(y) = self.line(&mut svg, line, self.aside(index)) {
                let dash = if line.dashed { " dash" } else { "" };
                names.push((y, &line.name, format!("line s{}{dash}", line.colour)));
            }
        }
        names.sort_by_key(|(y, ..)| *y);
        let mut free = TOP - NAME_HEIGHT;
        let places: Vec<i64> = names
            .iter()
            .map(|(y, ..)| {
                free = (*y).max(free + NAME_HEIGHT);
                free
            })
            .collect();
        // What ran out below moves up again.
        let mut room = BOTTOM + NAME_HEIGHT / 2;
        for ((_, name, class), place) in names.iter().zip(places).rev() {
            let y = place.min(room);
            room = y - NAME_HEIGHT;
            svg.line((RIGHT + 12, y), (RIGHT + 34, y), class);
            svg.label(RIGHT + 40, y + 4, Anchor::Start, "name", name);
        }
        svg.finish()
    }

    fn axes(&self, svg: &mut Svg) {
        svg.label(20, TOP - 14, Anchor::Start, "muted", self.y_name);
        for tick in self.scale.ticks() {
            let y = self.y(tick);
            svg.line((LEFT, y), (RIGHT, y), "grid");
            svg.label(LEFT - 8, y + 4, Anchor::End, "muted", &(self.tick)(tick));
        }
        svg.line((LEFT, BOTTOM), (RIGHT, BOTTOM), "axis");
        for (index, category) in self.categories.iter().enumerate() {
            svg.label(self.x(index), BOTTOM + 20, Anchor::Middle, "muted", category);
        }
        let middle = i64::midpoint(LEFT, RIGHT);
        svg.label(middle, BOTTOM + 40, Anchor::Middle, "muted", self.x_name);
    }

    /// Lines stand a little beside each other, so that one does not hide the rounds of another.
    fn aside(&self, index: usize) -> i64 {
        let count = i64::try_from(self.lines.len()).unwrap_or(1);
        (2 * i64::try_from(index).unwrap_or(0) - (count - 1)) * 3
    }

    /// Draws one and answers where it ends.
    fn line(&self, svg: &mut Svg, line: &Line, aside: i64) -> Option<i64> {
        let colour = line.colour;
        let mut points = Vec::new();
        for (index, spread) in line.points.iter().enumerate() {
            let Some(spread) = spread else { continue };
            let x = self.x(index) + aside;
            points.push((x, self.y(spread.median)));
            let (low, high) = (self.y(spread.min), self.y(spread.max));
            svg.line((x, low), (x, high), &format!("whisker s{colour}"));
        }
        let dash = if line.dashed { " dash" } else { "" };
        svg.polyline(&points, &format!("line s{colour}{dash}"));
        for point in &points {
            svg.dot(*point, &format!("f{colour}"));
        }
        points.last().map(|(_, y)| *y)
    }

    fn x(&self, index: usize) -> i64 {
        let count = i64::try_from(self.categories.len()).unwrap_or(1).max(1);
        let index = i64::try_from(index).unwrap_or(0);
        LEFT + (RIGHT - LEFT) * (2 * index + 1) / (2 * count)
    }

    fn y(&self, value: u64) -> i64 {
        BOTTOM - self.scale.place(value, BOTTOM - TOP)
    }
}
