//! What a form carries.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::api::Problem;
use crate::layout;
use crate::{FILE_MAX, FORM_MAX};

/// At most so many parts a form with a file has.
const PARTS_MAX: usize = 64;

/// The fields of a form that was sent, or of a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut fields = Self::default();
        for (name, value) in form_urlencoded::parse(bytes).into_owned() {
            fields.0.entry(name).or_default().push(value);
        }
        fields
    }

    /// A field without the blanks around it; empty if it is not there, and the last if it is there twice.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.exactly(name).trim()
    }

    /// Each value of a field that may be there several times, such as boxes that are ticked.
    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every name with one of its values, as often as it has some.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let each = self.0.iter();
        each.flat_map(|(name, all)| all.iter().map(|value| (name.as_str(), value.as_str())))
    }

    /// A field as it was typed, such as a password.
    pub(crate) fn exactly(&self, name: &str) -> &str {
        self.all(name).last().map_or("", String::as_str)
    }

    /// The same as [`Fields::get`]; none if it is empty.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// A JSON object of those that are given.
    pub(crate) fn body(&self, names: &[&str]) -> Value {
        let given = names.iter().filter_map(|name| Some((*name, self.given(name)?)));
        Value::Object(
            given.map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>(),
        )
    }

    /// The same form with a field of its own beside those it has.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), vec![value.into()]);
        self
    }

    /// The same with several values of one field.
    pub(crate) fn with_all(mut self, name: &str, values: Vec<String>) -> Self {
        self.0.insert(name.to_owned(), values);
        self
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match axum::body::Bytes::from_request(request, state).await {
            Ok(bytes) if bytes.len() <= FORM_MAX => Ok(Self::read(&bytes)),
            _ => Err(layout::alone(&form_too_large())),
        }
    }
}

/// A form that may have a file, whose content is a field like others.
pub(crate) struct WithFile(pub(crate) Fields);

/// Such a form is larger than it may be, or cannot be read.
pub(crate) struct Unreadable(pub(crate) Problem);

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        (self.0.status(), self.0.detail).into_response()
    }
}

impl<S: Send + Sync> FromRequest<S> for WithFile {
    type Rejection = Unreadable;

    async fn from_request(request: Request, state: &S) -> Result<Self, Unreadable> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
        if !kind.starts_with("multipart/") {
            let large = |_| Unreadable(form_too_large());
            return Fields::from_request(request, state).await.map(Self).map_err(large);
        }
        let broken = |status: StatusCode| match status {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => {
                let detail = "the form came in pieces that do not fit; send it again";
                unreadable(400, "body_unreadable", detail.to_owned())
            }
        };
        let parts = Multipart::from_request(request, state).await;
        let mut parts = parts.map_err(|error| broken(error.status()))?;
        let (mut fields, mut length, mut count) = (Fields::default(), 0, 0);
        while let Some(part) = parts.next_field().await.map_err(|it| broken(it.status()))? {
            let name = part.name().unwrap_or("").to_owned();
            let content = part.bytes().await.map_err(|error| broken(error.status()))?;
            (length, count) = (length + content.len(), count + 1);
            if length > FILE_MAX + FORM_MAX || count > PARTS_MAX {
                return Err(too_large());
            }
            let content = String::from_utf8_lossy(&content).into_owned();
            fields.0.entry(name).or_default().push(content);
        }
        Ok(Self(fields))
    }
}

fn form_too_large() -> Problem {
    let detail = format!(
        "The form is larger than {} KiB. Go back: your browser still has what you typed. Write less, or in several steps.",
        FORM_MAX / 1024
    );
    Problem { status: 413, code: "body_too_large".to_owned(), detail, field: None }
}

fn too_large() -> Unreadable {
    let detail = format!("the file is larger than {} MiB; split it", FILE_MAX / 1024 / 1024);
    unreadable(413, "body_too_large", detail)
}

fn unreadable(status: u16, code: &str, detail: String) -> Unreadable {
    Unreadable(Problem { status, code: code.to_owned(), detail, field: None })
}

/// A key for a form that was not sent yet: whoever sends it twice sends the same key twice.
pub(crate) fn fresh_key() -> String {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without a key of its own the form is refused when it is sent, which is safe.
        tracing::error!(%error, "no randomness for the key of a form");
        return String::new();
    }
    bytes.iter().fold("console-".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_is_asked_for() {
        let fields = Fields::read(b"amount=+5.00+&comment=&amount_other=1&comment2=%3Cb%3E");
        assert_eq!(fields.get("amount"), "5.00");
        assert_eq!(fields.given("comment"), None);
        assert_eq!(
            fields.body(&["amount", "comment", "missing"]),
            serde_json::json!({"amount": "5.00"})
        );
        assert_eq!(fields.with("x", "y").get("x"), "y");
    }

    #[test]
    fn no_two_forms_have_one_key() {
        assert_eq!(fresh_key().len(), 40);
        assert_ne!(fresh_key(), fresh_key());
    }
}
