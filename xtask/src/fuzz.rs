//! `cargo xtask fuzz`

use std::process::Command;

use crate::shell::{self, Done, root, say, works};

/// The targets in `fuzz/fuzz_targets`.
const TARGETS: [&str; 4] = ["money", "import", "history", "command"];

/// Runs every target for `seconds`, beginning with the committed seeds.
pub(crate) fn run(seconds: &str) -> Done {
    if seconds.parse::<u32>().is_err() {
        return Err(format!("{seconds:?} is not a number of seconds"));
    }
    if !works("cargo", &["+nightly", "--version"]) {
        return Err(
            "fuzzing needs a nightly toolchain: rustup toolchain install nightly".to_owned()
        );
    }
    if !works("cargo", &["fuzz", "--version"]) {
        return Err("fuzzing needs cargo-fuzz: cargo install cargo-fuzz --locked".to_owned());
    }
    for target in TARGETS {
        let (corpus, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
        let corpus_path = root().join(&corpus);
        std::fs::create_dir_all(&corpus_path)
            .map_err(|error| format!("{}: {error}", corpus_path.display()))?;
        say(format!("fuzzing {target} for {seconds} seconds"));
        let mut command = Command::new("cargo");
        command.args(["+nightly", "fuzz", "run", target, &corpus, &seeds, "--"]);
        command.args([format!("-max_total_time={seconds}"), "-max_len=65536".to_owned()]);
        shell::run(command.env("RUST_BACKTRACE", "1"))?;
    }
    Ok(())
}
