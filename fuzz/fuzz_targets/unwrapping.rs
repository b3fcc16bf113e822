//! Messages inside of messages.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tenantatlas::graph::fuzzing::unwrapping(bytes));
