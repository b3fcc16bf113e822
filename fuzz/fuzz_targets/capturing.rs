//! Objects on their way to the store.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tenantatlas::graph::fuzzing::capturing(bytes));
