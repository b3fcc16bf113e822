//! One object of a set, read back from its parts, each checked against its hash.

use secrecy::{ExposeSecret, SecretBox};
use serde_json::{Map, Value};

use super::{Secrets, manifest::Damage};
use crate::{
    domain::{
        backup::BackupItem,
        canonical::Hash,
        capture::{self, Parts, SEALED},
        ids::{BackupSetId, TenantId},
        reference::{Named, ReferenceKind},
    },
    store::{Db, StoreError, contents, keys, references},
    vault::{Field, Vault, VaultError},
};

/// An object as it was, as far as it is there.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) item: BackupItem,
    /// None when it is lost.
    pub(super) payload: Option<Value>,
    pub(super) assignments: Option<Value>,
    pub(super) scope_tags: Option<Value>,
    pub(super) names: Vec<Named>,
    pub(super) damage: Vec<Damage>,
}

/// A part that is not as it was stored.
type Flaw = String;

impl Object {
    /// Reads an object.
    pub(super) fn load(
        db: &mut Db,
        (tenant, set): (TenantId, BackupSetId),
        item: BackupItem,
        secrets: &Secrets,
    ) -> Result<Self, StoreError> {
        let mut damage = Vec::new();
        let mut part = |db: &mut Db, name, hash: Option<Hash>| {
            let Some(hash) = hash else { return Ok(None) };
            match read(db, tenant, hash)? {
                Ok(value) => Ok(Some(value)),
                Err(flaw) => {
                    damage.push(Damage::of(&item, name, flaw));
                    Ok::<_, StoreError>(None)
                }
            }
        };
        let payload = part(db, "payload", Some(item.parts.payload))?;
        let assignments = part(db, "assignments", item.parts.assignments)?;
        let scope_tags = part(db, "scopeTags", item.parts.scope_tags)?;
        let sealed = part(db, "sealed", item.parts.sealed)?;
        let listed = part(db, "references", item.parts.references)?;
        let names = match (listed, item.parts.references) {
            (Some(_), Some(list)) => named(db, tenant, (set, list))?,
            _ => Vec::new(),
        };
        let mut object = Self {
            item,
            payload,
            assignments,
            scope_tags,
            names,
            damage,
        };
        object.check(sealed.as_ref());
        if let (Secrets::Open(vault), Some(Value::Object(index))) = (secrets, &sealed) {
            object.open_secrets(db, tenant, index, vault)?;
        }
        Ok(object)
    }

    /// What something that the object points to is called.
    pub(super) fn name_of(&self, kind: ReferenceKind, id: &str) -> Option<&str> {
        let mut of_kind = self
            .names
            .iter()
            .filter(|named| named.reference.kind == kind);
        let named = of_kind.find(|named| named.reference.id.eq_ignore_ascii_case(id))?;
        named.name.as_deref()
    }

    /// Checks that the parts are those of this item, if all are there.
    fn check(&mut self, sealed: Option<&Value>) {
        let Some(payload) = self.payload.clone().filter(|_| self.damage.is_empty()) else {
            return;
        };
        let parts = Parts {
            payload,
            assignments: self.assignments.clone(),
            scope_tags: self.scope_tags.clone(),
            sealed: sealed.cloned(),
        };
        if capture::content_hash(&parts) != self.item.content_hash {
            let flaw = "does not match the parts".to_owned();
            self.damage
                .push(Damage::of(&self.item, "contentHash", flaw));
        }
    }

    /// Puts secrets back in their places.
    fn open_secrets(
        &mut self,
        db: &mut Db,
        tenant: TenantId,
        index: &Map<String, Value>,
        vault: &Vault,
    ) -> Result<(), StoreError> {
        for (pointer, digest) in index {
            let digest: Option<Hash> = digest.as_str().and_then(|text| text.parse().ok());
            let stored = match digest {
                Some(digest) => contents::sealed(db, tenant, digest)?,
                None => None,
            };
            let secret = match &stored {
                Some(sealed) => opened(db, vault.open(tenant, Field::CapturedValue, sealed))?,
                None => Err("is missing".to_owned()),
            };
            let payload = self.payload.as_mut();
            let place = payload.and_then(|payload| payload.pointer_mut(pointer));
            match (secret, place) {
                (Ok(secret), Some(Value::String(place))) if place == SEALED => *place = secret,
                (Ok(_), _) => {}
                (Err(flaw), _) => {
                    let part = format!("sealed value {pointer}");
                    self.damage.push(Damage::of(&self.item, &part, flaw));
                }
            }
        }
        Ok(())
    }
}

/// A secret, or what is wrong with it.
fn opened(
    db: &mut Db,
    opened: Result<SecretBox<Vec<u8>>, VaultError>,
) -> Result<Result<String, Flaw>, StoreError> {
    if let Err(VaultError::UnknownKey(key)) = opened {
        keys::refuse_in_use(db, &key.to_string())?;
    }
    let secret = match opened {
        Ok(secret) => secret,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let text = std::str::from_utf8(secret.expose_secret());
    Ok(text.map(str::to_owned).map_err(|_| "is no text".to_owned()))
}

/// A stored part, or what is wrong with it.
fn read(db: &mut Db, tenant: TenantId, hash: Hash) -> Result<Result<Value, Flaw>, StoreError> {
    let bytes = match contents::bytes(db, tenant, hash) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Err("is missing".to_owned())),
        Err(StoreError::Corrupt { why, .. }) => return Ok(Err(format!("cannot be read: {why}"))),
        Err(error) => return Err(error),
    };
    let value = serde_json::from_slice(&bytes);
    Ok(value.map_err(|error| format!("is no JSON: {error}")))
}

fn named(
    db: &mut Db,
    tenant: TenantId,
    list: (BackupSetId, Hash),
) -> Result<Vec<Named>, StoreError> {
    match references::named(db, tenant, &[list]) {
        Ok(mut lists) => Ok(lists.remove(&list).unwrap_or_default()),
        // What is no list of references was told as damage of the part.
        Err(StoreError::Corrupt { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
