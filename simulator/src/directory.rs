//! Requests that are no reads of a collection: look-up of directory objects, and actions.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    errors,
    kinds::Kind,
    render::{self, Query, View},
    tenant::Tenant,
};

/// The most ids that one look-up may name.
const MOST_IDS: usize = 1000;

#[derive(Deserialize)]
struct LookUp {
    ids: Vec<String>,
    types: Option<Vec<String>>,
}

/// `POST /directoryObjects/getByIds`: the groups among the given ids, in the order of the request.
/// Unknown ids are left out.
pub(crate) fn by_ids(
    groups: &'static Kind,
    tenant: &Tenant,
    query: &Query<'_>,
) -> Result<Answer, Answer> {
    let body: LookUp = serde_json::from_slice(&query.request.body)
        .map_err(|_| errors::bad_request("Unable to read JSON request payload."))?;
    if body.ids.len() > MOST_IDS {
        return Err(errors::bad_request(
            "Too many ids are included in the request.",
        ));
    }
    let wanted = body
        .types
        .is_none_or(|types| types.iter().any(|name| name == "group"));
    let found = body
        .ids
        .iter()
        .filter(|_| wanted)
        .filter_map(|id| tenant.object(groups, id))
        .map(|stored| {
            let mut members = render::object(groups, &stored, query, View::List)?;
            members.insert("@odata.type".to_owned(), "#microsoft.graph.group".into());
            Ok(Value::Object(members))
        })
        .collect::<Result<Vec<Value>, Answer>>()?;
    let context = query.context("directoryObjects");
    Ok(Answer::ok(
        json!({ "@odata.context": context, "value": found }),
    ))
}

/// The action that tells which device group a policy fills at enrolment.
pub(crate) fn enrollment_target(
    kind: &'static Kind,
    tenant: &Tenant,
    id: &str,
    query: &Query<'_>,
) -> Result<Answer, Answer> {
    let stored = tenant
        .object(kind, id)
        .ok_or_else(|| errors::not_found(query.place()))?;
    let targets = stored.part("enrollmentTimeDeviceMembershipTarget").cloned();
    Ok(Answer::ok(json!({
        "@odata.context": query.context("microsoft.graph.enrollmentTimeDeviceMembershipTargetResult"),
        "enrollmentTimeDeviceMembershipTargetValidationStatuses": targets.unwrap_or_else(|| json!([])),
    })))
}
