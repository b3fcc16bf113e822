//! Certificates of tests, made when they run from keys that are used for nothing else.

use base64::{Engine, engine::general_purpose::STANDARD};

const KEYS: &str = include_str!("../../simulator/tests/data/rsa-keys-for-tests.txt");

/// A certificate with its private key.
pub(crate) struct Identity {
    /// Both, as a file holds them.
    pub(crate) pem: String,
    /// The certificate alone.
    pub(crate) der: Vec<u8>,
}

/// The keys, PKCS #8 in DER.
pub(crate) fn rsa() -> Vec<Vec<u8>> {
    let keys = KEYS.lines().filter(|line| !line.starts_with('#'));
    keys.map(|key| STANDARD.decode(key).unwrap()).collect()
}

/// A certificate for one of the two keys, which ends with this year.
pub(crate) fn identity(number: usize, year: i32) -> Identity {
    let key = rsa().swap_remove(number);
    let key = rcgen::KeyPair::try_from(key).unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.not_after = rcgen::date_time_ymd(year, 12, 31);
    let certificate = parameters.self_signed(&key).unwrap();
    Identity {
        pem: key.serialize_pem() + &certificate.pem(),
        der: certificate.der().to_vec(),
    }
}
