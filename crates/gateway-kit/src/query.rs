//! Texts in URLs and forms.

use std::fmt::Write;

/// `text` with everything but unreserved characters as `%XX` (RFC 3986).
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `a=b&c=d`, with names and values escaped. Also a form body.
pub fn pairs(pairs: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!("{}={}", escaped(name), escaped(value));
    pairs.iter().map(one).collect::<Vec<_>>().join("&")
}

/// Whether `id` may stand in a path: gateways' ids do, anything else is not asked for.
pub fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=255).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_urls_is_escaped() {
        assert_eq!(pairs(&[("a[b]", "x y&z"), ("c", "ü%")]), "a%5Bb%5D=x%20y%26z&c=%C3%BC%25");
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_a_path() {
        assert!(is_id("re_1Pgc-X"));
        for id in ["", "../x", "a/b", "a?b", "a b", "ä"] {
            assert!(!is_id(id), "{id}");
        }
    }
}
