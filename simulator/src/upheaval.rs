//! What somebody else does to a tenant while a client reads it.

use serde_json::Value;

use crate::{faults::Effect, generate::seeds, kinds, tenant::Tenant};

/// Carries out what a fault does to the tenant itself, before the request is answered.
pub(crate) fn strike(effect: &Effect, tenant: &Tenant, segments: &[String]) {
    if let Effect::PermissionRemoved { permissions } = effect {
        let mut held = tenant.permissions();
        held.retain(|name| !permissions.contains(name));
        tenant.grant(held);
    } else if *effect == Effect::ItemEdited {
        edit(tenant, segments);
    } else if *effect == Effect::ItemAdded {
        add(tenant, segments);
    }
}

fn edit(tenant: &Tenant, segments: &[String]) {
    let Some((kind, [id, ..])) = kinds::at(segments) else {
        return;
    };
    tenant.edit(kind, id, |stored| {
        for name in ["displayName", "name"] {
            if let Some(Value::String(name)) = stored.object.get_mut(name) {
                name.push_str(" (edited)");
            }
        }
    });
}

/// Adds a copy of the first object.
fn add(tenant: &Tenant, segments: &[String]) {
    let Some((kind, [])) = kinds::at(segments) else {
        return;
    };
    let objects = tenant.objects(kind);
    let Some(first) = objects.first() else {
        return;
    };
    let mut added = (**first).clone();
    let id = seeds::id(&["added", kind.collection, &objects.len().to_string()]);
    if let Some(members) = added.object.as_object_mut() {
        members.insert("id".to_owned(), id.to_string().into());
    }
    tenant.insert(kind, added);
}
