//! Headers that may hold a claims challenge.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tenantatlas::graph::fuzzing::challenge(bytes));
