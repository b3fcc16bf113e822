//! Answers of the token endpoint, and claims of tokens.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tenantatlas::graph::fuzzing::token(bytes));
