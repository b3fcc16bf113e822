//! Single objects.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tenantatlas::graph::fuzzing::object(bytes));
