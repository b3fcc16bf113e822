//! Who a person is, as an OpenID Connect provider says.

use chrono::{DateTime, Utc};

/// A person who has shown a valid access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The issuer of the token; for Microsoft Entra ID the issuer of the person's directory.
    pub issuer: String,
    /// The person's identifier there, which never changes.
    pub subject: String,
    /// Name to show, when the provider sent one. Its owner may choose it, so it decides nothing.
    pub display_name: Option<String>,
    /// E-mail address, of which the same holds.
    pub email: Option<String>,
    /// When the token stops to hold.
    pub expires_at: DateTime<Utc>,
    /// Whether the provider grants the right to create tenants.
    pub may_create_tenants: bool,
}
