use serde_json::Value;

use crate::core::dialect::Dialect;

/// One request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) dialect: Dialect,
    pub(crate) method: String,
    /// The path as sent, for signatures.
    pub(crate) full_path: String,
    /// The path within the dialect, without its prefix.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// A header's first value; the name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The parts of the path.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// The body as text, as far as it is text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Fate {
    /// It is sent.
    #[default]
    Answer,
    /// The connection hangs and is closed without it.
    Hang,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) fate: Fate,
}

impl Reply {
    /// Any body.
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body, fate: Fate::Answer }
    }

    /// A JSON body.
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json", value.to_string().into_bytes())
    }

    /// No answer at all.
    pub(crate) fn hang() -> Self {
        Self { status: 0, headers: Vec::new(), body: Vec::new(), fate: Fate::Hang }
    }

    /// The same with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same, but it never arrives.
    #[must_use]
    pub(crate) fn hung(mut self) -> Self {
        self.fate = Fate::Hang;
        self
    }
}

/// Text at a path of objects: `text(&value, &["order", "id"])`. Numbers are taken as written.
pub(crate) fn text(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, name| value.get(name))?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
