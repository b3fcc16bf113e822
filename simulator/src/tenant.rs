//! One simulated tenant: what may be read of it, and its objects.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    audit::{self, Actor, Deed, Touched},
    change,
    generate::{Landscape, SettingsCache},
    holdings::{AUDIT, Holdings},
    kinds::{self, Kind},
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

/// What all tenants of a simulation have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) seed: u64,
    pub(crate) day: u32,
    pub(crate) drift_percent: u32,
    pub(crate) began: DateTime<Utc>,
}

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) spec: TenantSpec,
    permissions: Mutex<Vec<String>>,
    refusal: Mutex<Option<u32>>,
    holdings: Mutex<Holdings>,
    settings: SettingsCache,
}

impl Tenant {
    pub(crate) fn new(spec: TenantSpec, origin: &Origin) -> Self {
        let all = || permissions::ALL.map(str::to_owned).to_vec();
        let landscape = Arc::new(Landscape::of(&spec, origin.seed));
        let mut holdings =
            Holdings::new(spec.clone(), landscape, origin.drift_percent, origin.began);
        if origin.day > 0 {
            holdings.move_to(origin.day);
        }
        Self {
            permissions: Mutex::new(spec.permissions.clone().unwrap_or_else(all)),
            refusal: Mutex::default(),
            holdings: Mutex::new(holdings),
            settings: SettingsCache::default(),
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

    /// Moves to another day. Each change makes its audit events, at `now`.
    pub(crate) fn move_to(&self, day: u32, now: DateTime<Utc>) {
        let mut holdings = lock(&self.holdings);
        let Some(audit) = kinds::named(AUDIT) else {
            return;
        };
        // Loaded before, so that it does not find the changes and tell of them itself.
        holdings.of(audit);
        for (change, touched) in holdings.move_to(day) {
            if change.is_audited() {
                let events = holdings.events_of(change, &touched, now);
                holdings.of(audit).extend(events.into_iter().map(Arc::new));
            }
        }
    }

    /// Adds to the audit log that an object was looked at and something done to it.
    pub(crate) fn record(
        &self,
        actor: &Actor,
        deed: Deed,
        kind: &'static Kind,
        touched: &Touched,
        now: DateTime<Utc>,
    ) {
        let Some(audit) = kinds::named(AUDIT).filter(|audit| kind.side == audit.side) else {
            return;
        };
        let mut holdings = lock(&self.holdings);
        for deed in [Deed::Get, deed] {
            let event = audit::event(&self.spec, actor, deed, kind, touched, now);
            holdings.of(audit).extend(event.map(Arc::new));
        }
    }

    /// The object with settings that are made only when they are asked for.
    pub(crate) fn whole(&self, stored: Arc<StoredObject>) -> Arc<StoredObject> {
        self.settings.whole(stored)
    }

    fn with<R>(
        &self,
        kind: &'static Kind,
        work: impl FnOnce(&mut Vec<Arc<StoredObject>>) -> R,
    ) -> R {
        work(lock(&self.holdings).of(kind))
    }
}
