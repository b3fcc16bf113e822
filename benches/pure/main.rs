//! How long the pure parts take: `cargo bench --bench pure`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program for people at a terminal"
)]

mod cases;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// Measures a case, without the time that it takes to make and to drop what it works on.
fn measure<I, O>(criterion: &mut Criterion, name: &str, make: fn() -> I, work: fn(I) -> O) {
    criterion.bench_function(name, |bencher| {
        bencher.iter_batched(make, work, BatchSize::SmallInput);
    });
}

fn all(criterion: &mut Criterion) {
    measure(
        criterion,
        "400 slots across changes of the clocks",
        cases::nightly,
        cases::slots,
    );
    measure(
        criterion,
        "canonical form of 300 settings",
        cases::parts,
        cases::canonical,
    );
    measure(
        criterion,
        "capture of 300 settings",
        cases::parts,
        cases::captured,
    );
    measure(
        criterion,
        "compression of 300 settings",
        cases::content,
        cases::packed,
    );
    measure(
        criterion,
        "difference of 300 settings",
        cases::two,
        cases::changed,
    );
    measure(
        criterion,
        "retention among 365 sets",
        cases::sets,
        cases::expendable,
    );
}

criterion_group!(pure, all);
criterion_main!(pure);
