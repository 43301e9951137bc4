#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| quittance_fuzz::history(data));
