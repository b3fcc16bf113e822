//! Bodies of refused sign-ins.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tenantatlas::graph::fuzzing::sign_in_refusal(bytes));
