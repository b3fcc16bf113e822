//! A certificate with its private key, read from PEM and checked before anybody relies on it.

use std::fmt;

use chrono::{DateTime, Utc};
use ring::{rand::SystemRandom, signature};
use rustls_pki_types::{
    PrivateKeyDer,
    pem::{PemObject, SectionKind},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use x509_cert::{Certificate as X509, der::Decode};

/// Why a file does not hold a certificate that one can sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// Not PEM, or damaged.
    #[error(
        "it is no PEM file; `openssl pkcs12 -in FILE -nodes -out FILE.pem` makes one of a PFX file"
    )]
    NotPem,
    /// The key is under a password.
    #[error(
        "the private key is encrypted; remove its password with `openssl pkey -in FILE -out FILE.pem`"
    )]
    EncryptedKey,
    /// There is no key.
    #[error("it holds no private key; put the key and the certificate into one file")]
    NoKey,
    /// There is no certificate.
    #[error("it holds no certificate; put the key and the certificate into one file")]
    NoCertificate,
    /// The key is none that Entra accepts.
    #[error("the private key must be an RSA key of 2,048 to 4,096 bits")]
    NotRsa,
    /// A certificate cannot be read.
    #[error("a certificate in it is damaged")]
    DamagedCertificate,
    /// The key is another one's.
    #[error("no certificate in it belongs to the private key")]
    ForeignKey,
}

/// A certificate with its private key.
pub struct Certificate {
    key: signature::RsaKeyPair,
    thumbprint: [u8; 32],
    expires_at: DateTime<Utc>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a private key and its certificate, in any order, other certificates beside them.
    pub fn from_pem(pem: &SecretString) -> Result<Self, CertificateFault> {
        let pem = pem.expose_secret();
        // The two ways in which a key under a password is written.
        if pem.contains("BEGIN ENCRYPTED") || pem.contains(",ENCRYPTED") {
            return Err(CertificateFault::EncryptedKey);
        }
        let (mut key, mut certificates, mut is_empty) = (None, Vec::new(), true);
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes()) {
            let (kind, der) = section.map_err(|_| CertificateFault::NotPem)?;
            is_empty = false;
            if kind == SectionKind::Certificate {
                certificates.push(der);
            } else if let Some(found) = PrivateKeyDer::from_pem(kind, der) {
                key.get_or_insert(found);
            }
        }
        if is_empty {
            return Err(CertificateFault::NotPem);
        }
        if certificates.is_empty() {
            return Err(CertificateFault::NoCertificate);
        }
        let key = rsa_key(&key.ok_or(CertificateFault::NoKey)?)?;
        for der in certificates {
            let certificate =
                X509::from_der(&der).map_err(|_| CertificateFault::DamagedCertificate)?;
            let public = &certificate.tbs_certificate.subject_public_key_info;
            if public.subject_public_key.raw_bytes() == key.public().as_ref() {
                let expires_at =
                    end_of(&certificate).ok_or(CertificateFault::DamagedCertificate)?;
                return Ok(Self {
                    key,
                    thumbprint: Sha256::digest(&der).into(),
                    expires_at,
                });
            }
        }
        Err(CertificateFault::ForeignKey)
    }

    /// SHA-256 of the certificate.
    pub fn thumbprint(&self) -> [u8; 32] {
        self.thumbprint
    }

    /// From when on it is not valid any more.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Signs with RSA-PSS and SHA-256; none if the system has no randomness.
    pub(super) fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&signature::RSA_PSS_SHA256, &random, text, &mut bytes)
            .ok()?;
        Some(bytes)
    }
}

fn rsa_key(key: &PrivateKeyDer<'_>) -> Result<signature::RsaKeyPair, CertificateFault> {
    let key = match key {
        PrivateKeyDer::Pkcs1(der) => signature::RsaKeyPair::from_der(der.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(der) => signature::RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Sec1(_) | _ => return Err(CertificateFault::NotRsa),
    };
    key.map_err(|_| CertificateFault::NotRsa)
}

fn end_of(certificate: &X509) -> Option<DateTime<Utc>> {
    let end = certificate.tbs_certificate.validity.not_after;
    let seconds = end.to_unix_duration().as_secs();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    const KEYS: &str = include_str!("../../simulator/tests/data/rsa-keys-for-tests.txt");

    fn pem(label: &str, der: &[u8]) -> String {
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            STANDARD.encode(der)
        )
    }

    fn key(number: usize) -> Vec<u8> {
        let mut keys = KEYS.lines().filter(|line| !line.starts_with('#'));
        STANDARD.decode(keys.nth(number).unwrap()).unwrap()
    }

    fn key_pem(number: usize) -> String {
        pem("PRIVATE KEY", &key(number))
    }

    fn certificate(key: &rcgen::KeyPair) -> Vec<u8> {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.not_after = rcgen::date_time_ymd(2031, 5, 6);
        parameters.self_signed(key).unwrap().der().to_vec()
    }

    fn certificate_pem(number: usize) -> String {
        pem(
            "CERTIFICATE",
            &certificate(&key(number).try_into().unwrap()),
        )
    }

    fn read(pem: &str) -> Result<Certificate, CertificateFault> {
        Certificate::from_pem(&pem.into())
    }

    #[test]
    fn a_key_and_its_certificate_are_found_in_any_order() {
        let (key, own, other) = (key_pem(0), certificate_pem(0), certificate_pem(1));
        for parts in [
            [&key, &own, &other].map(String::as_str).concat(),
            [&other, &own, &key].map(String::as_str).concat(),
        ] {
            let read = read(&format!("Bag Attributes\n{parts}")).unwrap();
            assert_eq!(read.expires_at().to_rfc3339(), "2031-05-06T00:00:00+00:00");
            assert!(!format!("{read:?}").contains("key"), "{read:?}");
        }
    }

    #[test]
    fn each_fault_is_told() {
        let elliptic = rcgen::KeyPair::generate().unwrap();
        let elliptic = elliptic.serialize_pem() + &pem("CERTIFICATE", &certificate(&elliptic));
        let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        for (text, fault) in [
            (String::new(), CertificateFault::NotPem),
            ("0\u{82}\u{1}".to_owned(), CertificateFault::NotPem),
            (key_pem(0), CertificateFault::NoCertificate),
            (certificate_pem(0), CertificateFault::NoKey),
            (
                pem("ENCRYPTED PRIVATE KEY", b"x") + &certificate_pem(0),
                CertificateFault::EncryptedKey,
            ),
            (
                legacy.to_owned() + &certificate_pem(0),
                CertificateFault::EncryptedKey,
            ),
            (
                key_pem(1) + &certificate_pem(0),
                CertificateFault::ForeignKey,
            ),
            (elliptic, CertificateFault::NotRsa),
            (
                key_pem(0) + &pem("CERTIFICATE", b"damaged"),
                CertificateFault::DamagedCertificate,
            ),
        ] {
            assert_eq!(read(&text).err(), Some(fault), "{text}");
        }
    }
}
