//! One simulated tenant: what may be read of it, and its objects, made or loaded when first asked for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Map, Value};

use crate::{
    change, corpus,
    generate::{self, Landscape},
    kinds::Kind,
    options::TenantSpec,
    permissions,
    sync::lock,
};

/// An object as it is kept: what its list shows, and what only other requests show.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredObject {
    /// The object of the list.
    pub object: Value,
    /// Parts by name: `assignments`, `settings` and so on; `content` holds the members that only a
    /// GET of the item shows, `secrets` the plain values of encrypted settings by their reference.
    pub parts: Value,
}

impl StoredObject {
    pub(crate) fn id(&self) -> &str {
        // A partner of the cross-tenant access policy is known by its tenant.
        ["id", "tenantId"]
            .iter()
            .find_map(|name| self.object.get(name)?.as_str())
            .unwrap_or_default()
    }

    pub(crate) fn part(&self, name: &str) -> Option<&Value> {
        self.parts.get(name).filter(|value| !value.is_null())
    }

    /// The members that only a GET of the item shows.
    pub(crate) fn content(&self) -> Option<&Map<String, Value>> {
        self.part("content")?.as_object()
    }
}

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) spec: TenantSpec,
    landscape: Landscape,
    permissions: Mutex<Vec<String>>,
    refusal: Mutex<Option<u32>>,
    collections: Mutex<HashMap<&'static str, Vec<Arc<StoredObject>>>>,
}

impl Tenant {
    pub(crate) fn new(spec: TenantSpec, seed: u64) -> Self {
        let all = || permissions::ALL.map(str::to_owned).to_vec();
        Self {
            landscape: Landscape::of(&spec, seed),
            permissions: Mutex::new(spec.permissions.clone().unwrap_or_else(all)),
            refusal: Mutex::default(),
            collections: Mutex::default(),
            spec,
        }
    }

    pub(crate) fn permissions(&self) -> Vec<String> {
        lock(&self.permissions).clone()
    }

    pub(crate) fn may(&self, wanted: &[&str]) -> bool {
        permissions::suffice(&lock(&self.permissions), wanted)
    }

    pub(crate) fn grant(&self, permissions: Vec<String>) {
        *lock(&self.permissions) = permissions;
    }

    /// The AADSTS code with which the credential is refused, if it is.
    pub(crate) fn credential_refusal(&self) -> Option<u32> {
        *lock(&self.refusal)
    }

    pub(crate) fn refuse_credential(&self, code: Option<u32>) {
        *lock(&self.refusal) = code;
    }

    /// All objects of a kind, in the order of the list.
    pub(crate) fn objects(&self, kind: &'static Kind) -> Vec<Arc<StoredObject>> {
        self.with(kind, |objects| objects.clone())
    }

    pub(crate) fn object(&self, kind: &'static Kind, id: &str) -> Option<Arc<StoredObject>> {
        self.with(kind, |objects| {
            objects.iter().find(|stored| stored.id() == id).cloned()
        })
    }

    pub(crate) fn insert(&self, kind: &'static Kind, stored: StoredObject) {
        self.with(kind, |objects| objects.push(Arc::new(stored)));
    }

    /// Whether there was an object with this id.
    pub(crate) fn remove(&self, kind: &'static Kind, id: &str) -> bool {
        self.with(kind, |objects| {
            let before = objects.len();
            objects.retain(|stored| stored.id() != id);
            objects.len() < before
        })
    }

    /// Changes an object in place; whether there was one with this id.
    pub(crate) fn change(
        &self,
        kind: &'static Kind,
        id: &str,
        change: impl FnOnce(&mut StoredObject),
    ) -> bool {
        self.with(kind, |objects| {
            let found = objects.iter_mut().find(|stored| stored.id() == id);
            found.map(|stored| change(Arc::make_mut(stored))).is_some()
        })
    }

    /// As [`Self::change`], and moves the marker of the object.
    pub(crate) fn edit(
        &self,
        kind: &'static Kind,
        id: &str,
        change: impl FnOnce(&mut StoredObject),
    ) -> bool {
        self.change(kind, id, |stored| {
            change(stored);
            change::move_marker(&mut stored.object);
        })
    }

    fn with<R>(
        &self,
        kind: &'static Kind,
        work: impl FnOnce(&mut Vec<Arc<StoredObject>>) -> R,
    ) -> R {
        let mut collections = lock(&self.collections);
        let objects = collections
            .entry(kind.collection)
            .or_insert_with(|| self.load(kind));
        work(objects)
    }

    fn load(&self, kind: &'static Kind) -> Vec<Arc<StoredObject>> {
        let real = self
            .spec
            .corpus
            .as_ref()
            .map(|corpus| corpus::objects(corpus, kind.collection))
            .unwrap_or_default();
        // Made-up policies refer to made-up groups, so those are there in any case.
        let made = if real.is_empty() || kind.collection == "groups" {
            generate::objects(&self.landscape, kind.collection)
        } else {
            Vec::new()
        };
        real.into_iter().chain(made).map(Arc::new).collect()
    }
}
