//! Running programs.

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// Nothing, or a sentence about what went wrong.
pub(crate) type Done<T = ()> = Result<T, String>;

/// Tells the person at the terminal.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or_else(|| xtask.clone(), PathBuf::from)
}

/// What `cargo metadata` knows of the workspace.
pub(crate) fn metadata() -> Done<&'static Value> {
    static METADATA: OnceLock<Value> = OnceLock::new();
    if let Some(known) = METADATA.get() {
        return Ok(known);
    }
    let mut command = Command::new(cargo_path());
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root());
    let text = output(&mut command)?;
    let value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(METADATA.get_or_init(|| value))
}

/// Where cargo builds.
pub(crate) fn target() -> Done<PathBuf> {
    let directory = metadata()?.get("target_directory").and_then(Value::as_str);
    directory
        .map(PathBuf::from)
        .ok_or_else(|| "cargo metadata names no target directory".to_owned())
}

/// A directory of our own beside the build.
pub(crate) fn scratch(name: &str) -> Done<PathBuf> {
    let directory = target()?.join("xtask").join(name);
    std::fs::create_dir_all(&directory)
        .map_err(|error| format!("{} cannot be made: {error}", directory.display()))?;
    Ok(directory)
}

fn cargo_path() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Runs cargo at the root of the repository.
pub(crate) fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Done {
    let mut command = Command::new(cargo_path());
    command.args(arguments).envs(environment.iter().copied());
    run(&mut command)
}

/// Says what it runs, runs it at the root of the repository, and fails if that fails.
pub(crate) fn run(command: &mut Command) -> Done {
    let name = shown(command);
    say(format!("$ {name}"));
    let status = command.current_dir(root()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}")),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// Runs quietly and answers what it prints.
pub(crate) fn output(command: &mut Command) -> Done<String> {
    let name = shown(command);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    match output {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => Err(format!("{name}: {}", output.status)),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// Whether a program is there and this use of it succeeds.
pub(crate) fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    if let Some(name) = words.first_mut()
        && let Some((_, last)) = name.rsplit_once('/')
    {
        *name = last.to_owned();
    }
    words.join(" ")
}
