//! Bodies of refusals. Intune wraps JSON as text in the message of JSON, up to several times;
//! gateways answer with HTML.

use std::time::Duration;

use serde_json::Value;

use super::retry;

/// How often a message is looked into for another message.
const LEVELS: usize = 4;
/// Longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 300;
/// Code that says nothing; the wrapped one counts then.
const UNKNOWN: &str = "UnknownError";

/// What an answer other than a success says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Refusal {
    /// Machine-readable code; empty if there is none.
    pub(super) code: String,
    /// Innermost message, without the service's internals; empty if there is none.
    pub(super) message: String,
    /// Seconds to wait, told within the body.
    retry_after_seconds: Option<f64>,
}

impl Refusal {
    /// The wait that the body asks for.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after_seconds.and_then(retry::whole_seconds)
    }

    /// Reads the body of a refusal; anything that is not JSON counts as saying nothing.
    pub(super) fn read(body: &[u8]) -> Self {
        let first = serde_json::Deserializer::from_slice(body)
            .into_iter::<Value>()
            .next();
        let Some(Ok(body)) = first else {
            return Self::default();
        };
        let text = |name: &str| {
            let member = body.get("error").and_then(|error| error.get(name));
            member
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut refusal = Self {
            code: text("code"),
            message: text("message"),
            retry_after_seconds: None,
        };
        for _ in 0..LEVELS {
            if !refusal.unwrap_level() {
                break;
            }
        }
        refusal.message = shown(&refusal.message);
        refusal
    }

    fn unwrap_level(&mut self) -> bool {
        let text = self.message.trim();
        if !text.starts_with('{') {
            return false;
        }
        let Ok(inner) = serde_json::from_str::<Value>(text) else {
            return false;
        };
        if let Some(code) = inner.get("ErrorCode").and_then(Value::as_str)
            && (self.code.is_empty() || self.code == UNKNOWN)
        {
            code.clone_into(&mut self.code);
        }
        if let Some(seconds) = inner.get("RetryAfter").and_then(Value::as_f64) {
            self.retry_after_seconds = Some(seconds);
        }
        let message = inner.get("Message").and_then(Value::as_str);
        self.message = message.unwrap_or_default().to_owned();
        true
    }

    /// Names of the permissions that the message asks for.
    pub(super) fn scopes(&self) -> Vec<String> {
        let Some((_, list)) = self.message.split_once("scopes:") else {
            return Vec::new();
        };
        list.split(|c: char| c == ',' || c.is_whitespace())
            .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphabetic()))
            .filter(|word| is_scope(word))
            .map(str::to_owned)
            .collect()
    }

    /// Whether the tenant lacks a licence for what was asked, or never switched it on.
    pub(super) fn is_about_licence(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        message.contains("not applicable to target tenant")
    }

    /// Whether the directory lacks a premium licence. Its services refuse with 403 then, as they do
    /// when a permission is missing, but say so.
    pub(super) fn is_about_premium(&self) -> bool {
        self.code.contains("NonPremiumTenant")
            || self
                .message
                .to_ascii_lowercase()
                .contains("premium license")
    }

    /// Code and message for people.
    pub(super) fn text(&self) -> String {
        match (self.code.as_str(), self.message.as_str()) {
            ("", "") => "no reason given".to_owned(),
            (code, "") => code.to_owned(),
            ("", message) => message.to_owned(),
            (code, message) => format!("{code}: {message}"),
        }
    }
}

fn is_scope(word: &str) -> bool {
    let mut parts = word.split('.');
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic());
    parts.clone().count() > 1 && parts.all(plain)
}

fn shown(message: &str) -> String {
    let own = message.split(" - Operation ID").next().unwrap_or_default();
    let own = own.split_whitespace().collect::<Vec<_>>().join(" ");
    own.chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TAIL: &str =
        " - Operation ID (for customer support): 0 - Activity ID: 1 - Url: https://fef.example/x";

    fn form_a(message: &str, retry_after: Value) -> String {
        let inner = json!({
            "_version": 3, "Message": format!("{message}{TAIL}"), "CustomApiErrorPhrase": "",
            "RetryAfter": retry_after, "ErrorSourceService": "", "HttpHeaders": "{}"
        });
        inner.to_string()
    }

    fn body(code: &str, message: &str) -> Vec<u8> {
        json!({"error": {"code": code, "message": message}})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn every_form_gives_its_innermost_message() {
        let a = form_a("Not authorized", Value::Null);
        let b = json!({"ErrorCode": "Forbidden", "Message": a, "Details": null}).to_string();
        let c = json!({"Message": a}).to_string();
        for (code, message, expected) in [
            ("BadRequest", "Plain text", "BadRequest: Plain text"),
            ("Forbidden", a.as_str(), "Forbidden: Not authorized"),
            ("UnknownError", b.as_str(), "Forbidden: Not authorized"),
            ("UnknownError", c.as_str(), "UnknownError: Not authorized"),
            ("UnknownError", "", "UnknownError"),
            ("", "", "no reason given"),
            ("X", "{not json", "X: {not json"),
        ] {
            assert_eq!(Refusal::read(&body(code, message)).text(), expected);
        }
    }

    #[test]
    fn html_says_nothing_and_json_before_html_counts() {
        assert_eq!(Refusal::read(b"<html>503</html>"), Refusal::default());
        assert_eq!(
            Refusal::read(b"{\"error\":{\"code\":\"A\""),
            Refusal::default()
        );
        assert_eq!(
            Refusal::read(br#"{"error":"text"}<html>"#),
            Refusal::default()
        );
        assert_eq!(Refusal::read(br#"{"error":{"code":"A"}}<html>"#).code, "A");
    }

    #[test]
    fn a_wait_inside_the_body_is_found() {
        let message = form_a("Busy", json!(12.5));
        assert_eq!(
            Refusal::read(&body("Busy", &message)).retry_after(),
            Some(Duration::from_secs(13))
        );
        let message = form_a("Busy", Value::Null);
        assert_eq!(Refusal::read(&body("Busy", &message)).retry_after(), None);
    }

    #[test]
    fn a_missing_premium_licence_is_told_by_code_or_message() {
        for (code, message, is_premium) in [
            (
                "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "",
                true,
            ),
            ("Forbidden", "The tenant doesn't have Premium license", true),
            (
                "Authorization_RequestDenied",
                "Insufficient privileges",
                false,
            ),
        ] {
            let refusal = Refusal::read(&body(code, message));
            assert_eq!(refusal.is_about_premium(), is_premium, "{code} {message}");
        }
    }

    #[test]
    fn scopes_are_named() {
        let text =
            "Application must have one of the following scopes: A.Read.All, A.ReadWrite.All.";
        let refusal = Refusal::read(&body("Forbidden", &form_a(text, Value::Null)));
        assert_eq!(refusal.scopes(), ["A.Read.All", "A.ReadWrite.All"]);
        assert!(Refusal::read(&body("Forbidden", "No.")).scopes().is_empty());
    }

    #[test]
    fn a_missing_licence_is_recognised() {
        let refusal = Refusal::read(&body(
            "BadRequest",
            "Request not applicable to target tenant.",
        ));
        assert!(refusal.is_about_licence());
        assert!(!Refusal::read(&body("BadRequest", "Invalid filter")).is_about_licence());
    }
}
