//! What the machine can do: raw fdatasync, and PostgreSQL's own benchmark.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::output::{Done, note, sentence};

/// 4 KiB overwrites made durable one by one, per second.
pub(super) fn fdatasync(directory: &Path) -> Done<u64> {
    let path = directory.join("fdatasync");
    let file: File = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    file.set_len(64 * 4096)?;
    file.sync_all()?;
    let page = [7_u8; 4096];
    let began = Instant::now();
    let mut count = 0_u64;
    while began.elapsed() < Duration::from_secs(1) {
        file.write_all_at(&page, (count % 64) * 4096)?;
        file.sync_data()?;
        count += 1;
    }
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX).max(1);
    Ok(count * 1_000_000 / micros)
}

/// A throw-away PostgreSQL with `pgbench` tables.
pub(super) struct Postgres {
    programs: PathBuf,
    directory: PathBuf,
    unprivileged: bool,
}

/// Rows of pgbench: scale 50 is 5 million accounts.
const SCALE: &str = "50";

impl Postgres {
    /// Starts one where the binaries are found; as root through the user `postgres`.
    pub(super) fn start(directory: &Path) -> Option<Self> {
        let programs = find_programs()?;
        let directory = directory.join("postgres");
        std::fs::create_dir_all(&directory).ok()?;
        let root = Command::new("id").arg("-u").output().ok()?.stdout.starts_with(b"0\n");
        let postgres = Self { programs, directory, unprivileged: root };
        match postgres.prepare() {
            Ok(()) => Some(postgres),
            Err(error) => {
                note(format!("PostgreSQL could not be started: {error}"));
                None
            }
        }
    }

    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        if self.unprivileged {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        }
    }

    fn run(&self, command: &mut Command) -> Done<String> {
        let output = command.stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(sentence(text.lines().last().unwrap_or("it failed").to_owned()))
    }

    fn prepare(&self) -> Done {
        if self.unprivileged {
            let mut owner = Command::new("chown");
            self.run(owner.args(["-R", "postgres"]).arg(&self.directory))?;
            // The directories above must let that user through.
            for above in self.directory.ancestors().skip(1).take(1) {
                let mut mode = Command::new("chmod");
                self.run(mode.arg("a+rx").arg(above))?;
            }
        }
        let data = self.directory.join("data");
        note("starting a throw-away PostgreSQL for the pgbench anchor ...");
        self.run(self.command("initdb").args(["-A", "trust", "-U", "bench", "-D"]).arg(&data))?;
        let options = format!("-c listen_addresses='' -k {}", self.directory.display());
        let log = self.directory.join("log");
        self.run(
            self.command("pg_ctl")
                .args(["-w", "-o", &options, "-D"])
                .arg(&data)
                .arg("-l")
                .arg(&log)
                .arg("start")
                .stdout(Stdio::null()),
        )?;
        self.run(self.pgbench().args(["-i", "-q", "-s", SCALE]))?;
        Ok(())
    }

    fn pgbench(&self) -> Command {
        let mut command = self.command("pgbench");
        command.arg("-h").arg(&self.directory).args(["-U", "bench"]);
        command
    }

    /// Transactions per second of `pgbench -N` with 64 clients.
    pub(super) fn measure(&self, time: Duration) -> Done<u64> {
        let seconds = time.as_secs().max(1).to_string();
        let text = self.run(self.pgbench().args([
            "-N", "-n", "-M", "prepared", "-c", "64", "-j", "2", "-T", &seconds, "postgres",
        ]))?;
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let whole = tps.and_then(|text| text.split(['.', ' ']).next());
        whole.and_then(|text| text.parse().ok()).ok_or_else(|| sentence("pgbench printed no rate"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.directory.join("data");
        let _ =
            self.run(self.command("pg_ctl").args(["-m", "immediate", "-D"]).arg(data).arg("stop"));
    }
}

/// The newest PostgreSQL of Debian's packages, or the one in PATH.
fn find_programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|path| path.join("initdb").exists() && path.join("pgbench").exists())
        .collect();
    found.sort();
    found.pop().or_else(|| {
        std::env::split_paths(&std::env::var_os("PATH")?)
            .find(|path| path.join("initdb").exists() && path.join("pgbench").exists())
    })
}
