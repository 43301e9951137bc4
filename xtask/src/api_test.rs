//! schemathesis against the served OpenAPI document: no 500, no answer that is not documented.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::setup;
use crate::shell::{self, Done, cargo, output, root, say, scratch, target};

/// Cases per operation and phase.
const EXAMPLES: &str = "60";
/// What every answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";
/// The one operation that can take our own key away; it comes last.
const REVOKE: &str = "/api/v1/api-keys/{name}/revoke";

/// A server that ends with us.
struct Server {
    child: Child,
    url: String,
    key: String,
    database: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves the sample business and lets schemathesis ask it everything. The same each time.
pub(crate) fn run() -> Done {
    let schemathesis = setup::schemathesis()?;
    // Of the whole workspace, as the tests are: other features would build everything anew.
    cargo(&["build", "--workspace", "--bin", "quittance"], &[])?;
    let quittance = target()?.join("debug/quittance");
    let directory = scratch("schemathesis")?;
    let server = start(&quittance, &directory)?;
    say("schemathesis against the served API");
    ask(&schemathesis, &server, &["--exclude-path", REVOKE])?;
    ask(&schemathesis, &server, &["--include-path", REVOKE])?;
    let mut verify = Command::new(&quittance);
    shell::run(verify.args(["verify", "--database", &server.database]))
}

fn ask(schemathesis: &Path, server: &Server, which: &[&str]) -> Done {
    let ours = root().join("tests/schemathesis");
    let mut command = Command::new(schemathesis);
    command
        .arg("--config-file")
        .arg(ours.join("schemathesis.toml"))
        .args(["run", &format!("{}/api/openapi.json", server.url)])
        .args(["--header", &format!("Authorization: Bearer {}", server.key)])
        .args(["--checks", CHECKS, "--max-examples", EXAMPLES, "--generation-deterministic"])
        .args(["--continue-on-failure", "--request-timeout", "20", "--no-color"])
        .args(["--warnings", "off"])
        .args(which)
        .env("PYTHONPATH", &ours)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "hooks");
    shell::run(&mut command)
}

/// The sample business of `quittance demo`, served with a clock that can be moved.
fn start(quittance: &Path, directory: &Path) -> Done<Server> {
    let business = directory.join("business");
    let mut demo = Command::new(quittance);
    demo.args(["demo", "--no-serve", "--seed", "7", "--accounts", "60", "--directory"]);
    let tour = output(demo.arg(&business))?;
    let key = tour.lines().find_map(|line| line.trim().strip_prefix("export KEY="));
    let key = key.ok_or_else(|| "quittance demo shows no key".to_owned())?.to_owned();
    let books: PathBuf = business.join("books.db");
    let database = format!("sqlite:{}", books.display());
    let mut child = Command::new(quittance)
        .args(["serve", "--listen", "127.0.0.1:0", "--test-clock", "--log", "error"])
        .args(["--database", &database])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("quittance serve: {error}"))?;
    let stdout = child.stdout.take().map(BufReader::new);
    let mut server = Server { child, url: String::new(), key, database };
    for line in stdout.into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(|error| error.to_string())?;
        if let Some(url) = line.strip_prefix("listening on ") {
            url.clone_into(&mut server.url);
            return Ok(server);
        }
    }
    Err("quittance serve ended before it listened".to_owned())
}
