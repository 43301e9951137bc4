//! A chart of horizontal bars with aims.

use super::scale::Scale;
use super::svg::{Anchor, Svg, WIDTH};
use crate::commands::bench::figures::{Ratio, Spread};

const LEFT: i64 = 292;
const RIGHT: i64 = WIDTH - 96;
const TOP: i64 = 80;
/// From one bar to the next.
const ROW: i64 = 30;
const THICK: i64 = 16;

/// A ratio, and what was wanted.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) colour: usize,
    pub(super) ratio: Spread<Ratio>,
    pub(super) aim: Option<Ratio>,
}

/// A chart of ratios.
pub(super) struct BarChart {
    pub(super) title: String,
    pub(super) explanation: String,
    pub(super) bars: Vec<Bar>,
}

impl BarChart {
    pub(super) fn draw(&self) -> String {
        let bottom = TOP + ROW * i64::try_from(self.bars.len()).unwrap_or(0);
        let mut svg = Svg::new(bottom + 44, &self.title, &self.explanation);
        let ends = self.bars.iter().flat_map(|bar| [Some(bar.ratio.max), bar.aim]).flatten();
        let scale = Scale::linear(ends.map(|ratio| ratio.0).max().unwrap_or(100).max(100));
        let x = |ratio: Ratio| LEFT + scale.place(ratio.0, RIGHT - LEFT);
        for tick in scale.ticks() {
            let at = x(Ratio(tick));
            svg.line((at, TOP - 6), (at, bottom), "grid");
            let text = match tick % 100 {
                0 => format!("{}x", tick / 100),
                _ => format!("{}x", Ratio(tick)),
            };
            svg.label(at, bottom + 20, Anchor::Middle, "muted", &text);
        }
        let one = x(Ratio(100));
        svg.line((one, TOP - 6), (one, bottom), "anchor");
        for (index, bar) in self.bars.iter().enumerate() {
            let top = TOP + ROW * i64::try_from(index).unwrap_or(0) + (ROW - THICK) / 2;
            let (middle, end) = (top + THICK / 2, x(bar.ratio.median));
            svg.label(LEFT - 10, middle + 4, Anchor::End, "", &bar.name);
            svg.bar((LEFT, top), (end - LEFT, THICK), &format!("f{}", bar.colour));
            svg.line((x(bar.ratio.min), middle), (x(bar.ratio.max), middle), "over");
            let mut behind = end.max(x(bar.ratio.max));
            if let Some(aim) = bar.aim {
                svg.line((x(aim), top - 5), (x(aim), top + THICK + 5), "aim");
                // The figure stands behind the aim if it would stand on it.
                if x(aim) > behind - 4 && x(aim) < behind + 48 {
                    behind = x(aim);
                }
            }
            let figure = format!("{}x", bar.ratio.median);
            svg.label(behind + 8, middle + 4, Anchor::Start, "figure", &figure);
        }
        svg.line((LEFT, TOP - 6), (LEFT, bottom), "axis");
        svg.finish()
    }
}
