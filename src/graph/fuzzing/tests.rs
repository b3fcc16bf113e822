//! The checks with a bounded number of inputs: the seeds of `fuzz/`, bent in ways that come from one
//! number. `TENANTATLAS_FUZZ_SEED` chooses another number, to try others or to see a failure again.

use std::{fs, path::PathBuf};

use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use super::*;

/// Inputs for each check.
const CASES: usize = 3_000;
/// Most ways in which one input is bent.
const MOST_BENDS: usize = 6;

/// Bytes that parsers of JSON, numbers, dates and pages look at.
const TELLING: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\xFF",
    b"\xEF\xBB\xBF",
    b"null",
    b"-0",
    b"1e400",
    b"123456789012345678901234567890",
    b"0.1000000000000000055511151231257827",
    b"18446744073709551616",
    b"<html>",
    b"\"error\":{},",
    b"\"@odata.nextLink\":\"https://evil.example\",",
    b"\"@tenantatlas.lossyNumber\":\"/a\",",
    b"\"\":",
    b"\xF0\x9F\x98\x80",
];

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fuzz", name].iter().collect()
}

fn seeds(check: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder("seeds").join(check))
        .expect("every check has a folder of seeds")
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn bent(seeds: &[Vec<u8>], random: &mut SmallRng) -> Vec<u8> {
    let mut bytes = seeds.choose(random).cloned().unwrap_or_default();
    for _ in 0..random.random_range(0..=MOST_BENDS) {
        bend(&mut bytes, seeds, random);
    }
    bytes
}

fn bend(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut SmallRng) {
    let from = random.random_range(0..=bytes.len());
    let to = random.random_range(from..=bytes.len().min(from + 40));
    match random.random_range(0..8) {
        0 => bytes.truncate(from),
        1 => drop(bytes.drain(from..to)),
        2 => bytes.insert(from, random.random()),
        3 => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte ^= 1 << random.random_range(0..8);
            }
        }
        4 => {
            let again = bytes[from..to].to_vec();
            bytes.splice(to..to, again);
        }
        5 => {
            let other = seeds.choose(random).unwrap();
            let end = random.random_range(0..=other.len());
            bytes.splice(from..to, other[..end].iter().copied());
        }
        _ => {
            let telling = TELLING.choose(random).unwrap();
            bytes.splice(from..to, telling.iter().copied());
        }
    }
    bytes.truncate(64 * 1024);
}

/// Says which input a check did not survive.
struct Witness<'a>(&'a str, u64, &'a [u8]);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(check, seed, bytes) = self;
            eprintln!(
                "{check}, TENANTATLAS_FUZZ_SEED={seed}: {}",
                bytes.escape_ascii()
            );
        }
    }
}

#[test]
fn every_check_survives_bent_and_random_bytes() {
    let chosen = std::env::var("TENANTATLAS_FUZZ_SEED").ok();
    let seed: u64 = chosen.map_or(20_260_928, |text| text.parse().expect("a whole number"));
    eprintln!("TENANTATLAS_FUZZ_SEED={seed}");
    for (name, check) in CHECKS {
        let seeds = seeds(name);
        let mut random = SmallRng::seed_from_u64(seed);
        let mut inputs: Vec<Vec<u8>> = seeds.clone();
        inputs.extend((0..CASES).map(|_| bent(&seeds, &mut random)));
        inputs.extend((0..CASES / 10).map(|_| {
            let length = random.random_range(0..300);
            (0..length).map(|_| random.random()).collect()
        }));
        for bytes in &inputs {
            let _witness = Witness(name, seed, bytes);
            check(bytes);
        }
    }
}

#[test]
fn every_check_has_its_program_and_its_seeds() {
    let manifest: toml::Table = fs::read_to_string(folder("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let programs: Vec<&str> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin["name"].as_str().unwrap())
        .collect();
    let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    assert_eq!(programs, names);
    for name in names {
        let program = folder("fuzz_targets").join(format!("{name}.rs"));
        let text = fs::read_to_string(program).unwrap();
        assert!(text.contains(&format!("fuzzing::{name}(")), "{name}");
        assert!(!seeds(name).is_empty(), "{name}");
    }
}
