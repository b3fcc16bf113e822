//! The keys that seal secrets, and nothing that could print them.
//!
//! One key seals, all of a ring open: so one can take another's place while both are in use.
//!
//! XChaCha20-Poly1305 with a random nonce. The tenant and the field are associated data, so that a
//! sealed value that is moved to another row does not open. Layout of a sealed value:
//! `version (1) ‖ key id (4) ‖ nonce (24) ‖ ciphertext and tag`.

use std::{fmt, str::FromStr, sync::Arc};

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
    /// Another tenant or field than it was sealed for, or damaged bytes.
    #[error("a sealed secret does not open with this key")]
    Open,
    /// It says of itself that it is sealed with a key that is not at hand.
    #[error(
        "a secret is sealed with the key {0}, which was not in the key file when it was read: was \
         the key replaced in the meantime?"
    )]
    UnknownKey(KeyId),
    /// Key text that is not 32 bytes in base64.
    #[error("the secret key must be 32 bytes in base64, such as `openssl rand -base64 32` prints")]
    Key,
    /// A ring that has one key twice.
    #[error("a secret key is named twice")]
    Twice,
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

/// Tells a key from others, and reveals nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId([u8; 4]);

impl KeyId {
    fn of(key: &SecretBox<[u8; 32]>) -> Self {
        let [a, b, c, d, ..] =
            Hash::of(&[b"tenantatlas key id", key.expose_secret().as_slice()].concat()).bytes();
        Self([a, b, c, d])
    }

    /// The key that a value was sealed with, whether or not that is at hand; none when it is no
    /// sealed value.
    pub fn of_sealed(sealed: &[u8]) -> Option<Self> {
        let (version, rest) = sealed.split_first()?;
        let id = rest.first_chunk().filter(|_| *version == VERSION)?;
        Some(Self(*id))
    }

    /// What every value begins with that was sealed with this key.
    pub fn header(self) -> Vec<u8> {
        [&[VERSION], self.0.as_slice()].concat()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that names no key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the identifier of a key")]
pub struct NotAKeyId;

impl FromStr for KeyId {
    type Err = NotAKeyId;

    fn from_str(text: &str) -> Result<Self, NotAKeyId> {
        let number = u32::from_str_radix(text, 16).map_err(|_| NotAKeyId)?;
        let id = Self(number.to_be_bytes());
        (id.to_string() == text).then_some(id).ok_or(NotAKeyId)
    }
}

#[derive(Clone)]
struct Key {
    cipher: XChaCha20Poly1305,
    id: KeyId,
}

impl Key {
    fn of(key: &SecretBox<[u8; 32]>) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(key.expose_secret().into()),
            id: KeyId::of(key),
        }
    }
}

/// Seals secrets with a key, and opens what it or another of its ring has sealed.
#[derive(Clone)]
pub struct Vault {
    sealing: Key,
    others: Arc<[Key]>,
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
    /// A vault with one key.
    pub fn new(key: &SecretBox<[u8; 32]>) -> Self {
        Self {
            sealing: Key::of(key),
            others: Arc::default(),
        }
    }

    /// A vault with keys written in base64, one to a line, as in a key file. The first one seals.
    ///
    /// # Errors
    ///
    /// [`VaultError::Key`] for text that is none, [`VaultError::Twice`].
    pub fn from_base64(text: &SecretString) -> Result<Self, VaultError> {
        let lines = text.expose_secret().lines().map(str::trim);
        let mut keys = lines.filter(|line| !line.is_empty()).map(read_key);
        let sealing = keys.next().ok_or(VaultError::Key)??;
        let others: Vec<Key> = keys.collect::<Result<_, _>>()?;
        let vault = Self {
            sealing,
            others: others.into(),
        };
        let ids: Vec<KeyId> = vault.keys().collect();
        let is_again = |(at, id): (usize, &KeyId)| ids.iter().take(at).any(|before| before == id);
        if ids.iter().enumerate().any(is_again) {
            return Err(VaultError::Twice);
        }
        Ok(vault)
    }

    /// The key that seals. Kept in the database, so that a server without it refuses to start.
    pub fn sealing_key(&self) -> KeyId {
        self.sealing.id
    }

    /// Every key, the one that seals first.
    pub fn keys(&self) -> impl Iterator<Item = KeyId> {
        self.all().map(|key| key.id)
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.sealing).chain(self.others.iter())
    }

    /// The same value sealed with the key that seals now; none where it is already.
    ///
    /// # Errors
    ///
    /// [`VaultError::UnknownKey`] and [`VaultError::Open`] for what no key of the ring opens.
    pub fn sealed_anew(
        &self,
        tenant: TenantId,
        field: Field,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, VaultError> {
        if KeyId::of_sealed(sealed) == Some(self.sealing.id) {
            return Ok(None);
        }
        let opened = self.open(tenant, field, sealed)?;
        self.seal(tenant, field, opened.expose_secret()).map(Some)
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
        let Key { cipher, id } = &self.sealing;
        let sealed = cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| VaultError::Seal)?;
        Ok([id.header().as_slice(), &nonce, &sealed].concat())
    }

    /// Opens what [`Vault::seal`] made for the same tenant and field.
    ///
    /// # Errors
    ///
    /// [`VaultError::UnknownKey`] where it may be sound, [`VaultError::Open`] where it is not.
    pub fn open(
        &self,
        tenant: TenantId,
        field: Field,
        sealed: &[u8],
    ) -> Result<SecretBox<Vec<u8>>, VaultError> {
        let (header, rest) = sealed.split_at_checked(HEADER).ok_or(VaultError::Open)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(VaultError::Open)?;
        let id = KeyId::of_sealed(header).ok_or(VaultError::Open)?;
        let key = self.all().find(|key| key.id == id);
        let Key { cipher, .. } = key.ok_or(VaultError::UnknownKey(id))?;
        let aad = associated(tenant, field);
        let payload = Payload {
            msg: sealed,
            aad: aad.as_bytes(),
        };
        let opened = cipher.decrypt(XNonce::from_slice(nonce), payload);
        opened
            .map(|bytes| SecretBox::new(Box::new(bytes)))
            .map_err(|_| VaultError::Open)
    }
}

fn read_key(text: &str) -> Result<Key, VaultError> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let bytes = STANDARD.decode(text).map_err(|_| VaultError::Key)?;
    let key: [u8; 32] = bytes.try_into().map_err(|_| VaultError::Key)?;
    Ok(Key::of(&SecretBox::new(Box::new(key))))
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
            Err(VaultError::UnknownKey(vault.sealing_key()))
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
        let keys = |text: &str| Vault::from_base64(&text.into()).map(|vault| vault.keys().count());
        let (one, other) = (ONE, OTHER);
        assert_eq!(keys(&format!("{one}\n")), Ok(1));
        assert_eq!(keys(&format!("\n{one}\r\n  {other}\n\n")), Ok(2));
        assert_eq!(keys(&format!("{one}\n{one}\n")), Err(VaultError::Twice));
        for text in ["", "\n", "AAAA", "not base64", &format!("{one}\nAAAA")] {
            assert_eq!(keys(text), Err(VaultError::Key), "{text}");
        }
    }

    const ONE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const OTHER: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    #[test]
    fn a_ring_opens_what_any_of_its_keys_has_sealed() {
        let vault = |text: &str| Vault::from_base64(&text.into()).expect("keys");
        let (old, new) = (vault(ONE), vault(OTHER));
        let ring = vault(&format!("{OTHER}\n{ONE}\n"));
        let (tenant, field) = (TenantId::mint(), Field::Credential);
        let sealed = old.seal(tenant, field, b"secret").expect("sealed");
        assert_eq!(KeyId::of_sealed(&sealed), Some(old.sealing_key()));
        assert_eq!(ring.sealing_key(), new.sealing_key());
        let anew = ring.sealed_anew(tenant, field, &sealed).expect("opened");
        let anew = anew.expect("another key");
        for (vault, sealed, opens) in [
            (&ring, &sealed, true),
            (&ring, &anew, true),
            (&new, &anew, true),
            (&new, &sealed, false),
            (&old, &anew, false),
        ] {
            assert_eq!(vault.open(tenant, field, sealed).is_ok(), opens);
        }
        assert_eq!(ring.sealed_anew(tenant, field, &anew), Ok(None));
        assert_eq!(
            new.sealed_anew(tenant, field, &sealed),
            Err(VaultError::UnknownKey(old.sealing_key()))
        );
    }

    #[test]
    fn a_key_is_told_by_its_identifier() {
        let id = Vault::new(&random_key()).sealing_key();
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "1", "0000000g", "+0000001", "0000000A", "000000000"] {
            assert_eq!(text.parse::<KeyId>(), Err(NotAKeyId), "{text}");
        }
        assert_eq!(KeyId::of_sealed(b"\x01\0\0"), None);
        assert_eq!(KeyId::of_sealed(b"\x02\0\0\0\0"), None);
    }
}
