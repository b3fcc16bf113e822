//! The key that seals secrets, and nothing that could print them.
//!
//! XChaCha20-Poly1305 with a random nonce. The tenant and the field are associated data, so that a
//! sealed value that is moved to another row does not open. Layout of a sealed value:
//! `version (1) ‖ key id (4) ‖ nonce (24) ‖ ciphertext and tag`.

use std::fmt;

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::domain::{canonical::Hash, ids::TenantId};

const VERSION: u8 = 1;
const HEADER: usize = 5;
const NONCE: usize = 24;

/// Why a secret could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The cipher refused; with our sizes it never does.
    #[error("a secret could not be sealed")]
    Seal,
    /// Another key, tenant or field than it was sealed for, or damaged bytes.
    #[error("a sealed secret does not open with this key")]
    Open,
    /// Key text that is not 32 bytes in base64.
    #[error("the secret key must be 32 bytes in base64, such as `openssl rand -base64 32` prints")]
    Key,
}

/// Which secret of a tenant a sealed value holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The secret of the Graph credential.
    Credential,
    /// The key of the digests of sealed values.
    DigestKey,
    /// A value taken out of a capture.
    CapturedValue,
}

impl Field {
    fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::DigestKey => "digest-key",
            Self::CapturedValue => "captured-value",
        }
    }
}

/// Seals and opens secrets with the server's key.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    key_id: [u8; 4],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

/// A new random key of 32 bytes.
pub fn random_key() -> SecretBox<[u8; 32]> {
    let mut key = SecretBox::new(Box::new([0; 32]));
    rand::rng().fill_bytes(secrecy::ExposeSecretMut::expose_secret_mut(&mut key));
    key
}

impl Vault {
    /// A vault with this key.
    pub fn new(key: &SecretBox<[u8; 32]>) -> Self {
        let [a, b, c, d, ..] =
            Hash::of(&[b"tenantatlas key id", key.expose_secret().as_slice()].concat()).bytes();
        Self {
            cipher: XChaCha20Poly1305::new(key.expose_secret().into()),
            key_id: [a, b, c, d],
        }
    }

    /// A vault with a key written in base64, as in a key file.
    pub fn from_base64(text: &SecretString) -> Result<Self, VaultError> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let bytes = STANDARD
            .decode(text.expose_secret().trim())
            .map_err(|_| VaultError::Key)?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| VaultError::Key)?;
        Ok(Self::new(&SecretBox::new(Box::new(key))))
    }

    /// Tells this key from others; reveals nothing about it. Kept in the database, so that a server
    /// with another key refuses to start.
    pub fn check_value(&self) -> String {
        self.key_id
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Seals a secret of a tenant.
    pub fn seal(
        &self,
        tenant: TenantId,
        field: Field,
        secret: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let aad = associated(tenant, field);
        let payload = Payload {
            msg: secret,
            aad: aad.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| VaultError::Seal)?;
        Ok([&[VERSION], self.key_id.as_slice(), &nonce, &sealed].concat())
    }

    /// Opens what [`Vault::seal`] made for the same tenant and field.
    pub fn open(
        &self,
        tenant: TenantId,
        field: Field,
        sealed: &[u8],
    ) -> Result<SecretBox<Vec<u8>>, VaultError> {
        let (header, rest) = sealed.split_at_checked(HEADER).ok_or(VaultError::Open)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(VaultError::Open)?;
        if header.first() != Some(&VERSION) || header.get(1..) != Some(self.key_id.as_slice()) {
            return Err(VaultError::Open);
        }
        let aad = associated(tenant, field);
        let payload = Payload {
            msg: sealed,
            aad: aad.as_bytes(),
        };
        let opened = self.cipher.decrypt(XNonce::from_slice(nonce), payload);
        opened
            .map(|bytes| SecretBox::new(Box::new(bytes)))
            .map_err(|_| VaultError::Open)
    }
}

fn associated(tenant: TenantId, field: Field) -> String {
    format!("v1|{tenant}|{}", field.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let vault = Vault::new(&random_key());
        let (ours, theirs) = (TenantId::mint(), TenantId::mint());
        let sealed = vault
            .seal(ours, Field::Credential, b"hunter2")
            .expect("sealed");
        let opened = |vault: &Vault, tenant, field| {
            vault
                .open(tenant, field, &sealed)
                .map(|secret| secret.expose_secret().clone())
        };
        assert_eq!(
            opened(&vault, ours, Field::Credential),
            Ok(b"hunter2".to_vec())
        );
        assert_eq!(
            opened(&vault, theirs, Field::Credential),
            Err(VaultError::Open)
        );
        assert_eq!(
            opened(&vault, ours, Field::DigestKey),
            Err(VaultError::Open)
        );
        assert_eq!(
            opened(&Vault::new(&random_key()), ours, Field::Credential),
            Err(VaultError::Open)
        );
        assert_eq!(
            vault.open(ours, Field::Credential, b"short").err(),
            Some(VaultError::Open)
        );
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let vault = Vault::new(&random_key());
        let tenant = TenantId::mint();
        let seal = || {
            vault
                .seal(tenant, Field::CapturedValue, b"same")
                .expect("sealed")
        };
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_key_is_32_bytes_of_base64() {
        let key =
            |text: &str| Vault::from_base64(&text.into()).map(|vault| vault.check_value().len());
        assert_eq!(key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), Ok(8));
        assert_eq!(key("AAAA"), Err(VaultError::Key));
        assert_eq!(key("not base64"), Err(VaultError::Key));
    }
}
