//! What the machine can do without us, measured in every round: raw fdatasync, PostgreSQL's own
//! benchmark, and the usual way to write a refund.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::cluster::{Cluster, output};
use crate::output::{Done, note, sentence};

/// Rows of pgbench: scale 50 is 5 million accounts.
const SCALE: &str = "50";
/// Clients of pgbench's own transaction.
const PGBENCH_CLIENTS: &str = "64";
/// Connections of the pool behind which the clients of the usual way wait. All of them are busy all
/// the time, so pgbench needs no more clients than that for the same rate.
const POOL: &str = "32";
/// Tables of the usual way.
const SCHEMA: &str = include_str!("usual/schema.sql");
/// Its request.
const REFUND: &str = include_str!("usual/refund.sql");

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

/// Databases of their own for the anchors that need PostgreSQL.
pub(super) struct Databases {
    pgbench: String,
    usual: String,
    script: PathBuf,
    accounts: u64,
}

impl Databases {
    pub(super) fn prepare(cluster: &mut Cluster, directory: &Path, accounts: u64) -> Done<Self> {
        note("preparing the anchors: pgbench and the usual way ...");
        let pgbench = cluster.make("pgbench")?;
        let mut fill = cluster.program("pgbench");
        output(fill.args(["-i", "-q", "-s", SCALE, &cluster.named(&pgbench)]))?;
        let usual = cluster.make("usual")?;
        let schema = directory.join("usual-schema.sql");
        std::fs::write(&schema, SCHEMA)?;
        cluster.file(&usual, &schema, &[("accounts", accounts.to_string())])?;
        let script = directory.join("usual-refund.sql");
        std::fs::write(&script, REFUND)?;
        Ok(Self { pgbench, usual, script, accounts })
    }

    /// Transactions per second of `pgbench -N` with 64 clients.
    pub(super) fn pgbench(&self, cluster: &Cluster, time: Duration) -> Done<u64> {
        let mut command = cluster.program("pgbench");
        command.args(["-N", "-c", PGBENCH_CLIENTS]);
        rate(command, time, &cluster.named(&self.pgbench))
    }

    /// Requests per second of the usual way with 64 clients over 32 connections.
    pub(super) fn usual(&self, cluster: &Cluster, time: Duration) -> Done<u64> {
        let mut command = cluster.program("pgbench");
        command.arg("-f").arg(&self.script).args(["-c", POOL]);
        command.args(["-D", &format!("accounts={}", self.accounts)]);
        rate(command, time, &cluster.named(&self.usual))
    }
}

fn rate(mut command: std::process::Command, time: Duration, database: &str) -> Done<u64> {
    // Connecting counts into pgbench's time, though not into its rate.
    let seconds = (time.as_secs() + 1).to_string();
    let text = output(command.args(["-n", "-M", "prepared", "-j", "2", "-T", &seconds, database]))?;
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let whole = tps.and_then(|text| text.split(['.', ' ']).next());
    whole
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| sentence("pgbench did nothing in its time; give it more with --seconds"))
}
