//! The console as a browser without scripts sees it.

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

use super::people::PASSWORD;
use super::{Api, Server};

/// A browser of one person.
pub(crate) struct Tab {
    pub(crate) agent: ureq::Agent,
    pub(crate) url: String,
    pub(crate) cookie: String,
}

/// What it shows.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    /// The same page, if it has this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The same page, if this stands in it.
    #[track_caller]
    pub(crate) fn says(self, what: &str) -> Self {
        assert!(self.holds(what), "{what} is not in {}", self.text);
        self
    }

    /// The same page, if it does not.
    #[track_caller]
    pub(crate) fn says_not(self, what: &str) -> Self {
        assert!(!self.holds(what), "{what} is in {}", self.text);
        self
    }

    /// Whether this stands in it: as it is written, or as one copies it, without what sets thousands apart.
    fn holds(&self, what: &str) -> bool {
        let mut parts = self.text.split("<span class=\"thousands\">");
        let first = parts.next().unwrap_or("").to_owned();
        let copied = parts.fold(first, |all, part| all + &part.replacen("</span>", "", 1));
        self.text.contains(what) || copied.contains(what)
    }

    /// Where it leads.
    #[track_caller]
    pub(crate) fn goes_to(&self) -> String {
        assert_eq!(self.status, 303, "{}", self.text);
        self.headers["location"].to_str().unwrap().to_owned()
    }

    /// The value of a field of the last form that has it.
    #[track_caller]
    pub(crate) fn value(&self, name: &str) -> String {
        let field = format!("name=\"{name}\"");
        let inputs = self.text.split("<input").skip(1);
        let input = inputs.filter(|input| input.contains(&field)).last();
        let input = input.unwrap_or_else(|| panic!("no field {name} in {}", self.text));
        let value = input.split("value=\"").nth(1).unwrap_or("");
        value.split('"').next().unwrap().to_owned()
    }
}

impl Tab {
    /// A browser in which nobody is logged in.
    pub(crate) fn new(server: &Server) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        // A server that answers before it has read a form hangs up, so each request has a line of its own.
        let config = config.max_redirects_will_error(false).max_idle_connections(0);
        Self { agent: config.build().into(), url: server.url.clone(), cookie: String::new() }
    }

    /// Sends any request.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Page {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = request.header("cookie", &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = sent.unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        Page { status: answer.status().as_u16(), headers: answer.headers().clone(), text }
    }

    /// Asks for a page.
    pub(crate) fn open(&self, path: &str) -> Page {
        self.send("GET", path, &[], None)
    }

    /// Sends a form with headers as they are given.
    pub(crate) fn submit_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Page {
        let form = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        let form: Vec<String> = form.collect();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[&[kind], headers].concat(), Some(form.join("&")))
    }

    /// Sends a form as a browser does on a page of ours.
    pub(crate) fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.submit_with(path, &[("sec-fetch-site", "same-origin")], fields)
    }

    /// Fills in the form of a page and sends it to the page itself.
    #[track_caller]
    pub(crate) fn fill(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let form = self.open(path).is(200);
        let (csrf, key) = (form.value("csrf"), form.value("key"));
        let guard = [("csrf", csrf.as_str()), ("key", key.as_str())];
        self.submit(path, &[&guard, fields].concat())
    }

    /// Logs in by the form, and keeps the cookie.
    pub(crate) fn log_in(&mut self, user: &str, password: &str, next: &str) -> Page {
        let fields = [("user", user), ("password", password), ("next", next)];
        let page = self.submit("/console/login", &fields);
        if let Some(cookie) = page.headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            cookie.clone_into(&mut self.cookie);
        }
        page
    }
}

/// A text as a form or an address carries it.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Somebody who is logged in.
pub(crate) fn person(server: &Server, name: &str, roles: &[&str]) -> Tab {
    server.person(name, roles);
    let mut tab = Tab::new(server);
    assert_eq!(tab.log_in(name, PASSWORD, "").goes_to(), "/console");
    tab
}

/// The server, its API with the administrator's key, and an administrator's browser.
pub(crate) fn scene() -> (Server, Api, Tab) {
    let server = Server::on("2026-03-02");
    let (api, tab) = (server.api(), person(&server, "ada", &["Administrator"]));
    (server, api, tab)
}

/// The one of a list that has this member.
#[track_caller]
pub(crate) fn one(api: &Api, path: &str, member: &str, name: &str, value: &str) -> Value {
    let page = api.show(path);
    let found = page[member].as_array().unwrap().iter().find(|it| it[name] == value);
    found.unwrap_or_else(|| panic!("no {value} in {page}")).clone()
}

/// What stands in the n-th frame for secrets.
#[track_caller]
pub(crate) fn secret(page: &Page, place: usize) -> String {
    let found = page.text.split("class=\"secret\">").nth(place + 1).unwrap();
    found.split('<').next().unwrap().to_owned()
}
