//! Forms with a file (`multipart/form-data`, RFC 7578), as browsers send them: whole in memory, because they are small.

/// At most so many parts a form has.
const PARTS_MAX: usize = 64;

/// What parts its parts, if it is such a form.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let (_, value) = rest
        .split(';')
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(value);
    (1..=70).contains(&value.len()).then_some(value)
}

/// Name and content of each part; none if it is no such form.
pub(crate) fn read<'a>(bytes: &'a [u8], boundary: &str) -> Option<Vec<(String, &'a [u8])>> {
    let between = format!("\r\n--{boundary}").into_bytes();
    let mut rest = bytes.strip_prefix(between.get(2..)?)?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let (head, content) = split(rest.strip_prefix(b"\r\n")?, b"\r\n\r\n")?;
        let (content, following) = split(content, &between)?;
        parts.push((name(head)?, content));
        rest = following;
        if parts.len() > PARTS_MAX {
            return None;
        }
    }
    Some(parts)
}

/// What stands before and after the first of `what`.
fn split<'a>(bytes: &'a [u8], what: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(what.len()).position(|window| window == what)?;
    Some((bytes.get(..at)?, bytes.get(at + what.len()..)?))
}

/// The name of a part; browsers write a quotation mark in it as `%22`.
fn name(head: &[u8]) -> Option<String> {
    const SAYS: &str = "content-disposition:";
    let head = String::from_utf8_lossy(head);
    let line = head.split("\r\n").find(|line| {
        line.get(..SAYS.len()).is_some_and(|start| start.eq_ignore_ascii_case(SAYS))
    })?;
    let (_, rest) = line.split_once("; name=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &[u8] = b"--x1\r\nContent-Disposition: form-data; name=\"gateway\"\r\n\r\ncards\r\n--x1\r\n\
        content-disposition: form-data; name=\"upload\"; filename=\"a; name=\"\r\nContent-Type: text/csv\r\n\r\n\
        a,b\r\n1,--x\r\n\r\n--x1\r\nContent-Disposition: form-data; name=\"none\"\r\n\r\n\r\n--x1--\r\n";

    #[test]
    fn the_boundary_is_named_by_the_content_type() {
        for (kind, expected) in [
            ("multipart/form-data; boundary=x1", Some("x1")),
            ("Multipart/Form-Data; charset=utf-8; Boundary=\"x 1\"", Some("x 1")),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=x1", None),
            ("application/x-www-form-urlencoded", None),
        ] {
            assert_eq!(boundary(kind), expected, "{kind}");
        }
        assert_eq!(boundary(&format!("multipart/form-data; boundary={}", "x".repeat(71))), None);
    }

    #[test]
    fn each_part_is_read_as_it_is() {
        let parts = read(FORM, "x1").unwrap();
        let expected: [(&str, &[u8]); 3] =
            [("gateway", b"cards"), ("upload", b"a,b\r\n1,--x\r\n"), ("none", b"")];
        let found: Vec<(&str, &[u8])> =
            parts.iter().map(|(name, it)| (name.as_str(), *it)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_form_that_is_cut_anywhere_is_none_and_harms_nobody() {
        let end = FORM.len() - 4;
        for length in 0..end {
            assert!(read(&FORM[..length], "x1").is_none(), "{length}");
        }
        assert!(read(&FORM[..=end + 1], "x1").is_some());
        assert!(read(FORM, "x2").is_none());
        let many =
            "--x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(65) + "--x1--";
        assert!(read(many.as_bytes(), "x1").is_none());
    }
}
