//! Whose tokens are accepted: what the operator chooses, parsed so that nothing unsafe is left.

use std::collections::BTreeSet;

use url::{Host, Url};
use uuid::Uuid;

/// Stands in an issuer of Entra for the directory of whoever signs in.
pub const TENANT_PLACE: &str = "{tenantid}";
/// The scope that people of Entra need unless the operator chooses others.
pub const ACCESS_SCOPE: &str = "access_as_user";

/// How every issuer of Entra's version 2.0 ends.
const ENTRA_END: &str = "/{tenantid}/v2.0";
/// Where Entra's tokens of version 2.0 come from, cloud by cloud.
const ENTRA_HOSTS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
];
/// Written for all directories there are.
const EVERY: &str = "*";

/// Settings of [`Issuers`](super::Issuers). Without an issuer nobody signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OidcSettings {
    /// The issuers, each once.
    pub issuers: Vec<IssuerSettings>,
}

/// One issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerSettings {
    /// Which.
    pub name: IssuerName,
    /// What tokens have to name as their audience.
    pub audience: String,
    /// The console's name at the issuer. Nothing is checked by it.
    pub client_id: Option<String>,
    /// Scopes that every token must have.
    pub scopes: Vec<String>,
    /// The role in the token that gives the right to create tenants; without one nobody has it.
    pub admin_role: Option<String>,
    /// What the operator calls the issuer before people who choose among several.
    pub own_title: Option<String>,
    /// Other origins that the console has to reach for signing in, such as that of the tokens.
    pub connect_origins: Vec<String>,
}

/// How an issuer is named in its tokens, and with it which rules hold for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerName {
    /// Always alike. People are known by `sub`.
    Exact(String),
    /// Microsoft Entra, each directory by its own name. People are known by `oid`.
    Entra(EntraIssuer),
}

/// The issuers of Entra's directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntraIssuer {
    /// The issuer with [`TENANT_PLACE`] where the directory stands.
    pub template: String,
    /// Whose people are let in.
    pub directories: Directories,
}

/// Directories of Entra.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directories {
    /// These.
    Listed(BTreeSet<Uuid>),
    /// All there are, by the operator's own word.
    Every,
}

/// An issuer as it was written.
#[derive(Clone, Debug, Default)]
pub struct IssuerDraft {
    /// `issuer`.
    pub issuer: Option<String>,
    /// `audience`.
    pub audience: Option<String>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `scopes`.
    pub scopes: Option<Vec<String>>,
    /// `allowed_tenants`.
    pub allowed_tenants: Option<Vec<String>>,
    /// `admin_role`.
    pub admin_role: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `connect_origins`.
    pub connect_origins: Option<Vec<String>>,
}

/// What is wrong with an issuer as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerFault {
    /// Left out.
    #[error("must be written")]
    Missing,
    /// Not a URL that an issuer can have.
    #[error("`{0}` is no issuer: it takes an https: URL without query, or http: on this machine")]
    NotAnIssuer(String),
    /// The place of the directory is not where Entra puts it.
    #[error("`{0}` must end with `/{{tenantid}}/v2.0`: tokens of version 1.0 are not accepted")]
    NotVersion2(String),
    /// At Entra, but of no directory.
    #[error(
        "`{0}` names no directory: write the ID of one, or `{{tenantid}}` with `allowed_tenants`"
    )]
    NoDirectory(String),
    /// Nobody said whose people are let in.
    #[error(
        "must list the directories whose people may sign in (in the file), or say `*` for all there are"
    )]
    NoAllowedTenants,
    /// Directories without a place for them.
    #[error("goes only with an issuer that holds `{{tenantid}}`")]
    NothingToAllow,
    /// Not the ID of a directory.
    #[error("`{0}` is no ID of a directory")]
    NotADirectory(String),
    /// Entra's tokens for people have a scope always; without one, programs would be let in.
    #[error("must name one scope at least: tokens of programs have none")]
    NoScopes,
    /// Not what a page can be allowed to reach.
    #[error("`{0}` is no origin such as https://tokens.example")]
    NotAnOrigin(String),
    /// A right of this installation, given away by whoever has a directory.
    #[error("cannot be with `allowed_tenants` `*`: anybody could give it to themselves")]
    AdminOfEveryTenant,
}

impl IssuerSettings {
    /// Reads an issuer.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its key.
    pub fn read(draft: IssuerDraft) -> Result<Self, Vec<(&'static str, IssuerFault)>> {
        let mut faults = Vec::new();
        let mut keep = |key, fault| faults.push((key, fault));
        let audience = filled(draft.audience);
        if audience.is_none() {
            keep("audience", IssuerFault::Missing);
        }
        let name = match filled(draft.issuer) {
            Some(text) => IssuerName::read(&text, draft.allowed_tenants)
                .map_err(|(key, fault)| keep(key, fault))
                .ok(),
            None => {
                keep("issuer", IssuerFault::Missing);
                None
            }
        };
        let connect_origins = draft.connect_origins.unwrap_or_default();
        for text in connect_origins.iter().filter(|text| !is_origin(text)) {
            keep("connect_origins", IssuerFault::NotAnOrigin(text.clone()));
        }
        let admin_role = filled(draft.admin_role);
        let mut scopes = draft.scopes;
        if let Some(IssuerName::Entra(entra)) = &name {
            if scopes.as_ref().is_some_and(Vec::is_empty) {
                keep("scopes", IssuerFault::NoScopes);
            }
            if entra.directories == Directories::Every && admin_role.is_some() {
                keep("admin_role", IssuerFault::AdminOfEveryTenant);
            }
            scopes = scopes.or_else(|| Some(vec![ACCESS_SCOPE.to_owned()]));
        }
        match (name, audience) {
            (Some(name), Some(audience)) if faults.is_empty() => Ok(Self {
                name,
                audience,
                client_id: filled(draft.client_id),
                scopes: scopes.unwrap_or_default(),
                admin_role,
                own_title: filled(draft.name),
                connect_origins,
            }),
            _ => Err(faults),
        }
    }

    /// What people call the issuer.
    pub(super) fn title(&self) -> String {
        self.own_title.clone().unwrap_or_else(|| self.name.title())
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

impl IssuerName {
    fn read(text: &str, allowed: Option<Vec<String>>) -> Result<Self, (&'static str, IssuerFault)> {
        let at_issuer = |fault| ("issuer", fault);
        let at_allowed = |fault| ("allowed_tenants", fault);
        let nil = Uuid::nil().to_string();
        let url = url_of(&text.replace(TENANT_PLACE, &nil))
            .ok_or_else(|| at_issuer(IssuerFault::NotAnIssuer(text.to_owned())))?;
        if text.contains(TENANT_PLACE) {
            let root = text.strip_suffix(ENTRA_END);
            if root.is_none_or(|root| root.contains(TENANT_PLACE)) {
                return Err(at_issuer(IssuerFault::NotVersion2(text.to_owned())));
            }
            let directories = Directories::read(allowed.unwrap_or_default()).map_err(at_allowed)?;
            let template = text.to_owned();
            return Ok(Self::Entra(EntraIssuer {
                template,
                directories,
            }));
        }
        if allowed.is_some() {
            return Err(at_allowed(IssuerFault::NothingToAllow));
        }
        if !url
            .host_str()
            .is_some_and(|host| ENTRA_HOSTS.contains(&host))
        {
            return Ok(Self::Exact(text.to_owned()));
        }
        // One directory, written out: the rules of Entra hold for it all the same.
        let named = || at_issuer(IssuerFault::NoDirectory(text.to_owned()));
        let mut segments = url.path_segments().ok_or_else(named)?;
        let directory = segments.next().and_then(|name| name.parse::<Uuid>().ok());
        let directory = directory.ok_or_else(named)?;
        let template = format!("{}{ENTRA_END}", url.origin().ascii_serialization());
        let entra = EntraIssuer {
            template,
            directories: Directories::Listed(BTreeSet::from([directory])),
        };
        match entra.filled(directory) == text {
            true => Ok(Self::Entra(entra)),
            false => Err(at_issuer(IssuerFault::NotVersion2(text.to_owned()))),
        }
    }

    /// What it is called unless the operator says it otherwise.
    fn title(&self) -> String {
        match self {
            Self::Entra(_) => EntraIssuer::TITLE.to_owned(),
            Self::Exact(exact) => {
                let site = exact.split_once("://").map_or(&**exact, |(_, rest)| rest);
                site.split('/').next().unwrap_or(site).to_owned()
            }
        }
    }

    /// The issuer as it is written in the settings.
    pub fn as_written(&self) -> String {
        match self {
            Self::Exact(exact) => exact.clone(),
            Self::Entra(entra) => match entra.directories.only() {
                Some(directory) => entra.filled(directory),
                None => entra.template.clone(),
            },
        }
    }
}

impl EntraIssuer {
    /// What people call it.
    const TITLE: &str = "Microsoft Entra";

    /// The issuer of one directory.
    pub fn filled(&self, directory: Uuid) -> String {
        let directory = directory.hyphenated().to_string();
        self.template.replace(TENANT_PLACE, &directory)
    }

    /// The directory whose issuer this is.
    pub fn directory_in(&self, issuer: &str) -> Option<Uuid> {
        let (start, end) = self.template.split_once(TENANT_PLACE)?;
        let directory = issuer.strip_prefix(start)?.strip_suffix(end)?;
        let directory = directory.parse().ok()?;
        (self.filled(directory) == issuer).then_some(directory)
    }
}

impl Directories {
    fn read(texts: Vec<String>) -> Result<Self, IssuerFault> {
        if texts == [EVERY] {
            return Ok(Self::Every);
        }
        let parsed = texts.into_iter().map(|text| {
            let parsed = text.parse::<Uuid>();
            parsed.map_err(|_| IssuerFault::NotADirectory(text))
        });
        let listed: BTreeSet<Uuid> = parsed.collect::<Result<_, _>>()?;
        match listed.is_empty() {
            true => Err(IssuerFault::NoAllowedTenants),
            false => Ok(Self::Listed(listed)),
        }
    }

    /// Whether a directory is one of them.
    pub fn contain(&self, directory: Uuid) -> bool {
        match self {
            Self::Listed(listed) => listed.contains(&directory),
            Self::Every => true,
        }
    }

    /// The directory, if there is one only.
    pub fn only(&self) -> Option<Uuid> {
        match self {
            Self::Listed(listed) if listed.len() == 1 => listed.first().copied(),
            Self::Listed(_) | Self::Every => None,
        }
    }
}

/// An address that is asked for keys or that stands for an issuer: nobody between may change what
/// it answers.
pub(super) fn url_of(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let is_safe = match url.scheme() {
        "https" => true,
        "http" => is_on_this_machine(&url),
        _ => false,
    };
    (is_plain && is_safe).then_some(url)
}

/// Whether a text is an origin as browsers write it, and safe to talk to.
fn is_origin(text: &str) -> bool {
    url_of(text).is_some_and(|url| url.origin().ascii_serialization() == text)
}

/// Whether a URL leads to the machine itself.
pub(super) fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "11111111-1111-4111-8111-111111111111";
    const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

    fn read(issuer: &str, allowed: &[&str]) -> Result<IssuerSettings, Vec<&'static str>> {
        let allowed: Vec<String> = allowed.iter().map(|text| (*text).to_owned()).collect();
        let draft = IssuerDraft {
            issuer: Some(issuer.to_owned()),
            audience: Some("api".to_owned()),
            allowed_tenants: (!allowed.is_empty()).then_some(allowed),
            ..IssuerDraft::default()
        };
        IssuerSettings::read(draft)
            .map_err(|faults| faults.into_iter().map(|(key, _)| key).collect())
    }

    #[test]
    fn an_issuer_is_exact_or_entra_and_safe() {
        let written = format!("https://login.microsoftonline.com/{ONE}/v2.0");
        for (issuer, allowed, expected) in [
            ("https://id.example", &[][..], Ok(false)),
            ("https://id.example/", &[], Ok(false)),
            ("https://id.example/realms/a", &[], Ok(false)),
            ("http://127.0.0.1:4000", &[], Ok(false)),
            ("http://[::1]:4000", &[], Ok(false)),
            ("http://localhost:4000/x", &[], Ok(false)),
            (TEMPLATE, &[ONE], Ok(true)),
            (TEMPLATE, &["*"], Ok(true)),
            (written.as_str(), &[], Ok(true)),
            (TEMPLATE, &[], Err("allowed_tenants")),
            (TEMPLATE, &["contoso.example"], Err("allowed_tenants")),
            (TEMPLATE, &["*", ONE], Err("allowed_tenants")),
            (written.as_str(), &[ONE], Err("allowed_tenants")),
            ("https://id.example", &[ONE], Err("allowed_tenants")),
            ("http://id.example", &[], Err("issuer")),
            ("http://127.0.0.1.id.example", &[], Err("issuer")),
            ("ftp://localhost", &[], Err("issuer")),
            ("https://id.example?a=1", &[], Err("issuer")),
            ("https://id.example#a", &[], Err("issuer")),
            ("https://a:b@id.example", &[], Err("issuer")),
            ("here", &[], Err("issuer")),
            ("", &[], Err("issuer")),
            ("https://sts.windows.net/{tenantid}/", &[ONE], Err("issuer")),
            (
                "https://{tenantid}.example/{tenantid}/v2.0",
                &[ONE],
                Err("issuer"),
            ),
            (
                "https://login.microsoftonline.com/common/v2.0",
                &[],
                Err("issuer"),
            ),
            ("https://login.microsoftonline.com/", &[], Err("issuer")),
        ] {
            let found = read(issuer, allowed);
            let found = found.map(|it| matches!(it.name, IssuerName::Entra(_)));
            assert_eq!(
                found,
                expected.map_err(|key| vec![key]),
                "{issuer} {allowed:?}"
            );
        }
        let v1 = format!("https://login.microsoftonline.com/{ONE}/");
        assert_eq!(read(&v1, &[]), Err(vec!["issuer"]));
        assert_eq!(read(&written, &[]).unwrap().name.as_written(), written);
    }

    #[test]
    fn people_of_entra_need_a_scope_and_others_only_what_is_written() {
        assert_eq!(read(TEMPLATE, &[ONE]).unwrap().scopes, [ACCESS_SCOPE]);
        assert!(read("https://id.example", &[]).unwrap().scopes.is_empty());
        let draft = IssuerDraft {
            issuer: Some(TEMPLATE.to_owned()),
            scopes: Some(Vec::new()),
            allowed_tenants: Some(vec!["*".to_owned()]),
            admin_role: Some("Admin".to_owned()),
            ..IssuerDraft::default()
        };
        let faults = IssuerSettings::read(draft).unwrap_err();
        assert_eq!(
            faults,
            [
                ("audience", IssuerFault::Missing),
                ("scopes", IssuerFault::NoScopes),
                ("admin_role", IssuerFault::AdminOfEveryTenant),
            ]
        );
    }

    #[test]
    fn a_directory_is_read_from_its_issuer() {
        let IssuerName::Entra(entra) = read(TEMPLATE, &[ONE]).unwrap().name else {
            panic!("it is Entra");
        };
        let one: Uuid = ONE.parse().unwrap();
        assert_eq!(entra.directory_in(&entra.filled(one)), Some(one));
        let braced = TEMPLATE.replace(TENANT_PLACE, &format!("{{{ONE}}}"));
        for other in [TEMPLATE, "https://login.microsoftonline.com/", &braced] {
            assert_eq!(entra.directory_in(other), None, "{other}");
        }
    }
}
