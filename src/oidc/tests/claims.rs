//! Tables of claims, and what becomes of each.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::with;
use crate::{
    domain::identity::Identity,
    oidc::{
        IssuerDraft, IssuerSettings, Rejection,
        claims::{self, Claims},
    },
};

const EXACT: &str = "https://id.example";
const ONE: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";
const PERSON: &str = "33333333-3333-4333-8333-333333333333";
const NOW: i64 = 1_800_000_000;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(NOW)
}

fn settings(issuer: &str, draft: IssuerDraft) -> IssuerSettings {
    IssuerSettings::read(IssuerDraft {
        issuer: Some(issuer.to_owned()),
        audience: Some("api".to_owned()),
        ..draft
    })
    .unwrap()
}

fn entra() -> IssuerSettings {
    let issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
    settings(
        issuer,
        IssuerDraft {
            allowed_tenants: Some(vec![ONE.to_owned()]),
            admin_role: Some("Atlas.Admin".to_owned()),
            ..IssuerDraft::default()
        },
    )
}

fn entra_claims() -> Value {
    json!({
        "iss": format!("https://login.microsoftonline.com/{ONE}/v2.0"),
        "aud": "api", "exp": NOW + 3600, "nbf": NOW, "ver": "2.0",
        "tid": ONE, "oid": PERSON, "sub": "pairwise", "scp": "openid access_as_user",
        "roles": ["Other", "Atlas.Admin"], "name": "Olivia Owens",
        "preferred_username": "olivia@contoso.example",
    })
}

fn plain_claims() -> Value {
    json!({ "iss": EXACT, "aud": "api", "exp": NOW + 3600, "sub": "abc", "client_id": "spa" })
}

fn check(settings: &IssuerSettings, claims: Value) -> Result<Identity, Rejection> {
    let claims: Claims = serde_json::from_value(claims).map_err(|_| Rejection::Malformed)?;
    match claims::is_from(&settings.name, &claims) {
        true => claims::check(settings, &claims, now()),
        false => Err(Rejection::Issuer),
    }
}

#[test]
fn a_person_is_issuer_and_subject() {
    let identity = check(&settings(EXACT, IssuerDraft::default()), plain_claims()).unwrap();
    assert_eq!((&*identity.issuer, &*identity.subject), (EXACT, "abc"));
    assert_eq!(identity.expires_at, now() + TimeDelta::hours(1));
    assert!(!identity.may_create_tenants);
    let identity = check(&entra(), entra_claims()).unwrap();
    assert_eq!(identity.subject, PERSON);
    assert_eq!(identity.display_name.as_deref(), Some("Olivia Owens"));
    assert_eq!(identity.email, None);
    assert!(identity.may_create_tenants);
}

#[test]
fn claims_that_do_not_do_are_refused_with_the_reason() {
    use Rejection::{Audience, Expired, Issuer, Malformed, NotAPerson, NotYet, Subject};
    let settings = settings(EXACT, IssuerDraft::default());
    for (changes, expected) in [
        (json!({}), None),
        (json!({"iss": "https://id.example/"}), Some(Issuer)),
        (json!({"iss": "https://ID.example"}), Some(Issuer)),
        (json!({"iss": null}), Some(Malformed)),
        (json!({"iss": [EXACT]}), Some(Malformed)),
        (json!({"aud": ["other", "api"]}), None),
        (json!({"aud": "other"}), Some(Audience)),
        (json!({"aud": "other api"}), Some(Audience)),
        (json!({"aud": []}), Some(Audience)),
        (json!({"aud": {"api": true}}), Some(Audience)),
        (json!({"roles": {"any": 1}}), None),
        (json!({"aud": null}), Some(Audience)),
        (json!({"exp": NOW - 59}), None),
        (json!({"exp": NOW - 60}), Some(Expired)),
        (json!({"exp": 0}), Some(Expired)),
        (json!({"exp": null}), Some(Malformed)),
        (json!({"exp": "1900000000"}), Some(Malformed)),
        (json!({"exp": -1}), Some(Malformed)),
        (json!({"exp": 1e300}), Some(Malformed)),
        (json!({"exp": 8_210_266_876_799_i64}), Some(Malformed)),
        (json!({"exp": 1_900_000_000.5}), None),
        (json!({"nbf": NOW + 60}), None),
        (json!({"nbf": NOW + 61}), Some(NotYet)),
        (json!({"sub": null}), Some(Subject)),
        (json!({"sub": " "}), Some(Subject)),
        (json!({"sub": "a\u{0}b"}), Some(Subject)),
        (json!({"sub": "a".repeat(255)}), None),
        (json!({"sub": "a".repeat(256)}), Some(Subject)),
        (json!({"sub": "spa"}), Some(NotAPerson)),
    ] {
        let found = check(&settings, with(plain_claims(), changes.clone()));
        assert_eq!(found.err(), expected, "{changes}");
    }
}

#[test]
fn entra_is_held_to_its_own_rules() {
    use Rejection::{Directory, Issuer, Scope, Subject, Version};
    let other = format!("https://login.microsoftonline.com/{OTHER}/v2.0");
    let braced = format!("https://login.microsoftonline.com/{{{ONE}}}/v2.0");
    for (changes, expected) in [
        (json!({}), None),
        // The issuer is that of the token's own directory, and the directory is listed.
        (json!({"iss": other, "tid": OTHER}), Some(Directory)),
        (json!({"iss": other}), Some(Issuer)),
        (json!({"tid": OTHER}), Some(Issuer)),
        (json!({"tid": null}), Some(Issuer)),
        (json!({"tid": "common"}), Some(Issuer)),
        (
            json!({"iss": braced, "tid": format!("{{{ONE}}}")}),
            Some(Issuer),
        ),
        (
            json!({"iss": format!("https://sts.windows.net/{ONE}/"), "ver": "1.0"}),
            Some(Issuer),
        ),
        (json!({"ver": "1.0"}), Some(Version)),
        (json!({"ver": null}), Some(Version)),
        (json!({"oid": null}), Some(Subject)),
        (json!({"oid": "olivia@contoso.example"}), Some(Subject)),
        (json!({"scp": null}), Some(Scope)),
        (json!({"scp": "User.Read"}), Some(Scope)),
        (json!({"scp": "access_as_user_too"}), Some(Scope)),
        (json!({"scp": null, "scope": "access_as_user"}), Some(Scope)),
        (
            json!({"scp": null, "roles": ["access_as_user"]}),
            Some(Scope),
        ),
        // Nothing of these is looked at.
        (json!({"sub": null, "email": "admin@other.example"}), None),
    ] {
        let found = check(&entra(), with(entra_claims(), changes.clone()));
        assert_eq!(found.err(), expected, "{changes}");
    }
}

#[test]
fn scopes_and_roles_are_words_of_their_claims() {
    let settings = settings(
        EXACT,
        IssuerDraft {
            scopes: Some(vec!["atlas".to_owned(), "atlas:read".to_owned()]),
            admin_role: Some("admin".to_owned()),
            ..IssuerDraft::default()
        },
    );
    for (changes, expected) in [
        (json!({}), None),
        (json!({"scope": "atlas"}), None),
        (json!({"scope": "atlas:read atlas"}), Some(false)),
        (json!({"scp": ["atlas", "atlas:read"]}), Some(false)),
        (json!({"scp": "atlas", "scope": "atlas:read"}), Some(false)),
        (
            json!({"scope": "atlas atlas:read", "roles": "admin"}),
            Some(true),
        ),
        (
            json!({"scope": "atlas atlas:read", "roles": ["admin"]}),
            Some(true),
        ),
        (
            json!({"scope": "atlas atlas:read", "roles": "no admin"}),
            Some(false),
        ),
        (
            json!({"scope": "atlas atlas:read", "roles": ["Admin"]}),
            Some(false),
        ),
    ] {
        let found = check(&settings, with(plain_claims(), changes.clone()));
        let found = found.map(|identity| identity.may_create_tenants);
        assert_eq!(found, expected.ok_or(Rejection::Scope), "{changes}");
    }
}

#[test]
fn what_is_shown_is_one_line_and_not_too_long() {
    let settings = settings(EXACT, IssuerDraft::default());
    for (changes, name, email) in [
        (json!({}), None, None),
        (
            json!({"name": " Ada\n\u{0}L. "}),
            Some("Ada  L.".to_owned()),
            None,
        ),
        (
            json!({"name": "\t", "preferred_username": "ada"}),
            Some("ada".to_owned()),
            None,
        ),
        (
            json!({"name": "é".repeat(300), "email": "ada@id.example"}),
            Some("é".repeat(256)),
            Some("ada@id.example".to_owned()),
        ),
    ] {
        let identity = check(&settings, with(plain_claims(), changes.clone())).unwrap();
        assert_eq!(
            (identity.display_name, identity.email),
            (name, email),
            "{changes}"
        );
    }
}
