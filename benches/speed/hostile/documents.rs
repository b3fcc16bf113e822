//! Requests that ask for as much as they may.

use serde_json::{Value, json};

use super::fill::Filled;

const KIND: &str = "policyType status listedPolicyCount itemCount reusedItemCount failedPolicyCount \
                    vanishedPolicyCount graphRequestCount errorCode errorMessage";
const FAILURES: &str = "failures { policyGraphId name errorCode errorMessage }";
const ITEM: &str = "id policyGraphId policyType subKind name payloadBytes scopeTagIds contentHash \
                    stateHash policyModifiedAt capturedAt references { kind graphId name } \
                    policy { id name } backupSet { id contentHash policyTypes }";

fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// A request, and what is to come of it.
pub(crate) struct Request {
    pub(crate) name: &'static str,
    pub(crate) document: String,
    pub(crate) variables: Value,
    /// The code that it is refused with; none where the answer is whole.
    pub(crate) refusal: Option<&'static str>,
}

impl Request {
    fn new(name: &'static str, document: impl Into<String>) -> Self {
        Self {
            name,
            document: document.into(),
            variables: json!({}),
            refusal: None,
        }
    }

    fn refused(self, code: &'static str) -> Self {
        let refusal = Some(code);
        Self { refusal, ..self }
    }

    fn with(self, variables: Value) -> Self {
        Self { variables, ..self }
    }
}

/// Every request.
pub(crate) fn all(filled: &Filled) -> Vec<Request> {
    let Filled {
        tenant,
        schedule,
        run,
        set,
        policy,
        items,
        ..
    } = filled;
    let of_tenant = |part: &str| format!("{{ tenant(id: \"{tenant}\") {{ {part} }} }}");
    let of_set = |part: &str| format!("{{ backupSet(id: \"{set}\") {{ {part} }} }}");
    let runs = |size: usize, part: &str| {
        of_tenant(&format!(
            "backupRuns(first: {size}) {{ nodes {{ {part} }} }}"
        ))
    };
    let bomb = many(22, |n| {
        format!("fragment F{n} on Query{{...F{0} ...F{0}}}", n + 1)
    });
    let kinds = |n: usize| format!("a{n}: policyTypeResults {{ {KIND} }} ");
    let search = |list: &str, n: usize| {
        format!(
            "{list}{n}: {list}(first: 1, filter: {{search: \"zz{n}\"}}) {{ totalCount nodes {{ id }} }} "
        )
    };
    let preview = |n: usize| {
        format!(
            "a{n}: recurrencePreview(count: 50, after: \"2026-03-0{}T00:00:00Z\", recurrence: \
             {{frequency: WEEKLY, weekdays: [SUNDAY], timeOfDay: \"02:30\", timeZone: \"Europe/Berlin\"}}) ",
            n % 9 + 1
        )
    };
    let introspection = "{ types { name description fields { name description args { name description \
                         type { name kind ofType { name kind ofType { name } } } } type { name kind \
                         ofType { name kind ofType { name kind ofType { name } } } } } enumValues { \
                         name description } inputFields { name description } } } ";
    let fields = "{ types { fields { name description isDeprecated deprecationReason type { name kind \
                  description ofType { name kind description ofType { name kind description } } } } } }";
    vec![
        Request::new("nothing", "{ __typename }"),
        Request::new(
            "a bomb of fragments",
            format!("{{...F0}}{bomb}fragment F22 on Query{{__typename}}"),
        )
        .refused("QUERY_TOO_LARGE"),
        Request::new("30 aliases of kinds, 25 runs", runs(25, &many(30, kinds)))
            .refused("RESPONSE_TOO_LARGE"),
        Request::new(
            "kinds of 100 runs",
            runs(100, &format!("policyTypeResults {{ {KIND} }}")),
        ),
        Request::new(
            "failures of 3 runs",
            runs(3, &format!("policyTypeResults {{ {FAILURES} }}")),
        ),
        Request::new(
            "failures of a run",
            format!(
                "{{ backupScheduleRun(id: \"{run}\") {{ policyTypeResults {{ {FAILURES} }} }} }}"
            ),
        ),
        Request::new(
            "3 aliases of failures of a run",
            format!(
                "{{ backupScheduleRun(id: \"{run}\") {{ {} }} }}",
                many(3, |n| format!("a{n}: policyTypeResults {{ {FAILURES} }} "))
            ),
        ),
        Request::new(
            "100 items with all but payloads",
            of_set(&format!(
                "items(first: 100) {{ totalCount nodes {{ {ITEM} }} }}"
            )),
        ),
        Request::new(
            "100 items, the last page, by kind",
            of_set(&format!(
                "items(last: 100, orderBy: {{field: POLICY_TYPE, direction: ASC}}) {{ totalCount nodes {{ {ITEM} }} }}"
            )),
        ),
        Request::new(
            "payloads of 5 MB",
            of_set("items(first: 100) { nodes { payload } }"),
        )
        .refused("RESPONSE_TOO_LARGE"),
        Request::new(
            "4 aliases of payloads of 5 MB",
            of_set("items(first: 100) { nodes { a: payload b: payload c: payload d: payload } }"),
        )
        .refused("RESPONSE_TOO_LARGE"),
        Request::new(
            "9 differences of sets",
            format!(
                "{{ {} }}",
                many(9, |n| {
                    format!(
                        "a{n}: backupSetDiff(baseId: \"{set}\", targetId: \"{set}\") {{ unchangedCount }} "
                    )
                })
            ),
        ),
        Request::new(
            "versions of 100 policies",
            of_tenant(
                "policies(first: 100) { nodes { versions(first: 1) { totalCount nodes { stateHash item { id } } } } }",
            ),
        ),
        Request::new(
            "30 searches of policies",
            of_tenant(&many(30, |n| search("policies", n))),
        ),
        Request::new(
            "30 searches of items",
            of_set(&many(30, |n| search("items", n))),
        ),
        Request::new(
            "30 counts of runs",
            of_tenant(&many(30, |n| {
                format!("a{n}: backupRuns(first: 0) {{ totalCount }} ")
            })),
        ),
        Request::new(
            "30 counts of sets with a filter",
            of_tenant(&many(30, |n| {
                format!(
                    "a{n}: backupSets(first: 0, filter: {{isComplete: false, deleted: INCLUDE}}) {{ totalCount }} "
                )
            })),
        ),
        Request::new(
            "30 filters of runs that find nothing",
            of_tenant(&many(30, |n| {
                format!(
                    "a{n}: backupRuns(first: 1, filter: {{errorCodes: [WORKER_LOST], triggers: [RETRY]}}, \
             orderBy: {{field: FINISHED_AT}}) {{ totalCount nodes {{ id }} }} "
                )
            })),
        ),
        Request::new(
            "9 schedules x 9 runs x kinds",
            of_tenant(&format!(
                "backupSchedules(first: 9) {{ nodes {{ runs(first: 9) {{ nodes {{ policyTypeResults {{ {KIND} }} }} }} }} }}"
            )),
        ),
        Request::new(
            "100 policies x 19 items",
            of_tenant(
                "policies(first: 100) { nodes { backupItems(first: 19) { nodes { id name policyType contentHash } } } }",
            ),
        ),
        Request::new(
            "100 sets x 19 items",
            of_tenant(
                "backupSets(first: 100) { nodes { items(first: 19) { nodes { id name policyType contentHash } } } }",
            ),
        ),
        Request::new(
            "sets of a schedule, from set to set before",
            format!(
                "{{ backupSchedule(id: \"{schedule}\") {{ backupSets(first: 100) {{ nodes {{ previous {{ previous {{ previous {{ previous {{ id }} }} }} }} }} }} }} }}"
            ),
        ),
        Request::new(
            "items of a policy, the last page",
            format!(
                "{{ policy(id: \"{policy}\") {{ backupItems(last: 100) {{ totalCount nodes {{ {ITEM} }} }} }} }}"
            ),
        ),
        Request::new(
            "100 nodes by ID",
            format!(
                "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on BackupItem {{ {ITEM} }} }} }}"
            ),
        )
        .with(json!({"ids": items})),
        Request::new(
            "20 times 100 nodes by ID",
            format!(
                "query($ids: [ID!]!) {{ {} }}",
                many(20, |n| format!("a{n}: nodes(ids: $ids) {{ id }} "))
            ),
        )
        .with(json!({"ids": items})),
        Request::new(
            "30 previews across a spring forward",
            of_tenant(&many(30, preview)),
        ),
        Request::new(
            "20 times all kinds",
            format!(
                "{{ {} }}",
                many(20, |n| format!(
                    "a{n}: policyTypes {{ type displayName requiredPermissions hasAssignments isBeta tier }} "
                ))
            ),
        ),
        Request::new(
            "the whole schema",
            format!("{{ __schema {introspection} }}"),
        ),
        Request::new(
            "16 times the fields of all types",
            format!(
                "{{ {} }}",
                many(16, |n| format!("a{n}: __schema {fields} "))
            ),
        ),
        Request::new(
            "9 times the whole schema",
            format!(
                "{{ {} }}",
                many(9, |n| format!("a{n}: __schema {introspection}"))
            ),
        ),
    ]
}
