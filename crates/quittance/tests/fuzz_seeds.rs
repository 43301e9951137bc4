//! What the fuzz targets do, over their committed seeds and small changes of them, so that the targets
//! cannot rot. `cargo xtask fuzz` looks further.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

#[path = "../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a crate of its own there")]
mod targets;

use std::fs;
use std::path::Path;

/// The seeds of a target, by name.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has no seeds");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A seed, cut at every place, and with every bit of some bytes turned.
fn changed(seed: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![seed.to_vec()];
    all.extend((0..seed.len()).map(|end| seed[..end].to_vec()));
    for at in (0..seed.len()).step_by(1 + seed.len() / 40) {
        for bit in 0..8 {
            let mut turned = seed.to_vec();
            turned[at] ^= 1 << bit;
            all.push(turned);
        }
    }
    all
}

#[test]
fn money() {
    seeds("money").iter().flat_map(|seed| changed(seed)).for_each(|data| targets::money(&data));
}

#[test]
fn import() {
    seeds("import").iter().flat_map(|seed| changed(seed)).for_each(|data| targets::import(&data));
}

#[test]
fn history() {
    seeds("history").iter().flat_map(|seed| changed(seed)).for_each(|data| targets::history(&data));
}

#[test]
fn command() {
    for seed in seeds("command") {
        targets::command(&seed);
    }
    // Changed ones only as previews: most others would write the same again.
    for seed in seeds("command") {
        let text = String::from_utf8_lossy(&seed).replacen(" seed", "?dry_run=true seed", 1);
        changed(text.as_bytes()).iter().step_by(5).for_each(|data| targets::command(data));
    }
    targets::verify();
}
