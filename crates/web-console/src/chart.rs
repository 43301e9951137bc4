//! A line over time, drawn on the server. Amounts stay whole numbers of their smallest unit up to the pixel.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::parts::{grouped, money};
use crate::sums::{is_nothing, scaled};
use crate::visit::Visit;

/// What the picture is as large as, and the room for its labels.
const WIDTH: i128 = 480;
const HEIGHT: i128 = 200;
const LEFT: i128 = 110;
const RIGHT: i128 = 16;
const TOP: i128 = 16;
const BOTTOM: i128 = 30;

/// So many months, or days, a picture has.
const MONTHS: usize = 12;
const DAYS: usize = 30;
/// So many lines have a picture of their own; the others stand in the table.
const PICTURES: usize = 6;

/// A day and the amount at its end.
pub(crate) type Point = (String, String);

/// An amount over time.
pub(crate) struct Line {
    /// What it is called beside other lines of its currency; empty if it is the only one.
    pub(crate) name: &'static str,
    /// What its picture shows.
    pub(crate) title: String,
    pub(crate) currency: String,
    /// How much it is now.
    pub(crate) now: String,
    /// The oldest first.
    pub(crate) points: Vec<Point>,
}

impl Line {
    /// Unlike every other line of the page.
    fn head(&self) -> &str {
        if self.name.is_empty() { &self.currency } else { self.name }
    }
}

/// The days the pictures of a page show, the oldest first: the ends of months, or days, up to today. The page is asked for
/// them by `by`.
pub(crate) fn days(visit: &Visit, today: &str) -> Vec<Date> {
    today.parse().map(|today| days_until(today, by_day(visit))).unwrap_or_default()
}

fn by_day(visit: &Visit) -> bool {
    visit.query.get("by") == "day"
}

fn days_until(today: Date, by_day: bool) -> Vec<Date> {
    let before = |day: &Date| day.yesterday().ok();
    let mut days: Vec<Date> = if by_day {
        std::iter::successors(before(&today), before).take(DAYS - 1).collect()
    } else {
        ends_before(today, MONTHS - 1)
    };
    days.reverse();
    days.push(today);
    days
}

/// So many month ends before a day, the latest first.
pub(crate) fn ends_before(day: Date, count: usize) -> Vec<Date> {
    let before = |day: &Date| day.first_of_month().yesterday().ok();
    std::iter::successors(before(&day), before).take(count).collect()
}

/// The ways to the other days, for a place beside them.
pub(crate) fn spans(visit: &Visit) -> Markup {
    let by_day = by_day(visit);
    html! {
        a href=(visit.here_with(&[("by", "")])) aria-current=[(!by_day).then_some("true")] { "12 months" }
        a href=(visit.here_with(&[("by", "day")])) aria-current=[by_day.then_some("true")] { "30 days" }
    }
}

/// Lines as pictures, and all of their figures as a table.
pub(crate) fn charts(days: &[Date], lines: &[Line]) -> Markup {
    html! {
        div.charts {
            @for (place, line) in lines.iter().enumerate() {
                figure {
                    figcaption {
                        @if !line.name.is_empty() { (line.name) " " }
                        span.figure { (money(&line.now, &line.currency)) }
                    }
                    @if place < PICTURES { @if let Some(drawn) = drawn(line) { (drawn) } }
                }
            }
        }
        (table(days, lines))
    }
}

/// The picture of a line; nothing if an amount cannot be read.
fn drawn(line: &Line) -> Option<Markup> {
    let (points, currency) = (&line.points, &line.currency);
    let units = scaled(points.iter().map(|(_, amount)| amount.as_str()))?;
    let (least, most) = (units.iter().min()?.min(&0), units.iter().max()?.max(&0));
    let (least, most) = (*least, if most == least { least.checked_add(1)? } else { *most });
    let steps = i128::try_from(points.len().checked_sub(1)?).ok()?.max(1);
    let x =
        |place: usize| LEFT + i128::try_from(place).unwrap_or(0) * (WIDTH - LEFT - RIGHT) / steps;
    let y = |unit: i128| TOP + (most - unit).saturating_mul(HEIGHT - TOP - BOTTOM) / (most - least);
    let at: Vec<(i128, i128)> =
        units.iter().enumerate().map(|(place, unit)| (x(place), y(*unit))).collect();
    let path: Vec<String> = at.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let highest = units.iter().zip(points).max_by_key(|(unit, _)| **unit);
    let highest = highest.map_or("0", |(_, (_, amount))| amount.as_str());
    let lowest = units.iter().zip(points).min_by_key(|(unit, _)| **unit);
    let lowest = lowest.map_or("0", |(_, (_, amount))| amount.as_str());
    let id = format!("chart-{}", line.head().to_ascii_lowercase().replace(' ', "-"));
    let (first, last) = (points.first()?, points.last()?);
    Some(html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ (id) "-title " (id) "-text" } {
            title id={ (id) "-title" } { (line.title) }
            desc id={ (id) "-text" } {
                "From " (first.1) " on " (first.0) " to " (last.1) " on " (last.0) "; at least " (lowest) ", at most " (highest) ". The table below has every figure."
            }
            line.axis x1=(LEFT) y1=(TOP) x2=(LEFT) y2=(HEIGHT - BOTTOM) {}
            line.axis x1=(LEFT) y1=(y(0)) x2=(WIDTH - RIGHT) y2=(y(0)) {}
            text.label x=(LEFT - 8) y=(y(0) + 4) text-anchor="end" { "0 " (currency) }
            @if least < 0 { text.label x=(LEFT - 8) y=(y(least) + 4) text-anchor="end" { (grouped(lowest)) } }
            @if !is_nothing(highest) && most > 0 { text.label x=(LEFT - 8) y=(y(most) + 4) text-anchor="end" { (grouped(highest)) tspan x=(LEFT - 8) dy="12" { (currency) } } }
            text.label x=(LEFT) y=(HEIGHT - 8) text-anchor="start" { (first.0) }
            text.label x=(WIDTH - RIGHT) y=(HEIGHT - 8) text-anchor="end" { (last.0) }
            polyline.line points=(path.join(" ")) {}
            @for ((x, y), (day, amount)) in at.iter().zip(points) {
                circle.point cx=(x) cy=(y) r="3" { title { (day) ": " (amount) " " (currency) } }
            }
        }
    })
}

/// The same figures for whoever does not see the pictures, a column for each line.
fn table(days: &[Date], lines: &[Line]) -> Markup {
    html! {
        details {
            summary { "The figures as a table" }
            table tabindex="0" {
                thead { tr { th { "At the end of" } @for line in lines { th.amount { (line.head()) } } } }
                tbody {
                    @for (place, day) in days.iter().enumerate() {
                        tr {
                            td { (day) }
                            @for line in lines {
                                td.amount { @if let Some((_, amount)) = line.points.get(place) { (money(amount, &line.currency)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(amounts: &[&str]) -> Line {
        let day = |(place, amount): (usize, &&str)| {
            (format!("2026-03-0{}", place + 1), (*amount).to_owned())
        };
        let text = str::to_owned;
        Line {
            name: "",
            title: text("Credit owed in USD"),
            currency: text("USD"),
            now: String::new(),
            points: amounts.iter().enumerate().map(day).collect(),
        }
    }

    #[test]
    fn a_line_stays_within_its_picture_and_says_what_it_shows() {
        for amounts in [
            &["0.00"][..],
            &["0.00", "0.00"],
            &["5", "10", "0"],
            &["-5.00", "3.00"],
            &["999999999999999.99", "1"],
        ] {
            let drawn = drawn(&line(amounts)).unwrap().into_string();
            for place in drawn.split("cy=\"").skip(1) {
                let y: i128 = place.split('"').next().unwrap().parse().unwrap();
                assert!((TOP..=HEIGHT - BOTTOM).contains(&y), "{amounts:?}: {y}");
            }
            assert!(drawn.contains("role=\"img\"") && drawn.contains("2026-03-01"), "{drawn}");
            assert!(!drawn.contains("style="), "the policy allows none");
        }
        assert!(drawn(&line(&["much"])).is_none());
        assert!(drawn(&line(&[])).is_none());
    }

    #[test]
    fn months_end_when_they_do() {
        let ends = ends_before("2024-03-31".parse().unwrap(), 3);
        let ends: Vec<String> = ends.iter().map(ToString::to_string).collect();
        assert_eq!(ends, ["2024-02-29", "2024-01-31", "2023-12-31"]);
    }

    #[test]
    fn the_picture_ends_today() {
        let today = "2026-03-02".parse().unwrap();
        let (months, single) = (days_until(today, false), days_until(today, true));
        assert_eq!((months.len(), single.len()), (MONTHS, DAYS));
        assert_eq!(months[MONTHS - 2].to_string(), "2026-02-28");
        assert_eq!((months.last(), single.last()), (Some(&today), Some(&today)));
    }
}
