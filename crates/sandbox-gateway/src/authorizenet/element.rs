use std::fmt::Write;

use serde_json::Value;

/// An answer whose order counts, to be written as XML or as JSON.
#[derive(Clone, Debug)]
pub(super) enum Out {
    /// Text.
    Word(String),
    /// A number or truth value, written bare in JSON.
    Bare(String),
    /// Named parts.
    Fields(Vec<(&'static str, Out)>),
    /// The same element again and again; in JSON an array under its name.
    Repeat(Vec<Out>),
    /// Elements within one; in JSON an array without the inner name.
    List(&'static str, Vec<Out>),
}

pub(super) fn word(text: impl Into<String>) -> Out {
    Out::Word(text.into())
}

pub(super) fn bare(value: impl ToString) -> Out {
    Out::Bare(value.to_string())
}

pub(super) fn fields<const N: usize>(parts: [(&'static str, Out); N]) -> Out {
    Out::Fields(parts.into())
}

pub(super) fn repeat(parts: impl IntoIterator<Item = Out>) -> Out {
    Out::Repeat(parts.into_iter().collect())
}

impl Out {
    /// A document with the root `name` in `namespace`.
    pub(super) fn to_xml(&self, name: &str, namespace: &str) -> String {
        let mut text =
            format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><{name} xmlns=\"{namespace}\">");
        self.inner_xml(&mut text);
        let _ = write!(text, "</{name}>");
        text
    }

    fn inner_xml(&self, text: &mut String) {
        match self {
            Self::Word(word) | Self::Bare(word) => escape(word, text),
            Self::Fields(parts) => parts.iter().for_each(|(name, part)| part.element(name, text)),
            Self::List(inner, parts) => parts.iter().for_each(|part| part.element(inner, text)),
            Self::Repeat(_) => {}
        }
    }

    fn element(&self, name: &str, text: &mut String) {
        if let Self::Repeat(parts) = self {
            parts.iter().for_each(|part| part.element(name, text));
            return;
        }
        let _ = write!(text, "<{name}>");
        self.inner_xml(text);
        let _ = write!(text, "</{name}>");
    }

    /// JSON with the fields in their order.
    pub(super) fn to_json(&self) -> String {
        match self {
            Self::Word(word) => Value::String(word.clone()).to_string(),
            Self::Bare(value) => value.clone(),
            Self::Fields(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|(name, part)| format!("\"{name}\":{}", part.to_json()))
                    .collect();
                format!("{{{}}}", parts.join(","))
            }
            Self::Repeat(parts) | Self::List(_, parts) => {
                let parts: Vec<String> = parts.iter().map(Self::to_json).collect();
                format!("[{}]", parts.join(","))
            }
        }
    }
}

fn escape(word: &str, text: &mut String) {
    for character in word.chars() {
        match character {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '"' => text.push_str("&quot;"),
            other => text.push(other),
        }
    }
}
