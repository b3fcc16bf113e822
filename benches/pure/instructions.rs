//! How many instructions the pure parts take, where time would drown in noise: `cargo bench --bench instructions`.
//!
//! Needs valgrind, and `gungraun-runner` of the version that `Cargo.lock` has of `gungraun`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program for people at a terminal"
)]

mod cases;

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};

#[library_benchmark]
#[bench::of_a_year(cases::nightly())]
fn slots(recurrence: tenantatlas::domain::recurrence::Recurrence) {
    black_box(cases::slots(recurrence));
}

#[library_benchmark]
#[bench::of_300_settings(cases::parts())]
fn canonical(parts: tenantatlas::domain::capture::Parts) {
    black_box(cases::canonical(parts));
}

#[library_benchmark]
#[bench::of_300_settings(cases::parts())]
fn capture(parts: tenantatlas::domain::capture::Parts) {
    black_box(cases::captured(parts));
}

#[library_benchmark]
#[bench::of_300_settings(cases::content())]
fn compression(content: tenantatlas::domain::capture::Content) {
    black_box(cases::packed(content));
}

#[library_benchmark]
#[bench::of_300_settings(cases::two())]
fn difference(
    two: (
        tenantatlas::domain::capture::Parts,
        tenantatlas::domain::capture::Parts,
    ),
) {
    black_box(cases::changed(two));
}

#[library_benchmark]
#[bench::among_365_sets(cases::sets())]
fn retention(sets: Vec<tenantatlas::domain::retention::KeptSet>) {
    black_box(cases::expendable(sets));
}

library_benchmark_group!(
    name = pure;
    benchmarks = slots, canonical, capture, compression, difference, retention
);
main!(library_benchmark_groups = pure);
