//! The objects of one tenant: made or loaded when first asked for, and changed from day to day.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    audit::{self, Actor, Deed, Touched},
    change, corpus,
    drift::{Change, Drift, What},
    generate::{self, Landscape},
    kinds::{self, Kind},
    options::TenantSpec,
    tenant::StoredObject,
};

/// The collection of audit events.
pub(crate) const AUDIT: &str = "auditEvents";
/// How long ago the first recorded changes of a made-up tenant were made.
const FIRST_EVENTS: TimeDelta = TimeDelta::days(40);

#[derive(Debug)]
pub(crate) struct Holdings {
    spec: TenantSpec,
    landscape: Arc<Landscape>,
    /// When the simulation began; on that day it shows the day that was asked for.
    began: DateTime<Utc>,
    percent: u32,
    day: u32,
    drift: Option<Drift>,
    changes: Vec<Change>,
    collections: HashMap<&'static str, Collection>,
}

/// A collection that has been asked for.
#[derive(Debug, Default)]
struct Collection {
    /// Identifiers by number, of removed objects too.
    ids: Vec<String>,
    objects: Vec<Arc<StoredObject>>,
}

impl Holdings {
    pub(crate) fn new(
        spec: TenantSpec,
        landscape: Arc<Landscape>,
        percent: u32,
        began: DateTime<Utc>,
    ) -> Self {
        Self {
            spec,
            landscape,
            began,
            percent,
            day: 0,
            drift: None,
            changes: Vec::new(),
            collections: HashMap::new(),
        }
    }

    /// The objects of a kind.
    pub(crate) fn of(&mut self, kind: &'static Kind) -> &mut Vec<Arc<StoredObject>> {
        &mut self.collection(kind).objects
    }

    /// Moves to a day; tells what changed on the way. Going back forgets what was changed by hand.
    pub(crate) fn move_to(&mut self, day: u32) -> Vec<(Change, Touched)> {
        let is_back = day < self.day;
        if is_back {
            self.drift = None;
            self.changes.clear();
            self.collections.clear();
        }
        self.day = day;
        let mut drift = match self.drift.take() {
            Some(drift) => drift,
            None => self.day_zero(),
        };
        let changes = drift.until(day);
        self.drift = Some(drift);
        if is_back {
            // Everything is loaded anew, with the audit events of these changes.
            self.changes = changes;
            return Vec::new();
        }
        let mut told = Vec::new();
        for change in changes {
            let landscape = Arc::clone(&self.landscape);
            let touched = self.collection(change.kind).apply(&landscape, change);
            self.changes.push(change);
            told.extend(touched.map(|touched| (change, touched)));
        }
        told
    }

    fn day_zero(&mut self) -> Drift {
        let counts: HashMap<&str, usize> = kinds::all()
            .map(|kind| (kind.collection, self.count(kind)))
            .collect();
        let key = self.landscape.key().to_owned();
        Drift::new(key, self.percent, |kind| {
            counts.get(kind.collection).copied().unwrap_or(0)
        })
    }

    /// How many objects a collection has on day 0.
    fn count(&mut self, kind: &'static Kind) -> usize {
        if self.spec.corpus.is_some() {
            return self.collection(kind).ids.len();
        }
        generate::count(&self.landscape, kind.collection)
    }

    fn collection(&mut self, kind: &'static Kind) -> &mut Collection {
        if !self.collections.contains_key(kind.collection) {
            let loaded = self.load(kind);
            self.collections.insert(kind.collection, loaded);
        }
        self.collections.entry(kind.collection).or_default()
    }

    fn load(&mut self, kind: &'static Kind) -> Collection {
        if kind.collection == AUDIT {
            return Collection {
                ids: Vec::new(),
                objects: self.events().into_iter().map(Arc::new).collect(),
            };
        }
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
        let objects: Vec<Arc<StoredObject>> = real.into_iter().chain(made).map(Arc::new).collect();
        let mut collection = Collection {
            ids: objects
                .iter()
                .map(|stored| stored.id().to_owned())
                .collect(),
            objects,
        };
        for change in self.changes.iter().filter(|change| change.kind == kind) {
            collection.apply(&self.landscape, *change);
        }
        collection
    }

    /// What the audit log knew when the simulation began: changes of long ago, and those of the
    /// days so far, the last of them today.
    fn events(&mut self) -> Vec<StoredObject> {
        let mut events = self.first_events();
        for change in self.changes.clone() {
            if !change.is_audited() {
                continue;
            }
            let days = TimeDelta::days(i64::from(self.day.saturating_sub(change.day)));
            let Some(touched) = self.collection(change.kind).touched(change.number) else {
                continue;
            };
            events.extend(self.events_of(change, &touched, self.began - days));
        }
        events
    }

    fn first_events(&mut self) -> Vec<StoredObject> {
        let Some(kind) = kinds::named("deviceConfigurations") else {
            return Vec::new();
        };
        let Some(first) = self.of(kind).first().map(|stored| Touched::of(stored)) else {
            return Vec::new();
        };
        let at = self.began - FIRST_EVENTS;
        [
            (Actor::default(), Deed::Get),
            (Actor::default(), Deed::Patch),
            (Actor::App("Deployment pipeline".to_owned()), Deed::Patch),
            (Actor::Client, Deed::Patch),
        ]
        .into_iter()
        .zip(0..)
        .filter_map(|((actor, deed), hours)| {
            let at = at + TimeDelta::hours(hours);
            audit::event(&self.spec, &actor, deed, kind, &first, at)
        })
        .collect()
    }

    /// The events of a change by drift: mostly of a person, sometimes of an application, and every
    /// fifth time of both.
    pub(crate) fn events_of(
        &self,
        change: Change,
        touched: &Touched,
        at: DateTime<Utc>,
    ) -> Vec<StoredObject> {
        let deed = match change.what {
            What::Edited | What::Renamed => Deed::Patch,
            What::Reassigned => Deed::Assign,
            What::Added => Deed::Create,
            What::Removed => Deed::Delete,
        };
        let app = Actor::App("Deployment pipeline".to_owned());
        let actors = match change.number % 5 {
            0 => vec![Actor::default(), app],
            1 => vec![app],
            _ => vec![Actor::default()],
        };
        actors
            .iter()
            .filter_map(|actor| audit::event(&self.spec, actor, deed, change.kind, touched, at))
            .collect()
    }
}

impl Collection {
    /// Applies a change of a day; nothing if the object was removed by hand.
    fn apply(&mut self, landscape: &Arc<Landscape>, change: Change) -> Option<Touched> {
        if change.what == What::Added {
            let added = generate::object(landscape, change.kind.collection, change.number)?;
            self.ids.push(added.id().to_owned());
            self.objects.push(Arc::new(added));
            return self.touched(change.number);
        }
        let touched = self.touched(change.number)?;
        let place = self.place(&touched.id)?;
        if change.what == What::Removed {
            self.objects.remove(place);
        } else {
            let stored = Arc::make_mut(self.objects.get_mut(place)?);
            change::drift(stored, change);
        }
        Some(touched)
    }

    fn touched(&self, number: usize) -> Option<Touched> {
        let id = self.ids.get(number)?;
        let stored = self.place(id).and_then(|place| self.objects.get(place));
        Some(stored.map_or_else(
            || Touched {
                id: id.clone(),
                name: String::new(),
            },
            |stored| Touched::of(stored),
        ))
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.objects.iter().position(|stored| stored.id() == id)
    }
}
