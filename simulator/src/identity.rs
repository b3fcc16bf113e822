//! The sign-in service: the token endpoint of each tenant, its discovery document, and the tokens.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    aadsts,
    answer::Answer,
    assertion::{self, Seen},
    clock::{self, Clock},
    faults::Effect,
    request::Incoming,
    sync::lock,
    tenant::Tenant,
    uri,
};

/// Seconds for which a token holds, unless a fault says otherwise.
const LIFETIME: u64 = 3599;
/// From this lifetime on the answer asks for a renewal at half of it.
const LONG_LIFETIME: u64 = 7200;
/// How long a token is remembered after its end, so that it is called expired and not unknown.
const MEMORY: Duration = Duration::from_secs(24 * 3600);

/// The only type of assertion there is.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The AADSTS code for a tenant that does not exist.
const UNKNOWN_TENANT: u32 = 90_002;

/// How the path of every token endpoint ends.
pub(crate) const TOKEN_PATH: &str = "/oauth2/v2.0/token";
/// The AADSTS codes of a refusal that passes: a key or a federation that is not known yet, and a
/// loop that was noticed.
pub(crate) const MAY_PASS: [u64; 7] = [
    50_196, 700_027, 70_021, 700_211, 700_213, 7_002_137, 7_002_138,
];

/// The tokens given out, and what they were asked for with.
#[derive(Debug)]
pub(crate) struct Tokens {
    clock: Clock,
    issued: Mutex<HashMap<String, Token>>,
    assertions: Seen,
    claims: Mutex<Vec<String>>,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    tenant: Uuid,
    /// By the simulation's clock.
    ends: Duration,
}

/// What a bearer token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearer {
    Valid(Uuid),
    Expired(Uuid),
    Unknown,
}

impl Tokens {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            issued: Mutex::default(),
            assertions: Seen::default(),
            claims: Mutex::default(),
        }
    }

    pub(crate) fn holder(&self, token: &str) -> Bearer {
        match lock(&self.issued).get(token) {
            Some(token) if token.ends > self.clock.elapsed() => Bearer::Valid(token.tenant),
            Some(token) => Bearer::Expired(token.tenant),
            None => Bearer::Unknown,
        }
    }

    /// The claims that tokens were asked for with, in order.
    pub(crate) fn claims_asked(&self) -> Vec<String> {
        lock(&self.claims).clone()
    }

    /// Ends all tokens now.
    pub(crate) fn expire(&self) {
        let now = self.clock.elapsed();
        for token in lock(&self.issued).values_mut() {
            token.ends = token.ends.min(now);
        }
    }

    fn issue(&self, tenant: &Tenant, form: &HashMap<String, String>, seconds: u64) -> String {
        let text = token_text(tenant, form, seconds);
        lock(&self.claims).extend(form.get("claims").cloned());
        let now = self.clock.elapsed();
        let token = Token {
            tenant: tenant.spec.entra_tenant_id,
            ends: now.saturating_add(Duration::from_secs(seconds)),
        };
        let mut tokens = lock(&self.issued);
        tokens.retain(|_, token| now.saturating_sub(token.ends) < MEMORY);
        tokens.insert(text.clone(), token);
        text
    }
}

/// Answers a token request. `tenant` is the one that the path names, if it is known.
pub(crate) fn token(
    tokens: &Tokens,
    tenant: Option<&Tenant>,
    request: &Incoming,
    fault: Option<&Effect>,
) -> Answer {
    let form = form_of(&request.body);
    if let Some(code) = refusal(tokens, tenant, &form, request, fault) {
        return uncached(aadsts::refused(code));
    }
    let Some(tenant) = tenant else {
        return uncached(aadsts::refused(UNKNOWN_TENANT));
    };
    let (seconds, refresh_in) = match fault {
        Some(Effect::TokenExpiry { seconds }) => (*seconds, None),
        Some(Effect::TokenRefresh {
            seconds,
            refresh_in,
        }) => (*seconds, Some(*refresh_in)),
        _ => (LIFETIME, None),
    };
    let mut body = json!({
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": tokens.issue(tenant, &form, seconds),
    });
    let usual = (seconds >= LONG_LIFETIME).then_some(seconds / 2);
    if let (Some(members), Some(refresh_in)) = (body.as_object_mut(), refresh_in.or(usual)) {
        members.insert("refresh_in".to_owned(), refresh_in.into());
    }
    uncached(Answer::json(200, body))
}

/// The AADSTS code with which the request is refused, if it is.
fn refusal(
    tokens: &Tokens,
    tenant: Option<&Tenant>,
    form: &HashMap<String, String>,
    request: &Incoming,
    fault: Option<&Effect>,
) -> Option<u32> {
    if let Some(Effect::TokenRefused { code }) = fault {
        return Some(*code);
    }
    let Some(tenant) = tenant else {
        return Some(UNKNOWN_TENANT);
    };
    let value = |name: &str| form.get(name).map_or("", String::as_str);
    if value("grant_type") != "client_credentials" {
        return Some(70003);
    }
    if !value("scope").ends_with("/.default") {
        return Some(70011);
    }
    if value("client_id") != tenant.spec.client_id.to_string() {
        return Some(700_016);
    }
    let credential = match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), _) => (*secret != tenant.spec.client_secret).then_some(7_000_215),
        (None, Some(assertion)) if value("client_assertion_type") == JWT_BEARER => {
            assertion::refusal(assertion, &tenant.spec, request, &tokens.assertions)
        }
        (None, Some(_)) => Some(7_000_216),
        (None, None) => Some(7_000_216),
    };
    credential.or_else(|| tenant.credential_refusal())
}

/// The discovery document, which exists for known tenants.
pub(crate) fn discovery(tenant: Option<&Tenant>, request: &Incoming) -> Answer {
    let Some(tenant) = tenant else {
        return uncached(aadsts::refused(UNKNOWN_TENANT));
    };
    let root = format!("http://{}/{}", request.host, tenant.spec.entra_tenant_id);
    Answer::json(
        200,
        json!({
            "token_endpoint": format!("{root}/oauth2/v2.0/token"),
            "issuer": format!("{root}/v2.0"),
            "tenant_region_scope": "EU",
            "msgraph_host": request.host,
        }),
    )
}

fn form_of(body: &[u8]) -> HashMap<String, String> {
    String::from_utf8_lossy(body)
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (uri::decode_query(name), uri::decode_query(value)))
        .collect()
}

/// A JSON web token that nobody can verify; the simulator knows its tokens by heart.
fn token_text(tenant: &Tenant, form: &HashMap<String, String>, seconds: u64) -> String {
    let now = clock::now().timestamp();
    let id = tenant.spec.entra_tenant_id;
    let mut claims = json!({
        "aud": "https://graph.microsoft.com",
        "iss": format!("https://sts.windows.net/{id}/"),
        "iat": now,
        "nbf": now,
        "exp": now.saturating_add_unsigned(seconds),
        "app_displayname": "Simulated backup",
        "appid": tenant.spec.client_id,
        "appidacr": if form.contains_key("client_secret") { "1" } else { "2" },
        "idtyp": "app",
        "tid": id,
        "uti": Uuid::new_v4(),
        "ver": "1.0",
    });
    let roles = tenant.permissions();
    // Without any grant the claim is missing, not empty.
    if let (false, Some(claims)) = (roles.is_empty(), claims.as_object_mut()) {
        claims.insert("roles".to_owned(), json!(roles));
    }
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "sim" });
    format!("{}.{}.sim", part(&header), part(&claims))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn uncached(answer: Answer) -> Answer {
    answer
        .with("Cache-Control", "no-store, no-cache".to_owned())
        .with("Pragma", "no-cache".to_owned())
        .with("x-ms-request-id", Uuid::new_v4().to_string())
}
