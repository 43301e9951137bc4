//! Who looks at a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

use crate::api::{Api, Caller, Change, Problem};
use crate::form::Fields;
use crate::layout;
use crate::pages::part;
use crate::parts::text;

/// A person who is logged in, and what they asked for.
pub(crate) struct Visit {
    api: Api,
    caller: Caller,
    /// What the API says of them.
    pub(crate) me: Value,
    /// The query of the page.
    pub(crate) query: Fields,
    /// The address of the page, to come back to.
    pub(crate) at: String,
    /// Whether a form was sent to it.
    pub(crate) sent: bool,
}

/// The field with the token of the session.
const CSRF: &str = "csrf";
/// The field with the key of a form.
pub(crate) const KEY: &str = "key";
/// Where people log in.
pub(crate) const LOGIN: &str = "/console/login";
/// Where they must change a password that somebody else gave them.
pub(crate) const PASSWORD: &str = "/console/password";

impl Visit {
    /// Asks a question.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Problem> {
        self.api.get(&self.caller, path).await
    }

    /// Asks for a change that a form wants, done once under the key of the form.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: Value,
        form: &Fields,
    ) -> Result<Value, Problem> {
        self.change(Method::POST, path, body, form).await
    }

    /// The same by another method.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        body: Value,
        form: &Fields,
    ) -> Result<Value, Problem> {
        let (path, csrf, key) = (path.to_owned(), form.get(CSRF), Some(form.get(KEY)));
        let change = Change { method, path, body, csrf, key };
        Ok(self.api.change(&self.caller, change).await?.body)
    }

    /// Asks what a change would do.
    pub(crate) async fn preview(
        &self,
        path: &str,
        body: Value,
        form: &Fields,
    ) -> Result<Value, Problem> {
        let (path, csrf) = (format!("{path}?dry_run=true"), form.get(CSRF));
        let change = Change { method: Method::POST, path, body, csrf, key: None };
        Ok(self.api.change(&self.caller, change).await?.body)
    }

    /// Asks whether a change would be done, before there is a form for it.
    pub(crate) async fn would(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<Value, Problem> {
        let (path, csrf) = (format!("{path}?dry_run=true"), self.csrf());
        let change = Change { method, path, body, csrf, key: None };
        Ok(self.api.change(&self.caller, change).await?.body)
    }

    /// The token of their session.
    fn csrf(&self) -> &str {
        self.me.get("session").map_or("", |session| text(session, "csrf_token"))
    }

    /// Asks for what needs no key, such as logging out.
    pub(crate) async fn tell(
        &self,
        path: &str,
        body: Value,
        form: &Fields,
    ) -> Result<Response, Problem> {
        let (path, csrf) = (path.to_owned(), form.get(CSRF));
        let change = Change { method: Method::POST, path, body, csrf, key: None };
        let answer = self.api.change(&self.caller, change).await?;
        let mut response = StatusCode::OK.into_response();
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            response.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
        Ok(response)
    }

    /// What every form carries: that it is a page of ours, of this session; and the key under which it is done once.
    pub(crate) fn guard(&self, key: &str) -> Markup {
        html! {
            input type="hidden" name=(CSRF) value=(self.csrf());
            @if !key.is_empty() { input type="hidden" name=(KEY) value=(key); }
        }
    }

    /// Whether they may do something.
    pub(crate) fn may(&self, permission: &str) -> bool {
        let permissions = self.me.get("permissions").and_then(Value::as_array);
        permissions.is_some_and(|all| all.iter().any(|one| one == permission))
    }

    /// The address of this page with another value of a part of its query; an empty one takes it away.
    pub(crate) fn here_with(&self, changed: &[(&str, &str)]) -> String {
        let path = self.at.split('?').next().unwrap_or("/console");
        let mut query = form_urlencoded::Serializer::new(String::new());
        let kept = self.query.pairs().filter(|(name, _)| changed.iter().all(|(it, _)| it != name));
        let given = changed.iter().copied().filter(|(_, value)| !value.is_empty());
        query.extend_pairs(kept.chain(given));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// What the API is asked of what the page was asked: those of `names` that are given, each with `&` before it.
    pub(crate) fn asked(&self, names: &[&str]) -> String {
        let given = names.iter().filter_map(|name| Some((name, self.query.given(name)?)));
        given.fold(String::new(), |all, (name, value)| all + &format!("&{name}={}", part(value)))
    }

    /// What narrows a list, as the API is asked for it after a path: parameters of these names, and `currency`, which people
    /// may write in small letters.
    pub(crate) fn narrowed(&self, names: &[&str]) -> String {
        let currency = self.query.given("currency").map(str::to_uppercase);
        let currency = currency.map_or_else(String::new, |it| format!("&currency={}", part(&it)));
        let asked = self.asked(names) + &currency;
        asked.strip_prefix('&').map_or_else(String::new, |asked| format!("?{asked}"))
    }

    /// What is kept for them between two pages, by a name.
    pub(crate) fn kept(&self, name: &str) -> Option<Value> {
        self.api.kept.get(self.name(), name)
    }

    /// Keeps something for them.
    pub(crate) fn keep(&self, name: &str, value: Value) {
        self.api.kept.put(self.name(), name, value);
    }

    /// Whether something is kept for them, and if so, whether it is all there was.
    pub(crate) fn kept_whole(&self, name: &str) -> Option<bool> {
        self.api.kept.whole(self.name(), name)
    }

    /// Keeps rows beside those that are kept, each once by the text it has under `by`; `first` is whether none came before.
    pub(crate) fn keep_rows(&self, name: &str, rows: &[Value], by: &str, first: bool) {
        self.api.kept.add(self.name(), name, rows, by, first);
    }

    /// Lets go of what was kept for them.
    pub(crate) fn forget(&self, name: &str) {
        self.api.kept.forget(self.name(), name);
    }

    /// Their name.
    pub(crate) fn name(&self) -> &str {
        text(&self.me, "name")
    }

    /// A page that says what was answered instead of what was asked for.
    pub(crate) fn sorry(&self, problem: &Problem) -> Response {
        if problem.status == 401 {
            return to_login(&self.at);
        }
        (problem.status(), layout::page(self, layout::title_of(problem), &layout::problem(problem)))
            .into_response()
    }
}

/// Sends somebody to another page.
pub(crate) fn redirect(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/console"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Sends somebody to log in, and back to the page afterwards.
pub(crate) fn to_login(from: &str) -> Response {
    let back: String = form_urlencoded::byte_serialize(from.as_bytes()).collect();
    redirect(&format!("{LOGIN}?next={back}"))
}

/// A page of ours to come back to; nobody is sent elsewhere.
pub(crate) fn own_page(next: &str) -> &str {
    let ours = next == "/console" || next.starts_with("/console/") || next.starts_with("/console?");
    if ours && !next.contains(['\\', '\r', '\n']) { next } else { "/console" }
}

impl FromRequestParts<Api> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Response> {
        let caller = Caller::of(parts);
        let at = here(&parts.uri);
        let me = match api.get(&caller, "/api/v1/me").await {
            Ok(me) => me,
            Err(problem) if problem.status == 401 && parts.method == Method::POST => {
                return Err(redirect(&format!("{LOGIN}?ended=yes&next={}", part(&at))));
            }
            Err(problem) if problem.status == 401 => return Err(to_login(&at)),
            Err(problem) => return Err(layout::alone(&problem)),
        };
        let session = me.get("session").and_then(|session| session.get("must_change_password"));
        let must_change = session == Some(&Value::Bool(true));
        if must_change && parts.uri.path() != PASSWORD && parts.uri.path() != "/console/logout" {
            return Err(redirect(PASSWORD));
        }
        let query = Fields::read(parts.uri.query().unwrap_or("").as_bytes());
        let sent = parts.method == Method::POST;
        Ok(Self { api: api.clone(), caller, me, query, at, sent })
    }
}

fn here(uri: &Uri) -> String {
    uri.path_and_query().map_or("/console", |it| it.as_str()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_the_login() {
        for own in ["/console", "/console/accounts?q=a", "/console?x=1"] {
            assert_eq!(own_page(own), own);
        }
        for other in
            ["https://evil.example", "//evil.example", "/consoles", "/\\evil", "", "/console\\"]
        {
            assert_eq!(own_page(other), "/console", "{other}");
        }
    }
}
