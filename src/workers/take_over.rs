//! What is taken over from an earlier run instead of being read again.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    attempt_error::AttemptError,
    read_object::{Captured, ObjectReader},
};
use crate::{
    domain::{
        backup::BackupItem,
        canonical::Hash,
        capture::{self, Parts},
        ids::BackupItemId,
        policy::{Listed, marker},
        reuse::{self, Outside, Reuse},
    },
    graph::{GraphError, catalog::Assignments},
    store::{Db, StoreError, contents},
};

/// What the list says of an object beside its payload, as far as it is kept.
struct Beside {
    assignments: Option<Value>,
    tags: reuse::Listed<Option<Value>>,
}

impl ObjectReader {
    /// Takes over those objects of which nothing has moved, all in one transaction. Gives them, and
    /// the others as they came.
    pub(super) async fn take_unmoved(
        &self,
        objects: Vec<(Listed, Value)>,
    ) -> Result<(Vec<Captured>, Vec<(Listed, Value)>), StoreError> {
        let (unmoved, mut others): (Vec<_>, Vec<_>) = objects
            .into_iter()
            .partition(|(listed, object)| self.unmoved(listed, object).is_some());
        let items: Vec<&BackupItem> = unmoved
            .iter()
            .filter_map(|(listed, _)| self.latest.get(&listed.graph_id))
            .collect();
        let known = self.touched(&items).await?;
        let mut taken = Vec::with_capacity(unmoved.len());
        for (listed, object) in unmoved {
            let item = self.latest.get(&listed.graph_id);
            match item.and_then(|item| whole(item, &listed, &known)) {
                Some(captured) => taken.push(captured),
                None => others.push((listed, object)),
            }
        }
        Ok((taken, others))
    }

    /// The newest item of an object, if all that the list shows says that it still holds.
    fn unmoved(&self, listed: &Listed, object: &Value) -> Option<&BackupItem> {
        let item = self.latest.get(&listed.graph_id)?;
        let assignments = match self.keeps_assignments() {
            true => Some(self.entry.listed_assignments(object)?.clone()),
            false => None,
        };
        let beside = Beside {
            assignments,
            tags: self.listed_tags(object),
        };
        (self.reuse(item, object, &beside) == Reuse::Whole).then_some(item)
    }

    /// The object's newest item, as far as it still holds; none when the object has to be read.
    pub(super) async fn take_over(
        &self,
        item: &BackupItem,
        listed: &Listed,
        object: &Value,
    ) -> Result<Result<Option<Captured>, GraphError>, AttemptError> {
        // An object that has moved is read whole, its assignments included: no need to ask for them here.
        let marker = marker(object, self.entry.capture.marker);
        if marker.is_none() || marker != item.marker {
            return Ok(Ok(None));
        }
        let assignments = match self.keeps_assignments() {
            false => None,
            true => match self.door.assignments(self.entry.kind, object).await {
                Ok(assignments) => assignments,
                Err(error) => return Ok(Err(error)),
            },
        };
        let beside = Beside {
            assignments,
            tags: self.listed_tags(object),
        };
        let taken = match self.reuse(item, object, &beside) {
            Reuse::Whole => {
                let known = self.touched(&[item]).await?;
                whole(item, listed, &known)
            }
            Reuse::Payload if self.lacks_secrets(item).await? => None,
            Reuse::Payload => self.take_payload(item, listed, beside).await?,
            Reuse::Nothing => None,
        };
        Ok(Ok(taken))
    }

    fn reuse(&self, item: &BackupItem, object: &Value, beside: &Beside) -> Reuse {
        let marker = marker(object, self.entry.capture.marker);
        let outside = Outside {
            now: self.store.now(),
            marker: marker.as_deref(),
            catalog_revision: self.entry.capture.revision,
            assignments: beside.assignments.as_ref().map(capture::hash),
            scope_tags: match &beside.tags {
                reuse::Listed::Shown(tags) => {
                    reuse::Listed::Shown(tags.as_ref().map(capture::hash))
                }
                reuse::Listed::NotShown => reuse::Listed::NotShown,
            },
        };
        reuse::reuse(item, &outside, &self.run.scope)
    }

    fn keeps_assignments(&self) -> bool {
        self.run.scope.assignments && self.entry.assignments != Assignments::None
    }

    /// The contents of these items that are there. They are touched, and with them the sealed values that
    /// they name, so that nothing removes them before the set refers to them. A content that names a value
    /// which is not there does not count: with the secret gone, the object has to be read anew.
    async fn touched(&self, items: &[&BackupItem]) -> Result<HashSet<Hash>, StoreError> {
        let hashes: Vec<Hash> = items.iter().flat_map(|item| item.parts.all()).collect();
        if hashes.is_empty() {
            return Ok(HashSet::new());
        }
        let values = self.sealed_values(items).await?;
        let tenant = self.run.tenant;
        let touch = move |db: &mut Db, now| {
            let mut known = contents::touch(db, tenant, &hashes, now)?;
            let digests: Vec<Hash> = values.values().flatten().flatten().copied().collect();
            let there = contents::touch_sealed(db, tenant, &digests, now)?;
            let is_whole = |named: &Option<Vec<Hash>>| {
                let named = named.as_ref();
                named.is_some_and(|named| named.iter().all(|digest| there.contains(digest)))
            };
            known.retain(|hash| values.get(hash).is_none_or(is_whole));
            Ok::<_, StoreError>(known)
        };
        self.store.write(touch).await
    }

    /// The digests of sealed values that contents of these items name, by the content; none for one that
    /// cannot be read.
    async fn sealed_values(
        &self,
        items: &[&BackupItem],
    ) -> Result<HashMap<Hash, Option<Vec<Hash>>>, StoreError> {
        let indexes: HashSet<Hash> = items.iter().filter_map(|item| item.parts.sealed).collect();
        if indexes.is_empty() {
            return Ok(HashMap::new());
        }
        let indexes: Vec<Hash> = indexes.into_iter().collect();
        let (tenant, asked) = (self.run.tenant, indexes.clone());
        let load = move |db: &mut Db| contents::bytes_of(db, tenant, &asked);
        let found: HashMap<Hash, Vec<u8>> = self.store.read(load).await?.into_iter().collect();
        let named = |hash: &Hash| {
            let index = capture::sealed_index(found.get(hash)?)?;
            Some(index.into_values().collect())
        };
        Ok(indexes
            .into_iter()
            .map(|hash| (hash, named(&hash)))
            .collect())
    }

    /// Whether the payload of an item cannot be taken over because a secret of it is gone.
    async fn lacks_secrets(&self, item: &BackupItem) -> Result<bool, StoreError> {
        match item.parts.sealed {
            None => Ok(false),
            Some(sealed) => Ok(!self.touched(&[item]).await?.contains(&sealed)),
        }
    }

    /// The stored payload with the assignments and scope tags that the list shows now.
    async fn take_payload(
        &self,
        item: &BackupItem,
        listed: &Listed,
        beside: Beside,
    ) -> Result<Option<Captured>, AttemptError> {
        let Some((payload, sealed, stored_tags)) = self.stored_parts(item).await? else {
            return Ok(None);
        };
        let scope_tags = match beside.tags {
            reuse::Listed::Shown(tags) => tags,
            reuse::Listed::NotShown => stored_tags,
        };
        let packed = self
            .pack(Parts {
                payload,
                assignments: beside.assignments,
                scope_tags,
                sealed,
            })
            .await?;
        let mut captured = self.captured(
            listed.clone(),
            item.policy,
            item.marker.clone(),
            packed,
            Vec::new(),
        );
        captured.is_reused = true;
        captured.item.captured_at = item.captured_at;
        Ok(Some(captured))
    }

    /// Payload, sealed values and scope tags of an item as they are stored; none when one of them
    /// is lost or damaged, so that the object is read anew.
    async fn stored_parts(
        &self,
        item: &BackupItem,
    ) -> Result<Option<(Value, Option<Value>, Option<Value>)>, StoreError> {
        let (tenant, parts) = (self.run.tenant, item.parts);
        let load = move |db: &mut Db| {
            let mut content = |hash| match contents::bytes(db, tenant, hash) {
                Ok(bytes) => Ok(bytes.as_deref().and_then(parse)),
                Err(StoreError::Corrupt { .. }) => Ok(None),
                Err(error) => Err(error),
            };
            let payload = content(parts.payload)?;
            let sealed = parts.sealed.map(&mut content).transpose()?;
            let tags = parts.scope_tags.map(&mut content).transpose()?;
            Ok(all_there(payload, sealed, tags))
        };
        self.store.read(load).await
    }

    /// The scope tags as the list shows them, as far as they are kept.
    fn listed_tags(&self, object: &Value) -> reuse::Listed<Option<Value>> {
        let is_shown = self.entry.lists_scope_tags && capture::shows_scope_tags(object);
        match is_shown || !self.entry.has_scope_tags {
            true => reuse::Listed::Shown(capture::scope_tags(object, &self.run.scope)),
            false => reuse::Listed::NotShown,
        }
    }
}

/// The item as it is, if its contents are all there.
fn whole(item: &BackupItem, listed: &Listed, known: &HashSet<Hash>) -> Option<Captured> {
    let item = item
        .parts
        .all()
        .all(|hash| known.contains(&hash))
        .then(|| item.clone())?;
    Some(Captured {
        item: BackupItem {
            id: BackupItemId::mint(),
            name: listed.name.clone(),
            sub_kind: listed.sub_kind,
            ..item
        },
        contents: Vec::new(),
        secrets: Vec::new(),
        is_reused: true,
    })
}

/// A stored document; none when it is damaged.
fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// The parts, if none of those that the item has is missing.
fn all_there(
    payload: Option<Value>,
    sealed: Option<Option<Value>>,
    tags: Option<Option<Value>>,
) -> Option<(Value, Option<Value>, Option<Value>)> {
    let present = |part: Option<Option<Value>>| match part {
        Some(part) => part.map(Some),
        None => Some(None),
    };
    Some((payload?, present(sealed)?, present(tags)?))
}
