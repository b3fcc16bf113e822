//! The requests that an issuer answers: documents, the code flow with PKCE, and the way out.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Signer, page,
    provider::{Grant, LIFETIME, Provider},
    redirect,
};
use crate::{answer::Answer, request::Incoming, uri};

/// How every discovery document's path ends.
const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Rotates the keys. It opens to the machine itself only.
const ROTATION: &str = "/__sim/keys";

pub(super) fn answer(provider: &Provider, request: &Incoming, is_near: bool) -> Answer {
    if provider.is_down() {
        return html(503, "The issuer is down.");
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("OPTIONS", _) => open(Answer::text_of(204, "text/plain", String::new())),
        ("GET", "/jwks") => {
            provider.note_key_request();
            json_of(200, &provider.keys().published())
        }
        ("GET", "/authorize") => authorize(provider, request),
        ("POST", "/token") => match token(provider, request) {
            Ok(tokens) => json_of(200, &tokens),
            Err(error) => json_of(400, &json!({ "error": error })),
        },
        ("GET", "/end-session") => end_session(request),
        ("POST", ROTATION) if is_near => match provider.rotate() {
            Ok(()) => json_of(200, &provider.keys().published()),
            Err(error) => html(500, &error.to_string()),
        },
        ("GET", path) if path.ends_with(DISCOVERY) => discovery(provider, path),
        _ => html(404, "There is no such page."),
    }
}

/// The document of the issuer itself, or of a directory as Entra has them.
fn discovery(provider: &Provider, path: &str) -> Answer {
    let root = &provider.url;
    let directory = path.trim_end_matches(DISCOVERY).strip_suffix("/v2.0");
    let issuer = match directory.map(|path| path.trim_start_matches('/')) {
        Some("organizations" | "common") => provider.directory_url("{tenantid}"),
        Some(directory) if directory.parse::<Uuid>().is_ok() => provider.directory_url(directory),
        None if path == DISCOVERY => root.clone(),
        Some(_) | None => return html(404, "There is no such directory."),
    };
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{root}/authorize"),
        "token_endpoint": format!("{root}/token"),
        "jwks_uri": format!("{root}/jwks"),
        "end_session_endpoint": format!("{root}/end-session"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid", "profile", "email"],
        "authorization_response_iss_parameter_supported": true,
    });
    json_of(200, &document)
}

fn authorize(provider: &Provider, request: &Incoming) -> Answer {
    let query = pairs(&request.query);
    let value = |name: &str| value_of(&query, name);
    let (client, back) = (value("client_id"), value("redirect_uri"));
    if client.is_empty() || !redirect::is_on_this_machine(back) {
        let text = "The request needs a client_id, and a redirect_uri on this machine.";
        return html(400, text);
    }
    let state = value("state");
    let refused = |error: &str| {
        let members = [("error", error), ("state", state), ("iss", &provider.url)];
        found(&redirect::with(back, &members))
    };
    if value("response_type") != "code" {
        return refused("unsupported_response_type");
    }
    if value("code_challenge_method") != "S256" || value("code_challenge").is_empty() {
        return refused("invalid_request");
    }
    let resource = value("resource");
    if !resource.is_empty() && resource != provider.audience {
        return refused("invalid_target");
    }
    let Some(person) = provider.person(value("login_hint")) else {
        let kept: Vec<(String, String)> = query
            .iter()
            .filter(|(name, _)| name != "login_hint")
            .cloned()
            .collect();
        let page = page::choice(&provider.people, &kept);
        return uncached(Answer::html(200, &page));
    };
    let nonce = Some(value("nonce")).filter(|nonce| !nonce.is_empty());
    let code = provider.give(Grant {
        person: person.clone(),
        client: client.to_owned(),
        redirect: back.to_owned(),
        challenge: value("code_challenge").to_owned(),
        scope: value("scope").to_owned(),
        nonce: nonce.map(str::to_owned),
        given_at: provider.now(),
    });
    let mut members = vec![("code", code.as_str()), ("iss", &provider.url)];
    if !state.is_empty() {
        members.push(("state", state));
    }
    found(&redirect::with(back, &members))
}

/// The tokens for a code, or the name of what is wrong with the request.
fn token(provider: &Provider, request: &Incoming) -> Result<Value, &'static str> {
    let form = pairs(&String::from_utf8_lossy(&request.body));
    let value = |name: &str| value_of(&form, name);
    if value("grant_type") != "authorization_code" {
        return Err("unsupported_grant_type");
    }
    let resource = value("resource");
    if !resource.is_empty() && resource != provider.audience {
        return Err("invalid_target");
    }
    let grant = provider.redeem(value("code")).ok_or("invalid_grant")?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(value("code_verifier")));
    let is_own = grant.client == value("client_id")
        && grant.redirect == value("redirect_uri")
        && grant.challenge == challenge;
    if !is_own {
        return Err("invalid_grant");
    }
    let signed = |draft| {
        let signed = provider.keys().sign(&draft, &Signer::Es256);
        signed.ok_or("server_error")
    };
    let access = provider.access_token(&grant.person, &grant.client, &grant.scope);
    let mut tokens = json!({
        "access_token": signed(access)?,
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "scope": grant.scope,
    });
    if grant.scope.split(' ').any(|scope| scope == "openid")
        && let Some(tokens) = tokens.as_object_mut()
    {
        let id_token = signed(provider.id_token(&grant))?;
        tokens.insert("id_token".to_owned(), id_token.into());
    }
    Ok(tokens)
}

fn end_session(request: &Incoming) -> Answer {
    let query = pairs(&request.query);
    let back = value_of(&query, "post_logout_redirect_uri");
    if !redirect::is_on_this_machine(back) {
        return html(200, "You have signed out.");
    }
    match value_of(&query, "state") {
        "" => found(back),
        state => found(&redirect::with(back, &[("state", state)])),
    }
}

/// The members of a query or a form.
fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (uri::decode_query(name), uri::decode_query(value)))
        .collect()
}

fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    let found = pairs.iter().find(|(other, _)| other == name);
    found.map_or("", |(_, value)| value)
}

fn found(address: &str) -> Answer {
    uncached(Answer::text_of(302, "text/plain", String::new())).with("Location", address.to_owned())
}

fn html(status: u16, text: &str) -> Answer {
    uncached(Answer::html(status, &page::message(text)))
}

/// A document that any page may read, as public as its keys.
fn json_of(status: u16, value: &Value) -> Answer {
    let text = value.to_string();
    open(uncached(Answer::text_of(status, "application/json", text)))
}

fn open(answer: Answer) -> Answer {
    answer
        .with("Access-Control-Allow-Origin", "*".to_owned())
        .with("Access-Control-Allow-Headers", "*".to_owned())
        .with("Access-Control-Allow-Methods", "GET, POST".to_owned())
}

fn uncached(answer: Answer) -> Answer {
    answer.with("Cache-Control", "no-store".to_owned())
}
