//! People who log in: what a browser keeps of a session, and sends.

use serde_json::{Value, json};

use super::{Answer, Api, Server};

/// The password that people of tests choose.
pub(crate) const PASSWORD: &str = "a long walk by the sea";
/// The password they are given first.
pub(crate) const FIRST: &str = "given by somebody else";

/// A browser with the cookie of a session.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) api: Api,
    /// `NAME=TOKEN`.
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl Browser {
    /// Takes over what a login answered.
    #[track_caller]
    pub(crate) fn of(api: Api, login: &Answer) -> Self {
        let body = login.status(200);
        let cookie = login.header("set-cookie").unwrap().split(';').next().unwrap();
        let csrf = body["csrf_token"].as_str().unwrap().to_owned();
        Self { api, cookie: cookie.to_owned(), csrf }
    }

    /// The token of the session.
    pub(crate) fn token(&self) -> &str {
        self.cookie.split_once('=').unwrap().1
    }

    /// Sends with the cookie and these headers only.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut all = vec![("cookie", self.cookie.as_str()), ("content-type", "application/json")];
        let key = super::api::fresh_key();
        all.push(("idempotency-key", &key));
        all.extend(headers);
        let body = (method != "GET").then(|| body.to_string());
        self.api.send(method, path, &all, body)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &Value::Null)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("x-csrf-token", &self.csrf)], body)
    }
}

impl Server {
    /// Makes a user who has to change the password `FIRST`.
    #[track_caller]
    pub(crate) fn make_user(&self, name: &str, roles: &[&str]) -> Value {
        let body = json!({"name": name, "roles": roles, "password": FIRST});
        self.api().post("/api/v1/users", &body).status(201)
    }

    /// Tries to log in.
    pub(crate) fn log_in(&self, name: &str, password: &str, code: Option<&str>) -> Answer {
        let body = json!({"user": name, "password": password, "code": code});
        self.anonymous().command("POST", "/api/v1/login", None, &body)
    }

    /// Logs in.
    #[track_caller]
    pub(crate) fn browser(&self, name: &str, password: &str) -> Browser {
        Browser::of(self.anonymous(), &self.log_in(name, password, None))
    }

    /// Makes a user whose password is `PASSWORD`, logged in.
    #[track_caller]
    pub(crate) fn person(&self, name: &str, roles: &[&str]) -> Browser {
        self.make_user(name, roles);
        let browser = self.browser(name, FIRST);
        let body = json!({"current": FIRST, "new": PASSWORD});
        browser.post("/api/v1/password", &body).status(200);
        browser
    }

    /// How many passwords were verified so far.
    pub(crate) fn passwords_verified(&self) -> u64 {
        let text = self.anonymous().get("/metrics").text;
        let line =
            text.lines().find_map(|it| it.strip_prefix("quittance_passwords_verified_total "));
        line.unwrap().parse().unwrap()
    }
}
