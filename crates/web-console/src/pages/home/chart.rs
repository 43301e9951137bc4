//! A line over time, drawn on the server. Amounts stay whole numbers of their smallest unit up to the pixel.

use maud::{Markup, html};

use crate::parts::money;
use crate::sums::scaled;

/// What the picture is as large as, and the room for its labels.
const WIDTH: i128 = 480;
const HEIGHT: i128 = 200;
const LEFT: i128 = 110;
const RIGHT: i128 = 16;
const TOP: i128 = 16;
const BOTTOM: i128 = 30;

/// A day and the amount at its end.
pub(super) type Point = (String, String);

/// The line of one currency; nothing if an amount cannot be read.
pub(super) fn line(points: &[Point], currency: &str) -> Option<Markup> {
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
    let id = format!("chart-{}", currency.to_ascii_lowercase());
    let (first, last) = (points.first()?, points.last()?);
    Some(html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ (id) "-title " (id) "-text" } {
            title id={ (id) "-title" } { "Credit owed to customers in " (currency) }
            desc id={ (id) "-text" } {
                "From " (first.1) " on " (first.0) " to " (last.1) " on " (last.0) "; at most " (highest) ". The table below has every figure."
            }
            line.axis x1=(LEFT) y1=(TOP) x2=(LEFT) y2=(HEIGHT - BOTTOM) {}
            line.axis x1=(LEFT) y1=(y(0)) x2=(WIDTH - RIGHT) y2=(y(0)) {}
            text.label x=(LEFT - 8) y=(y(0) + 4) text-anchor="end" { "0 " (currency) }
            @if most > 0 && highest != "0" { text.label x=(LEFT - 8) y=(y(most) + 4) text-anchor="end" { (highest) } }
            text.label x=(LEFT) y=(HEIGHT - 8) text-anchor="start" { (first.0) }
            text.label x=(WIDTH - RIGHT) y=(HEIGHT - 8) text-anchor="end" { (last.0) }
            polyline.line points=(path.join(" ")) {}
            @for ((x, y), (day, amount)) in at.iter().zip(points) {
                circle.point cx=(x) cy=(y) r="3" { title { (day) ": " (amount) " " (currency) } }
            }
        }
    })
}

/// The same figures for whoever does not see the picture, a column for each currency.
pub(super) fn table(days: &[String], lines: &[(String, Vec<Point>)]) -> Markup {
    html! {
        details {
            summary { "The figures as a table" }
            table tabindex="0" {
                thead { tr { th { "At the end of" } @for (currency, _) in lines { th.amount { (currency) } } } }
                tbody {
                    @for (place, day) in days.iter().enumerate() {
                        tr {
                            td { (day) }
                            @for (currency, points) in lines {
                                td.amount { @if let Some((_, amount)) = points.get(place) { (money(amount, currency)) } }
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

    fn points(amounts: &[&str]) -> Vec<Point> {
        let day = |(place, amount): (usize, &&str)| {
            (format!("2026-03-0{}", place + 1), (*amount).to_owned())
        };
        amounts.iter().enumerate().map(day).collect()
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
            let drawn = line(&points(amounts), "USD").unwrap().into_string();
            for place in drawn.split("cy=\"").skip(1) {
                let y: i128 = place.split('"').next().unwrap().parse().unwrap();
                assert!((TOP..=HEIGHT - BOTTOM).contains(&y), "{amounts:?}: {y}");
            }
            assert!(drawn.contains("role=\"img\"") && drawn.contains("2026-03-01"), "{drawn}");
            assert!(!drawn.contains("style="), "the policy allows none");
        }
        assert!(line(&points(&["much"]), "USD").is_none());
        assert!(line(&[], "USD").is_none());
    }
}
