//! From a path of Graph to its answer: version, licence, permission, then the data.

use crate::{
    answer::Answer,
    directory,
    errors::{self, ErrorForm},
    faults::Effect,
    item,
    kinds::{self, Kind, Side, TENANT},
    list,
    odata::Options,
    render::Query,
    request::{Incoming, Version},
    tenant::Tenant,
};

/// The answer of Graph to one request that is no batch.
pub(crate) fn answer(
    tenant: &Tenant,
    version: Version,
    segments: &[String],
    request: &Incoming,
    fault: Option<&Effect>,
) -> Answer {
    find(tenant, version, segments, request, fault).unwrap_or_else(|refusal| refusal)
}

fn find(
    tenant: &Tenant,
    version: Version,
    segments: &[String],
    request: &Incoming,
    fault: Option<&Effect>,
) -> Result<Answer, Answer> {
    let options =
        Options::parse(&request.query, version).map_err(|message| errors::bad_request(&message))?;
    let query = Query {
        request,
        version,
        options,
    };
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    if names == ["directoryObjects", "getByIds"] {
        let groups = kinds::named("groups").ok_or_else(|| errors::no_such_segment("groups"))?;
        admit(groups, tenant, &query)?;
        method_is("POST", request)?;
        return directory::by_ids(groups, tenant, &query);
    }
    let unknown = || errors::no_such_segment(names.last().copied().unwrap_or_default());
    let (kind, rest) = kinds::at(segments).ok_or_else(unknown)?;
    admit(kind, tenant, &query)?;
    if !is_own(kind, tenant, segments) {
        return Err(errors::not_found(query.place()));
    }
    serve(kind, tenant, rest, &query, fault)
}

fn serve(
    kind: &'static Kind,
    tenant: &Tenant,
    rest: &[String],
    query: &Query<'_>,
    fault: Option<&Effect>,
) -> Result<Answer, Answer> {
    if let [id, action] = rest
        && action == "retrieveEnrollmentTimeDeviceMembershipTarget"
    {
        method_is("POST", query.request)?;
        return directory::enrollment_target(kind, tenant, id, query);
    }
    method_is("GET", query.request)?;
    match rest.split_first() {
        None if kind.is_single(query.version) => {
            let objects = tenant.objects(kind);
            let only = objects
                .first()
                .ok_or_else(|| errors::not_found(query.place()))?;
            item::whole(kind, only, query)
        }
        None => list::collection(kind, tenant, query, fault),
        Some((id, below)) => item::answer(kind, tenant, id, below, query, fault),
    }
}

/// Whether the tenant that a path names, if it names one, is that of the token.
fn is_own(kind: &Kind, tenant: &Tenant, segments: &[String]) -> bool {
    let own = tenant.spec.entra_tenant_id.to_string();
    let mut pairs = kind.path.split('/').zip(segments);
    pairs.all(|(name, segment)| name != TENANT || *segment == own)
}

/// Refuses what this version, this tenant or this application may not have.
fn admit(kind: &Kind, tenant: &Tenant, query: &Query<'_>) -> Result<(), Answer> {
    if query.version == Version::V1 && !kind.in_v1 {
        return Err(errors::no_such_segment(kind.collection));
    }
    match kind.side {
        Side::Intune if !tenant.spec.licensed => Err(errors::not_licensed()),
        Side::Intune if kind.permissions.is_empty() => Err(errors::people_only(query.place())),
        Side::Intune if !tenant.may(kind.permissions) => Err(errors::forbidden(
            kind.permissions,
            query.place(),
            ErrorForm::A,
        )),
        Side::Directory if !tenant.may(kind.permissions) => Err(errors::denied()),
        Side::Intune | Side::Directory => match kind.licence {
            Some(licence) if tenant.spec.lacks.contains(&licence) => {
                Err(licence.refusal(kind, query.place()))
            }
            _ => Ok(()),
        },
    }
}

fn method_is(wanted: &str, request: &Incoming) -> Result<(), Answer> {
    if request.method == wanted {
        return Ok(());
    }
    let message = "Specified HTTP method is not allowed for the request target.";
    Err(errors::plain(405, "Request_BadRequest", message))
}
