//! Refusals of the sign-in host: which AADSTS codes pass by themselves, and what to tell people.

use std::{fmt, time::Duration};

use serde::Deserialize;

use crate::domain::failure::FailureCode;

/// How long the host is left alone after a refusal that lasts until somebody acts.
const LONG_REST: Duration = Duration::from_secs(3600);
/// How long it is left alone when a change may still be on its way, or it was asked too often.
const SHORT_REST: Duration = Duration::from_secs(300);

/// A refused sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRefusal {
    /// Number of the AADSTS code; 0 if the host gave none.
    pub(super) number: u32,
    /// The OAuth error.
    pub(super) error: String,
}

const KEY_NOT_ACCEPTED: u32 = 700_027;

/// What a code means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The same request may succeed soon.
    Transient,
    /// Too many requests; wait for minutes.
    Throttled,
    /// Refused until somebody acts.
    Lasting(&'static str),
    /// The same, unless somebody has acted a moment ago: new keys and federated credentials take
    /// minutes to be known everywhere. Codes that nobody knows belong here as well.
    Settling(&'static str),
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_codes: Vec<u32>,
}

impl SignInRefusal {
    /// Reads the body of a refusal; none if it is not a refusal of the token endpoint.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        // The host was seen to glue an HTML page behind its JSON.
        let mut bodies = serde_json::Deserializer::from_slice(body).into_iter::<Body>();
        let body = bodies.next()?.ok()?;
        let number = body.error_codes.first().copied().unwrap_or_default();
        let known = number != 0 || !body.error.is_empty();
        known.then_some(Self {
            number,
            error: body.error,
        })
    }

    /// Whether the same request may succeed within minutes.
    pub(super) fn is_transient(&self) -> bool {
        self.meaning() == Meaning::Transient
    }

    /// Whether the key of an assertion was not accepted. Right after a new one was registered, some
    /// hosts do not know it yet.
    pub(super) fn is_about_the_key(&self) -> bool {
        self.number == KEY_NOT_ACCEPTED
    }

    /// How long the host is to be left alone.
    pub(super) fn rest(&self) -> Option<Duration> {
        match self.meaning() {
            Meaning::Transient => None,
            Meaning::Throttled | Meaning::Settling(_) => Some(SHORT_REST),
            Meaning::Lasting(_) => Some(LONG_REST),
        }
    }

    pub(super) fn code(&self) -> FailureCode {
        match self.meaning() {
            Meaning::Transient => FailureCode::GraphUnavailable,
            Meaning::Throttled => FailureCode::GraphThrottle,
            Meaning::Lasting(_) | Meaning::Settling(_) => FailureCode::TokenExpired,
        }
    }

    pub(super) fn sentence(&self) -> String {
        match self.meaning() {
            Meaning::Transient => {
                format!(
                    "Microsoft Entra could not issue a token just now ({self}). The next attempt may succeed."
                )
            }
            Meaning::Throttled => {
                format!(
                    "Microsoft Entra throttles sign-ins of this app ({self}). The next attempt may succeed."
                )
            }
            Meaning::Lasting(what_to_do) | Meaning::Settling(what_to_do) => {
                format!("Microsoft Entra refused the credential ({self}). {what_to_do}")
            }
        }
    }

    fn meaning(&self) -> Meaning {
        use Meaning::{Lasting, Settling, Throttled, Transient};
        match self.number {
            50000 | 90006 | 90012 | 90024 | 90033 | 90090 => Transient,
            50196 | 90055 => Throttled,
            7000215 => Lasting("The client secret is wrong. Enter the secret's value, not its ID."),
            7000222 => {
                Lasting("The client secret has expired. Create a new one and enter its value.")
            }
            7000216 | 7000218 => Lasting("The request held no credential. Store one."),
            700016 => Lasting(
                "The directory does not know the app. Check the client ID, and that an administrator of the tenant has consented.",
            ),
            7000229 => Lasting(
                "The app has no service principal in the directory. An administrator of the tenant has to consent to it.",
            ),
            7000112 => Lasting("The app is disabled in the directory. Enable sign-in for it."),
            KEY_NOT_ACCEPTED => Settling(
                "The app does not know the certificate. Register the same certificate with the app.",
            ),
            700024 => Settling(
                "The assertion is outside of its time. Check the clock of the server, or of what issues its token.",
            ),
            70021 | 700211 | 700212 | 700213 | 7002137 | 7002138 => Settling(
                "No federated credential of the app matches the token. Issuer, subject and audience have to be equal letter by letter.",
            ),
            90002 => {
                Lasting("There is no such directory. Check the Entra tenant ID and the cloud.")
            }
            900023 => Lasting("The Entra tenant ID is malformed."),
            90038 | 900382 | 900432 => {
                Lasting("The directory lives in another cloud. Choose the tenant's cloud again.")
            }
            500011 => Lasting(
                "The directory does not know Microsoft Graph at this address. Check the cloud.",
            ),
            70011 | 1002012 => Lasting("The requested scope is not accepted. Check the cloud."),
            53003 => Lasting(
                "A Conditional Access policy blocks the app. Exclude the app, or allow the server's address.",
            ),
            50020 | 50034 | 50076 | 65001 => Lasting(
                "The app signs in as a user, but has to sign in by itself. Use an app registration with a credential of its own.",
            ),
            _ if self.error == "temporarily_unavailable" || self.error == "server_error" => {
                Transient
            }
            _ => Settling("Check the client ID and the credential."),
        }
    }
}

impl fmt::Display for SignInRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            0 => f.write_str(&self.error),
            number => write!(f, "AADSTS{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use serde_json::json;

    use super::*;
    use crate::graph::GraphError;

    fn refusal(number: u32, error: &str) -> SignInRefusal {
        SignInRefusal {
            number,
            error: error.to_owned(),
        }
    }

    #[test]
    fn bodies_are_read_even_with_a_page_behind_them() {
        let body = br#"{"error":"invalid_client","error_description":"AADSTS7000215: x","error_codes":[7000215]}<html>"#;
        assert_eq!(
            SignInRefusal::read(body),
            Some(refusal(7_000_215, "invalid_client"))
        );
        assert_eq!(
            SignInRefusal::read(br#"{"error":"invalid_grant"}"#),
            Some(refusal(0, "invalid_grant"))
        );
        assert_eq!(SignInRefusal::read(b"<html>503</html>"), None);
        assert_eq!(SignInRefusal::read(b"{}"), None);
    }

    #[test]
    fn codes_decide_before_words() {
        for (number, error, code) in [
            (7_000_215, "invalid_client", FailureCode::TokenExpired),
            (
                7_000_222,
                "temporarily_unavailable",
                FailureCode::TokenExpired,
            ),
            (90_002, "invalid_request", FailureCode::TokenExpired),
            (90_033, "invalid_request", FailureCode::GraphUnavailable),
            (50_196, "invalid_grant", FailureCode::GraphThrottle),
            (1, "server_error", FailureCode::GraphUnavailable),
            (1, "invalid_client", FailureCode::TokenExpired),
        ] {
            assert_eq!(refusal(number, error).code(), code, "{number} {error}");
        }
    }

    #[test]
    fn the_host_is_left_alone_as_long_as_nothing_can_have_changed() {
        for (number, seconds) in [
            (7_000_215, Some(3600)),
            (7_000_222, Some(3600)),
            (700_016, Some(3600)),
            (90_002, Some(3600)),
            (50_196, Some(300)),
            (700_027, Some(300)),
            (700_213, Some(300)),
            (1, Some(300)),
            (90_033, None),
        ] {
            let rest = refusal(number, "invalid_client").rest();
            assert_eq!(rest.map(|rest| rest.as_secs()), seconds, "{number}");
        }
    }

    #[test]
    fn a_wrong_and_an_expired_secret_read_differently() {
        let wrong = refusal(7_000_215, "invalid_client").sentence();
        let expired = refusal(7_000_222, "invalid_client").sentence();
        assert!(
            wrong.contains("AADSTS7000215") && wrong.contains("not its ID"),
            "{wrong}"
        );
        assert!(
            expired.contains("AADSTS7000222") && expired.contains("expired"),
            "{expired}"
        );
    }

    /// What people are told, which is short and fits every database.
    fn is_fit_to_be_shown(refusal: SignInRefusal) -> bool {
        let message = GraphError::SignIn(refusal).failure().message;
        message.chars().count() <= 2000 && !message.contains(char::is_control)
    }

    proptest! {
        #[test]
        fn any_refusal_is_read_and_what_is_behind_it_ignored(
            number in any::<u32>(),
            error in ".{0,3000}",
            description in ".*",
            behind in "(<html>.*)?",
        ) {
            let body = json!({
                "error": error, "error_description": description, "error_codes": [number, 1],
            });
            let read = SignInRefusal::read(format!("{body}{behind}").as_bytes());
            let is_said = number != 0 || !error.is_empty();
            prop_assert_eq!(&read, &is_said.then(|| refusal(number, &error)));
            prop_assert!(read.is_none_or(is_fit_to_be_shown));
        }

        #[test]
        fn any_bytes_give_a_refusal_or_none(bytes in vec(any::<u8>(), 0..2000)) {
            prop_assert!(SignInRefusal::read(&bytes).is_none_or(is_fit_to_be_shown));
        }

        #[test]
        fn pages_of_gateways_are_no_refusals(page in "<[!a-zA-Z].{0,300}") {
            prop_assert_eq!(SignInRefusal::read(page.as_bytes()), None);
        }
    }
}
