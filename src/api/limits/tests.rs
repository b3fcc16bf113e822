//! Tests of the limits on whole documents.

use super::*;

fn refused(document: &str) -> Option<String> {
    let error = read(document, &Limits::default()).err()?;
    let code = error.extensions.as_ref()?.get("code")?.clone();
    Some(code.to_string().trim_matches('"').to_owned())
}

#[test]
fn documents_within_the_limits_pass() {
    assert_eq!(refused("{ viewer { actor { displayName } } }"), None);
    assert_eq!(refused(INTROSPECTION), None);
}

#[test]
fn what_is_no_document_is_told_with_its_place() {
    let error = read("{\n  a(", &Limits::default()).expect_err("no document");
    assert_eq!(refused("{ a("), Some("GRAPHQL_PARSE_FAILED".to_owned()));
    assert_eq!(error.locations.len(), 1);
}

/// Each level spreads the next twice: a million million selections from a few lines, which nobody
/// would live to see walked.
#[test]
fn a_fragment_bomb_is_refused() {
    let mut bomb = String::from("{ viewer { ...F0 } }");
    for level in 0..40 {
        let next = level + 1;
        bomb += &format!(" fragment F{level} on Viewer {{ ...F{next} ...F{next} }}");
    }
    bomb += " fragment F40 on Viewer { __typename }";
    assert_eq!(refused(&bomb), Some("QUERY_TOO_LARGE".to_owned()));
}

#[test]
fn a_fragment_that_spreads_itself_is_refused() {
    let circle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A ...A }";
    assert_eq!(
        refused(circle),
        Some("GRAPHQL_VALIDATION_FAILED".to_owned())
    );
}

#[test]
fn each_limit_is_kept() {
    let fields = |number: usize, field: &str| vec![field; number].join(" ");
    let nested = |depth: usize| format!("{}{}", "{ a ".repeat(depth), "} ".repeat(depth));
    let aliases = |number: usize| (0..number).map(|n| format!("a{n}: x ")).collect::<String>();
    for (document, expected) in [
        (format!("{{ {} }}", fields(20, "a")), None),
        (
            format!("{{ {} }}", fields(21, "a")),
            Some("QUERY_TOO_LARGE"),
        ),
        (format!("mutation {{ {} }}", fields(10, "a")), None),
        (
            format!("mutation {{ {} }}", fields(11, "a")),
            Some("QUERY_TOO_LARGE"),
        ),
        ("subscription { a b }".to_owned(), Some("QUERY_TOO_LARGE")),
        (format!("{{ v {{ {} }} }}", fields(399, "a")), None),
        (
            format!("{{ v {{ {} }} }}", fields(400, "a")),
            Some("QUERY_TOO_LARGE"),
        ),
        (nested(15), None),
        (nested(16), Some("QUERY_TOO_DEEP")),
        (nested(65), Some("QUERY_TOO_DEEP")),
        (format!("{{ v {{ {} }} }}", aliases(30)), None),
        (
            format!("{{ v {{ {} }} }}", aliases(31)),
            Some("QUERY_TOO_LARGE"),
        ),
        (format!("{{ a {} }}", fields(5, "@d")), None),
        (
            format!("{{ a {} }}", fields(6, "@d")),
            Some("QUERY_TOO_LARGE"),
        ),
        (
            format!("{{ {} }}", fields(11, "a @d @d")),
            Some("QUERY_TOO_LARGE"),
        ),
        ("{ fields { interfaces { a } } }".to_owned(), None),
        (
            "{ fields { a { fields { a { inputFields { b } } } } } }".to_owned(),
            Some("QUERY_TOO_DEEP"),
        ),
    ] {
        assert_eq!(refused(&document).as_deref(), expected, "{document}");
    }
}

/// The standard query of graphql-js.
const INTROSPECTION: &str = "
query IntrospectionQuery {
  __schema {
    description
    queryType { name kind } mutationType { name kind } subscriptionType { name kind }
    types { ...FullType }
    directives { name description isRepeatable locations args { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description specifiedByURL
  fields(includeDeprecated: true) {
    name description
    args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef } isDeprecated deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
  name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
}
fragment TypeRef on __Type {
  kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}";
