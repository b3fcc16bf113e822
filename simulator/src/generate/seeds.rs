//! Identifiers and random streams, both functions of a name, so that each object can be made alone.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The identifier that belongs to a name.
pub(crate) fn id(name: &[&str]) -> Uuid {
    let digest = digest(name);
    let (bytes, _) = digest.split_at(16);
    Builder::from_random_bytes(bytes.try_into().unwrap_or_default()).into_uuid()
}

/// The random stream that belongs to a name.
pub(crate) fn stream(name: &[&str]) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(digest(name))
}

fn digest(name: &[&str]) -> [u8; 32] {
    Sha256::digest(name.join("\u{1f}")).into()
}
