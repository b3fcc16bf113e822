"""Schemathesis in GraphQL mode: whatever is asked, the server answers, with data or with a reason.

Started by fuzz.test.js, which runs the server. The environment says where it is, who asks, and which
IDs there are. The same seed makes the same requests.
"""

import collections
import json
import os
import re
import sys

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.graphql import nodes

SEED = 20_260_404
# Requests for each field at the roots: as the schema wants them, and bent.
EXAMPLES = {GenerationMode.POSITIVE: 40, GenerationMode.NEGATIVE: 8}
PATIENCE = 15

URL = os.environ["TENANTATLAS_URL"]
TOKEN = os.environ["TENANTATLAS_TOKEN"]
SCHEMA = os.environ["TENANTATLAS_SCHEMA"]
IDS = json.loads(os.environ["TENANTATLAS_IDS"])

# What no message may show: statements, paths and types of the implementation.
INTERNALS = re.compile(
    r"\b(SELECT|INSERT INTO|DELETE FROM|constraint|panicked|unwrap|diesel|sqlite|postgres|serde"
    r"|async[-_]graphql|actix|tokio)\b|\.rs\b|\bsrc/|\w::\w",
    re.IGNORECASE,
)
FAULTS = {"INTERNAL", "TIMEOUT", "UNAVAILABLE"}


def texts(*examples, otherwise=st.text(max_size=40)):
    return st.one_of(st.sampled_from(examples), otherwise).map(nodes.String)


def json_values(children):
    return st.one_of(
        st.lists(children, max_size=3).map(nodes.List),
        st.dictionaries(st.from_regex(r"\A[a-z]{1,8}\Z"), children, max_size=3).map(nodes.Object),
    )


INSTANTS = st.datetimes().map(lambda instant: instant.isoformat() + "Z")
LEAVES = st.one_of(
    st.text(max_size=20).map(nodes.String),
    st.integers(-(2**31), 2**31 - 1).map(nodes.Int),
    st.booleans().map(nodes.Boolean),
)
SCALARS = {
    "DateTime": texts(
        "2026-03-29T01:30:00.000Z",
        "2026-03-29T02:30:00+02:00",
        "2026-03-29T02:30:00",
        "9999-12-31T23:59:60Z",
        "-0001-01-01T00:00:00Z",
        otherwise=INSTANTS,
    ),
    "LocalDate": texts("2026-02-29", "2024-02-29", otherwise=st.dates().map(str)),
    "LocalTime": texts("00:00", "23:59", "24:00", "2:30", "02:30:00"),
    "TimeZone": texts("Europe/Berlin", "UTC", "Asia/Calcutta", "+02:00", "W. Europe Standard Time"),
    "UUID": texts(
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        otherwise=st.uuids().map(str),
    ),
    "BigInt": texts("0", "-9223372036854775808", "9223372036854775808", "1e3"),
    "JSON": st.recursive(LEAVES, json_values, max_leaves=6),
    "Secret": texts("", "a secret", "x" * 5_000),
}
for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)

# What a field is about, by a word in its name: the first that fits. Some take IDs of two kinds.
ABOUT = {
    "create": ("ten_",),
    "addTenantMember": ("ten_", "usr_"),
    "markAll": ("ten_",),
    "markNotifications": ("ntf_",),
    "Member": ("mem_",),
    "ApiToken": ("tok_",),
    "Run": ("run_",),
    "Schedule": ("sch_",),
    "Set": ("set_",),
    "policy": ("pol_",),
    "enant": ("ten_",),
}


def ids_for(field):
    """IDs for a field: mostly of the kind that it wants, so that something is found."""
    prefixes = next((prefixes for word, prefixes in ABOUT.items() if word in field), ("",))
    fitting = [known for known in IDS if known.startswith(prefixes)] or IDS
    return st.one_of(
        st.sampled_from(fitting),
        st.sampled_from(fitting),
        st.sampled_from(fitting),
        st.sampled_from(fitting).map(lambda known: known[:-1] + "0"),
        st.sampled_from(IDS),
        st.text(max_size=80),
    ).map(nodes.String)


# How often a field was answered with data, and how often with which code.
answers = collections.defaultdict(collections.Counter)


@schemathesis.check
def a_reason_is_given(ctx, response, case):
    """An answer has data, or errors with codes that are not the server's fault."""
    body = response.json()
    errors = body.get("errors", [])
    codes = [error.get("extensions", {}).get("code") for error in errors]
    assert response.status_code in (200, 400), f"{response.status_code}: {response.text[:500]}"
    assert errors or body.get("data") is not None, response.text[:500]
    assert all(codes), f"an error without a code: {response.text[:500]}"
    assert not FAULTS.intersection(codes), response.text[:500]
    for error in errors:
        assert not INTERNALS.search(error["message"]), error["message"]
    for user_error in user_errors(body.get("data")):
        assert not INTERNALS.search(user_error["message"]), user_error["message"]
    answers[case.operation.label][codes[0] if codes else "data"] += 1


def user_errors(data):
    for payload in (data or {}).values():
        if isinstance(payload, dict):
            for error in payload.get("userErrors") or []:
                if "message" in error:
                    yield error


def throw(operation, mode):
    """Sends so many requests for one field."""

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES[mode],
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        case.call_and_validate(
            headers={
                "Authorization": f"Bearer {TOKEN}",
                "Accept": "application/graphql-response+json",
            },
            checks=[a_reason_is_given],
            timeout=PATIENCE,
        )

    run()


def main():
    schema = schemathesis.graphql.from_path(SCHEMA)
    schema.config.update(base_url=URL)
    operations = [result.ok() for result in schema.get_all_operations()]
    failed = []
    for operation in operations:
        schemathesis.graphql.scalar("ID", ids_for(operation.definition.field_name))
        for mode in EXAMPLES:
            try:
                throw(operation, mode)
            except BaseException as failure:
                if isinstance(failure, KeyboardInterrupt):
                    raise
                failed.append(operation.label)
                print(f"{operation.label}: {failure}", file=sys.stderr)
    print(json.dumps({"operations": len(operations), "failed": failed, "answers": answers}))


if __name__ == "__main__":
    main()
