//! The people of an issuer, and what is said of them.

use serde_json::{Map, Value};

/// Somebody who can sign in, without a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What to sign in with: the `login_hint`.
    pub login: String,
    /// The `sub` of the person's tokens.
    pub subject: String,
    /// The `name` of the person's tokens.
    pub name: String,
    /// The `email` of the person's tokens.
    pub email: String,
    /// What the person is by trade, for the page of the issuer.
    pub title: String,
    /// The `roles` of the person's tokens.
    pub roles: Vec<String>,
}

impl Person {
    /// Somebody without roles.
    pub fn new(login: &str, name: &str, title: &str) -> Self {
        Self {
            login: login.to_owned(),
            subject: format!("person-{login}"),
            name: name.to_owned(),
            email: format!("{login}@contoso.example"),
            title: title.to_owned(),
            roles: Vec::new(),
        }
    }

    /// Four people, always the same.
    pub fn cast() -> Vec<Self> {
        vec![
            Self::new("olivia", "Olivia Owens", "owner"),
            Self::new("marco", "Marco Mancini", "manager"),
            Self::new("oscar", "Oscar Petrov", "operator"),
            Self::new("rita", "Rita Reyes", "reader"),
        ]
    }
}

/// A token before it is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// `alg` and `kid` are filled in by whoever signs, unless they are here.
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
}

impl Draft {
    /// The draft with another claim, or without it where the value is null.
    pub fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, claim, value.into());
        self
    }

    /// The draft with another member of its header, or without it where the value is null.
    pub fn with_header(mut self, member: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, member, value.into());
        self
    }
}

fn set(members: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}
