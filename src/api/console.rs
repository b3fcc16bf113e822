//! The console: the files that it is made of, what it is told before anybody has signed in, and what
//! its pages may do.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use serde::Serialize;

use super::http::{Asset, Encoding};
use crate::{domain::role::Role, oidc::SignInPlace};

/// The page that every address of the console shows.
const INDEX: &str = "index.html";

/// The files of a console by their paths; none in a build without one.
#[derive(Clone, Default)]
pub struct ConsoleFiles(Arc<BTreeMap<String, Asset>>);

/// What the build script found, by path; nothing in a build without a console.
static BUILT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console.rs"));

impl ConsoleFiles {
    /// The console that was built with this program.
    pub fn built() -> Self {
        let files = BUILT.iter();
        Self::new(files.map(|(path, bytes)| ((*path).to_owned(), Cow::Borrowed(*bytes))))
    }

    /// A console of these files. One that ends in `.br` or `.gz` is a packed form of that without.
    pub fn new(files: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>) -> Self {
        let mut assets = BTreeMap::new();
        for (path, bytes) in files {
            let (path, encoding) = match path.rsplit_once('.') {
                Some((plain, "br")) => (plain.to_owned(), Encoding::Brotli),
                Some((plain, "gz")) => (plain.to_owned(), Encoding::Gzip),
                Some(_) | None => (path, Encoding::Identity),
            };
            let asset = assets
                .remove(&path)
                .unwrap_or_else(|| Asset::new(media_of(&path)));
            let asset = match bytes {
                Cow::Borrowed(bytes) => asset.with(encoding, bytes),
                Cow::Owned(bytes) => asset.with(encoding, bytes),
            };
            assets.insert(path, asset);
        }
        Self(Arc::new(assets))
    }

    /// The page, if there is a console.
    pub(super) fn index(&self) -> Option<&Asset> {
        self.get(INDEX)
    }

    /// A file.
    pub(super) fn get(&self, path: &str) -> Option<&Asset> {
        self.0.get(path)
    }
}

impl fmt::Debug for ConsoleFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConsoleFiles").field(&self.0.len()).finish()
    }
}

fn media_of(path: &str) -> String {
    let media = mime_guess::from_path(path).first_or_octet_stream();
    match media.type_() {
        mime_guess::mime::TEXT => format!("{media}; charset=utf-8"),
        _ => media.to_string(),
    }
}

/// Somebody of a demonstration, who signs in by one click.
#[derive(Clone, Debug, Serialize)]
pub struct Guest {
    /// What the person is called.
    pub name: String,
    /// What the person is in every tenant.
    #[serde(serialize_with = "as_word")]
    pub role: Role,
    /// What the issuer knows the person by.
    pub hint: String,
}

fn as_word<S: serde::Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(role)
}

/// What the console is told before anybody has signed in.
#[derive(Serialize)]
struct Told<'a> {
    version: &'static str,
    demo: bool,
    issuers: Vec<ToldIssuer<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldIssuer<'a> {
    name: &'a str,
    authority: &'a str,
    client_id: &'a str,
    scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<&'a [Guest]>,
}

/// A server's console.
pub(super) struct Console {
    pub(super) files: ConsoleFiles,
    /// What the console is told.
    pub(super) told: Asset,
    /// What its pages may do.
    pub(super) policy: String,
}

impl Console {
    /// The console of a server that lets people in from these places. A demonstration has guests.
    pub(super) fn new(
        files: ConsoleFiles,
        places: &[SignInPlace],
        guests: Option<&[Guest]>,
    ) -> Self {
        let issuers = places.iter().map(|place| ToldIssuer {
            name: &place.title,
            authority: &place.authority,
            client_id: &place.client_id,
            scopes: &place.scopes,
            people: guests,
        });
        let told = Told {
            version: env!("CARGO_PKG_VERSION"),
            demo: guests.is_some(),
            issuers: issuers.collect(),
        };
        let told = serde_json::json!(told).to_string();
        Self {
            files,
            told: Asset::new("application/json").with(Encoding::Identity, told),
            policy: policy(places),
        }
    }
}

/// What the pages may do: nothing but load what this server has, and talk to it and to the issuers.
fn policy(places: &[SignInPlace]) -> String {
    let mut origins: Vec<&str> = places
        .iter()
        .flat_map(|place| &place.origins)
        .map(String::as_str)
        .collect();
    origins.sort_unstable();
    origins.dedup();
    let connect: String = origins.iter().map(|origin| format!(" {origin}")).collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'{connect}; object-src 'none'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}
