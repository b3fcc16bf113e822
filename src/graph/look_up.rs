//! Readings beside the kinds: the names of groups, and Intune's audit events.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    catalog::{AUDIT_EVENTS, GROUP_NAMES, LookUp},
    door::{Call, Door},
    error::GraphError,
    paging,
};
use crate::domain::attribution::{AuditEvent, AuditTrail};

/// The most groups that can be asked for in one request.
pub const MOST_GROUPS: usize = 1_000;

/// Pages of audit events that are read: with a thousand a page more than anybody changes in a week.
const MOST_EVENT_PAGES: usize = 50;

/// Names of groups by identifier, none for those that are gone. Only those are in it that Graph
/// answered for.
pub(super) async fn group_names(
    door: &Door,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Option<String>>, GraphError> {
    permitted(door, &GROUP_NAMES).await?;
    let question = json!({ "ids": ids, "types": ["group"] });
    let call = Call::question(door, &GROUP_NAMES, "$select=id,displayName", question)?;
    let page = door.page(&call).await;
    let page = page.map_err(|error| error.naming(GROUP_NAMES.permissions))?;
    // With a link to more, who is not here may be there.
    let mut names = match page.next {
        Some(_) => HashMap::new(),
        None => ids.into_iter().map(|id| (id, None)).collect(),
    };
    names.extend(page.items.iter().filter_map(|group| {
        let text = |member| group.get(member).and_then(Value::as_str);
        // PostgreSQL keeps no NUL in text.
        let name = text("displayName").map(|name| name.replace('\0', " "));
        Some((text("id")?.parse().ok()?, name))
    }));
    Ok(names)
}

/// The audit events of changes since an instant, newest first. Nothing is made of `@odata.count`,
/// which is wrong, and of a page behind the first that fails: the service links to pages that it
/// does not have.
pub(super) async fn audit_trail(
    door: &Door,
    since: DateTime<Utc>,
) -> Result<AuditTrail, GraphError> {
    permitted(door, &AUDIT_EVENTS).await?;
    let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
    let query = format!(
        "$filter=activityDateTime gt {since} and activityOperationType ne 'Get'\
         &$select=activityDateTime,activityType,activityOperationType,activityResult,componentName,actor,resources\
         &$orderby=activityDateTime desc"
    );
    let call = Call::look_up(door, &AUDIT_EVENTS, &query)?;
    let read = paging::collect_the_most(door, call, MOST_EVENT_PAGES).await;
    let (events, is_whole) = read.map_err(|error| error.naming(AUDIT_EVENTS.permissions))?;
    Ok(AuditTrail {
        events: events.iter().filter_map(AuditEvent::read).collect(),
        is_whole,
    })
}

/// Refuses without a request what the token does not permit.
async fn permitted(door: &Door, look_up: &LookUp) -> Result<(), GraphError> {
    let granted = &door.link.token().await?.granted;
    match look_up.permissions.iter().any(|name| granted.allows(name)) {
        true => Ok(()),
        false => Err(GraphError::missing(look_up.permissions)),
    }
}
