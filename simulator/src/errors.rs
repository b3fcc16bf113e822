//! Error answers of Graph, in the forms in which clients meet them.
//!
//! Intune wraps the text of an error in JSON, which it puts into `message` as text, once or twice.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{answer::Answer, clock};

/// How the text of an error is wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorForm {
    /// Code and message, nothing nested: the directory and Graph's own front.
    #[default]
    Plain,
    /// The message is the text of a JSON object with `_version`, `Message` and more.
    A,
    /// Code `UnknownError`; the message is the text of an object that holds the code and a form A text.
    B,
    /// Code `UnknownError`; the message is the text of an object that holds only a form A text.
    C,
    /// Code `UnknownError` and no text at all.
    D,
    /// No JSON: the page of a gateway.
    Html,
    /// The page of a gateway that claims to be JSON.
    HtmlAsJson,
    /// JSON with the page of a gateway glued behind it.
    Glued,
}

/// One error, before it is wrapped.
#[derive(Clone, Debug)]
pub(crate) struct Problem<'a> {
    pub(crate) status: u16,
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    /// Path behind the version, which Intune repeats in its text.
    pub(crate) place: &'a str,
}

impl Problem<'_> {
    /// The answer in the given form.
    pub(crate) fn wrapped(&self, form: ErrorForm) -> Answer {
        let activity = Uuid::new_v4();
        let (code, message) = match form {
            ErrorForm::Html => return gateway_page(self.status),
            ErrorForm::HtmlAsJson => return claiming_json(self.status, page_text(self.status)),
            ErrorForm::Glued => {
                let error = envelope(self.code, self.message, activity);
                return claiming_json(self.status, format!("{error}{}", page_text(self.status)));
            }
            ErrorForm::Plain => (self.code, self.message.to_owned()),
            ErrorForm::A => (self.code, self.form_a(activity, "{}")),
            ErrorForm::B => ("UnknownError", self.form_b(activity)),
            ErrorForm::C => {
                let inner = self.form_a(activity, "{}");
                ("UnknownError", json!({ "Message": inner }).to_string())
            }
            ErrorForm::D => ("UnknownError", String::new()),
        };
        Answer::json(self.status, envelope(code, &message, activity))
    }

    fn form_a(&self, activity: Uuid, headers: &str) -> String {
        let Self { message, place, .. } = self;
        let text = format!(
            "{message} - Operation ID (for customer support): {} - Activity ID: {activity} - Url: \
             https://fef.simu01.manage.microsoft.com/StatelessSimulatedFEService/{place}?api-version=5026-03-01",
            Uuid::nil()
        );
        format!(
            "{{\r\n  \"_version\": 3,\r\n  \"Message\": {},\r\n  \"CustomApiErrorPhrase\": \"\",\r\n  \
             \"RetryAfter\": null,\r\n  \"ErrorSourceService\": \"\",\r\n  \"HttpHeaders\": {}\r\n}}",
            Value::from(text),
            Value::from(headers)
        )
    }

    fn form_b(&self, activity: Uuid) -> String {
        let headers = json!({ "WWW-Authenticate": "Bearer realm=\"urn:intune:service,sim,sim\"" })
            .to_string();
        json!({
            "ErrorCode": self.code,
            "Message": self.form_a(activity, &headers),
            "Target": null,
            "Details": null,
            "InnerError": null,
            "InstanceAnnotations": [],
        })
        .to_string()
    }
}

/// The JSON of an error.
pub(crate) fn envelope(code: &str, message: &str, activity: Uuid) -> Value {
    json!({
        "error": {
            "code": code,
            "message": message,
            "innerError": {
                "date": clock::now().format("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": activity,
                "client-request-id": activity,
            }
        }
    })
}

/// An error without nesting.
pub(crate) fn plain(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, envelope(code, message, Uuid::new_v4()))
}

/// A request that Graph can not make sense of.
pub(crate) fn bad_request(message: &str) -> Answer {
    plain(400, "BadRequest", message)
}

/// A path that this version does not have.
pub(crate) fn no_such_segment(segment: &str) -> Answer {
    bad_request(&format!("Resource not found for the segment '{segment}'."))
}

/// An object that is not there, as Intune says it.
pub(crate) fn not_found(place: &str) -> Answer {
    let problem = Problem {
        status: 404,
        code: "ResourceNotFound",
        message: "The object was not found",
        place,
    };
    problem.wrapped(ErrorForm::A)
}

/// A request without a permission that Intune wants.
pub(crate) fn forbidden(scopes: &[&str], place: &str, form: ErrorForm) -> Answer {
    let wanted: Vec<String> = scopes
        .iter()
        .flat_map(|scope| [(*scope).to_owned(), scope.replace(".Read.", ".ReadWrite.")])
        .collect();
    let message = format!(
        "Application is not authorized to perform this operation. \
         Application must have one of the following scopes: {}",
        wanted.join(", ")
    );
    let problem = Problem {
        status: 403,
        code: "Forbidden",
        message: &message,
        place,
    };
    problem.wrapped(form)
}

/// A request of an application for what only people may read in Intune's portal.
pub(crate) fn people_only(place: &str) -> Answer {
    let problem = Problem {
        status: 403,
        code: "Forbidden",
        message: "Application is not authorized to perform this operation. \
                  The app-only context has no application permissions for it",
        place,
    };
    problem.wrapped(ErrorForm::B)
}

/// A request without a permission that the directory wants.
pub(crate) fn denied() -> Answer {
    plain(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// A tenant without an Intune licence.
pub(crate) fn not_licensed() -> Answer {
    bad_request("Request not applicable to target tenant.")
}

/// A refused bearer token; `challenge` is added to the header that says why.
pub(crate) fn unauthorized(message: &str, challenge: &str) -> Answer {
    let header = format!(
        "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
         client_id=\"00000003-0000-0000-c000-000000000000\"{challenge}"
    );
    plain(401, "InvalidAuthenticationToken", message).with("WWW-Authenticate", header)
}

/// The words for a token past its end.
pub(crate) const EXPIRED: &str = "Lifetime validation failed, the token is expired.";

/// Too many requests.
pub(crate) fn throttled(retry_after: Option<String>) -> Answer {
    let answer = plain(429, "TooManyRequests", "An error has occurred.");
    match retry_after {
        Some(value) => answer.with("Retry-After", value),
        None => answer,
    }
}

fn gateway_page(status: u16) -> Answer {
    Answer::html(status, &page_text(status))
}

fn claiming_json(status: u16, text: String) -> Answer {
    Answer::text_of(status, "application/json", text)
}

fn page_text(status: u16) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>Gateway</title></head><body>\
         <h2>Our services are not available right now ({status})</h2></body></html>"
    )
}
