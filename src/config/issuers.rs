//! Whose people may sign in: a list in one variable, or a table for each issuer.

use std::convert::Infallible;

use super::{texts, written::Written};
use crate::oidc::{IssuerDraft, IssuerSettings};

/// The list of issuers without further settings.
const LIST: &str = "oidc.issuers";
/// What the tables of the issuers stand below.
const TABLES: &str = "oidc.";

/// Reads every issuer, and complains of those that are named twice.
pub(super) fn read(written: &mut Written) -> Vec<IssuerSettings> {
    let listed = written.take(LIST, |text| texts::list(text, listed));
    let mut issuers = listed.unwrap_or_default();
    for table in written.tables(TABLES) {
        let prefix = format!("{TABLES}{table}");
        let draft = draft(&prefix, written);
        match IssuerSettings::read(draft) {
            Ok(issuer) => issuers.push(issuer),
            Err(faults) => {
                for (key, fault) in faults {
                    written.complain(&format!("{prefix}.{key}"), fault);
                }
            }
        }
    }
    let mut names: Vec<String> = issuers.iter().map(|it| it.name.as_written()).collect();
    names.sort();
    for pair in names.windows(2) {
        if let [one, other] = pair
            && one == other
        {
            written.complain("oidc", format!("`{one}` is named twice"));
        }
    }
    issuers
}

/// An issuer of the list: `issuer=audience`.
fn listed(text: &str) -> Result<IssuerSettings, String> {
    let (issuer, audience) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is no pair such as https://id.example=AUDIENCE"))?;
    let draft = IssuerDraft {
        issuer: Some(issuer.to_owned()),
        audience: Some(audience.to_owned()),
        ..IssuerDraft::default()
    };
    IssuerSettings::read(draft).map_err(|faults| {
        let faults = faults.into_iter();
        let told: Vec<String> = faults
            .map(|(key, fault)| format!("{key} {fault}"))
            .collect();
        format!("in `{text}`: {}", told.join("; "))
    })
}

fn draft(prefix: &str, written: &mut Written) -> IssuerDraft {
    let mut take = |key: &str| written.take(&format!("{prefix}.{key}"), text);
    let words = |text: String| texts::list(&text, |word| Ok(word.to_owned())).ok();
    IssuerDraft {
        issuer: take("issuer"),
        audience: take("audience"),
        client_id: take("client_id"),
        scopes: take("scopes").and_then(words),
        allowed_tenants: take("allowed_tenants").and_then(words),
        admin_role: take("admin_role"),
        name: take("name"),
        connect_origins: take("connect_origins").and_then(words),
    }
}

fn text(text: &str) -> Result<String, Infallible> {
    Ok(text.to_owned())
}
