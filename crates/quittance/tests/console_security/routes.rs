//! Every address of the console, read from its source: a page that nobody thought of is judged, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A route, as the router has it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Route {
    /// With its parameters in braces.
    pub(crate) pattern: String,
    /// Whether it shows something.
    pub(crate) get: bool,
    /// Whether it takes a form.
    pub(crate) post: bool,
}

impl Route {
    /// Whether an address is one of this route.
    pub(crate) fn has(&self, path: &str) -> bool {
        let (mut pattern, mut path) = (self.pattern.split('/'), path.split('/'));
        loop {
            match (pattern.next(), path.next()) {
                (None, None) => return true,
                (Some(part), Some(given)) if part.starts_with('{') && !given.is_empty() => {}
                (Some(part), Some(given)) if part == given => {}
                _ => return false,
            }
        }
    }
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-console/src")
}

fn files(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// What stands between this opening parenthesis, which was read already, and its end.
fn within(text: &str) -> &str {
    let mut depth = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    panic!("no end of {text}");
}

/// Every route; a constant is looked up in its own file.
pub(crate) fn routes() -> Vec<Route> {
    let mut texts = Vec::new();
    files(&source(), &mut texts);
    let mut routes = Vec::new();
    for text in &texts {
        for rest in text.split(".route(").skip(1) {
            let (address, handlers) = within(rest).split_once(',').unwrap();
            let address = address.trim();
            let pattern = match address.strip_prefix('"') {
                Some(literal) => literal.trim_end_matches('"').to_owned(),
                None => constant(text, address),
            };
            let both = handlers.contains("form_at(");
            let get = both || handlers.contains("get(");
            let post = both || handlers.contains("post(");
            assert!(get || post, "{pattern} is written in another way: {handlers}");
            routes.push(Route { pattern, get, post });
        }
    }
    routes.sort();
    assert!(routes.len() > 80, "routes are written in another way by now: {routes:?}");
    routes
}

fn constant(text: &str, name: &str) -> String {
    let start = format!("const {name}: &str = \"");
    let (_, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no {name}"));
    rest.split('"').next().unwrap().to_owned()
}

/// What can be done with documents at `/console/KIND/NUMBER/DEED`: each kind with the deed.
pub(crate) fn deeds() -> Vec<(String, String)> {
    let text = fs::read_to_string(source().join("pages/deeds.rs")).unwrap();
    let (_, table) = text.split_once("pub(super) const DEEDS").unwrap();
    let (table, _) = table.split_once("\n];").unwrap();
    let quoted = |part: &str, name: &str| {
        let (_, rest) = part.split_once(&format!("{name}: \""))?;
        Some(rest.split('"').next().unwrap().to_owned())
    };
    let rows = table.split("Deed {").skip(1);
    let row = |part: &str| {
        let kind = quoted(part, "kind").unwrap_or_else(|| "invoices".to_owned());
        Some((kind, quoted(part, " name")?))
    };
    let deeds: Vec<_> = rows.filter_map(row).collect();
    assert!(deeds.len() >= 15, "deeds are written in another way by now: {deeds:?}");
    deeds
}

/// The addresses of a route: its parameters replaced by what the business has of each.
pub(crate) fn addresses(route: &Route, known: &BTreeMap<&str, Vec<String>>) -> Vec<String> {
    if route.pattern == "/console/{kind}/{number}/{deed}" {
        let of = |(kind, deed): (String, String)| {
            let numbers = known.get(kind.as_str()).unwrap_or_else(|| panic!("no {kind}"));
            numbers.iter().map(move |it| format!("/console/{kind}/{it}/{deed}")).collect::<Vec<_>>()
        };
        return deeds().into_iter().flat_map(of).collect();
    }
    let mut made = vec![String::new()];
    for part in route.pattern.split('/').skip(1) {
        let values = match part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(name) => {
                known.get(name).unwrap_or_else(|| panic!("say what {{{name}}} is")).clone()
            }
            None => vec![part.to_owned()],
        };
        let longer = |start: &String| {
            let start = start.clone();
            values.iter().map(move |it| format!("{start}/{it}")).collect::<Vec<_>>()
        };
        made = made.iter().flat_map(longer).collect();
    }
    made
}
