//! Where people sign in: what a console needs to know of an issuer before anybody has signed in.

use url::Url;

use super::settings::{IssuerName, IssuerSettings, TENANT_PLACE};

/// What Entra calls all directories of organizations.
pub(super) const ORGANIZATIONS: &str = "organizations";
/// Asked for always: that a person signs in, and what the person is called.
const IDENTITY_SCOPES: [&str; 2] = ["openid", "profile"];

/// What a console needs to know to let people sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInPlace {
    /// What people call the issuer.
    pub title: String,
    /// Its address, below which its discovery document lies.
    pub authority: String,
    /// The console's own name at the issuer.
    pub client_id: String,
    /// What to ask for.
    pub scopes: Vec<String>,
    /// Origins that the console has to reach for it.
    pub origins: Vec<String>,
}

impl SignInPlace {
    /// The place that an issuer is; none if it does not know the console.
    pub(super) fn of(settings: &IssuerSettings) -> Option<Self> {
        let client_id = settings.client_id.clone()?;
        // Whose directory it is, Entra finds out, where several are let in.
        let authority = settings.name.as_written();
        let authority = authority.replace(TENANT_PLACE, ORGANIZATIONS);
        let origin = Url::parse(&authority).map(|url| url.origin().ascii_serialization());
        let mut origins: Vec<String> = origin.into_iter().collect();
        origins.extend(settings.connect_origins.iter().cloned());
        let own = settings.scopes.iter().map(|scope| match settings.name {
            // Entra's scopes belong to an application, and its tokens name them without it.
            IssuerName::Entra(_) => format!("{}/{scope}", settings.audience),
            IssuerName::Exact(_) => scope.clone(),
        });
        Some(Self {
            title: settings.title(),
            scopes: IDENTITY_SCOPES
                .map(str::to_owned)
                .into_iter()
                .chain(own)
                .collect(),
            authority,
            client_id,
            origins,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::IssuerDraft;

    const ONE: &str = "11111111-1111-4111-8111-111111111111";
    const OTHER: &str = "22222222-2222-4222-8222-222222222222";
    const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

    fn place(draft: IssuerDraft) -> Option<SignInPlace> {
        let draft = IssuerDraft {
            audience: Some("api".to_owned()),
            ..draft
        };
        SignInPlace::of(&IssuerSettings::read(draft).expect("an issuer"))
    }

    #[test]
    fn people_of_entra_sign_in_at_the_only_directory_or_at_all_organizations() {
        for (allowed, directory) in [
            (&[ONE][..], ONE),
            (&[ONE, OTHER], ORGANIZATIONS),
            (&["*"], ORGANIZATIONS),
        ] {
            let allowed = allowed.iter().map(|text| (*text).to_owned()).collect();
            let expected = SignInPlace {
                title: "Microsoft Entra".to_owned(),
                authority: TEMPLATE.replace(TENANT_PLACE, directory),
                client_id: "console".to_owned(),
                scopes: ["openid", "profile", "api/access_as_user"]
                    .map(str::to_owned)
                    .to_vec(),
                origins: vec!["https://login.microsoftonline.com".to_owned()],
            };
            let draft = IssuerDraft {
                issuer: Some(TEMPLATE.to_owned()),
                client_id: Some("console".to_owned()),
                allowed_tenants: Some(allowed),
                ..IssuerDraft::default()
            };
            assert_eq!(place(draft), Some(expected), "{directory}");
        }
    }

    #[test]
    fn other_issuers_are_called_as_the_operator_says_or_by_their_host() {
        let draft = IssuerDraft {
            issuer: Some("https://id.example:8443/realms/a".to_owned()),
            client_id: Some("console".to_owned()),
            scopes: Some(vec!["atlas".to_owned()]),
            connect_origins: Some(vec!["https://tokens.example".to_owned()]),
            ..IssuerDraft::default()
        };
        let found = place(draft.clone()).expect("a place");
        assert_eq!(found.title, "id.example:8443");
        assert_eq!(found.authority, "https://id.example:8443/realms/a");
        assert_eq!(found.scopes, ["openid", "profile", "atlas"]);
        assert_eq!(
            found.origins,
            ["https://id.example:8443", "https://tokens.example"]
        );
        let named = IssuerDraft {
            name: Some("Contoso".to_owned()),
            ..draft.clone()
        };
        assert_eq!(place(named).expect("a place").title, "Contoso");
        let unknown = IssuerDraft {
            client_id: None,
            ..draft
        };
        assert_eq!(place(unknown), None);
    }
}
