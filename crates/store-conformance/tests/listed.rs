//! Every case is in one of the lists that make tests of them.

use std::fs;
use std::path::Path;

#[test]
fn every_case_is_in_a_list() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lists = fs::read_to_string(source.join("lib.rs")).unwrap();
    let mut found = 0;
    for file in fs::read_dir(source.join("cases")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let cases = text.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split_once('<'));
        for (case, _) in cases.filter(|(_, rest)| rest.ends_with("() {")) {
            let listed = lists.lines().filter(|line| line.trim() == case).count();
            assert_eq!(listed, 1, "{case} is listed {listed} times");
            found += 1;
        }
    }
    assert!(found > 60, "only {found} cases were found");
}
