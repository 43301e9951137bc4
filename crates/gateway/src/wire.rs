/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// GET.
    Get,
    /// POST.
    Post,
}

/// One request to a gateway. Secrets are in headers or body; so it has no `Debug`, and a log shows
/// [`HttpRequest::line`] only.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: HttpMethod,
    /// Path and query, beginning with `/`; the address of the gateway goes before it.
    pub path: String,
    /// Headers, without `Host` and `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body; empty for a GET.
    pub body: String,
}

impl HttpRequest {
    /// Method and path without the query, for logs.
    pub fn line(&self) -> String {
        let method = match self.method {
            HttpMethod::Get => "GET",
            HttpMethod::Post => "POST",
        };
        let path = self.path.split_once('?').map_or(self.path.as_str(), |(path, _)| path);
        format!("{method} {path}")
    }
}

/// What a gateway answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; cut off at the limit of the wrapper.
    pub body: String,
}

impl HttpReply {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Seconds to wait, if the gateway said so in whole seconds.
    pub fn retry_after(&self) -> Option<u32> {
        self.header("retry-after")?.trim().parse().ok()
    }
}

/// How far a request got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// The gateway answered.
    Reply(HttpReply),
    /// No byte left: the address was refused, could not be found, or the circuit is open.
    NotSent(String),
    /// Something left and no whole answer came back: time-out, connection reset, cut-off body.
    NoAnswer(String),
}

/// A request and how far it got.
#[derive(Clone)]
pub struct Exchange {
    /// The request.
    pub request: HttpRequest,
    /// What came of it.
    pub carried: Carried,
}
