//! The list of a kind.

use serde_json::Value;

use super::{
    body,
    catalog::{Entry, Exclusion, Expected, Literal, Meaning, Shape},
    door::{Call, Door},
    error::GraphError,
    paging::{self, Identity},
    token::Granted,
};

/// Reads the list of a kind to its end.
pub(super) async fn list(door: &Door, entry: &Entry) -> Result<Vec<Value>, GraphError> {
    let granted = &door.link.token().await?.granted;
    if let Some(error) = granted.refusal(entry.kind) {
        return Err(error);
    }
    let mut items = match read(door, entry, granted).await {
        Ok(items) => items,
        Err(Refused::Empty) => Vec::new(),
        Err(Refused::Error(error)) => return Err(error.naming(entry.permissions)),
    };
    items.retain(|item| {
        !entry
            .exclude
            .iter()
            .any(|exclusion| exclusion.applies(item))
    });
    items.iter_mut().for_each(body::strip);
    Ok(items)
}

enum Refused {
    Empty,
    Error(GraphError),
}

async fn read(door: &Door, entry: &Entry, granted: &Granted) -> Result<Vec<Value>, Refused> {
    let outcome = match (read_with(door, entry, entry.query).await, entry.plain_query) {
        (Err(error), Some(plain)) if error.is_about_the_query() => {
            read_with(door, entry, plain).await
        }
        (outcome, _) => outcome,
    };
    outcome.map_err(|error| expected(error, entry, granted))
}

async fn read_with(door: &Door, entry: &Entry, query: &str) -> Result<Vec<Value>, GraphError> {
    let path = match query {
        "" => entry.list.to_owned(),
        query => format!("{}?{query}", entry.list),
    };
    let call = Call::get(door, entry, &path)?;
    match entry.shape {
        Shape::Collection => paging::collect(door, call.small(), Identity::Id).await,
        Shape::Singleton => Ok(vec![door.object(&call.small()).await?]),
    }
}

/// What a refusal of the list means for this kind.
fn expected(error: GraphError, entry: &Entry, granted: &Granted) -> Refused {
    let status = error.status().or_else(|| licence_status(&error, granted));
    let meaning = |expected: &&Expected| Some(expected.status) == status;
    match entry.expected.iter().find(meaning).map(|it| it.meaning) {
        Some(Meaning::Empty) => Refused::Empty,
        Some(Meaning::NotAvailable(reason)) => Refused::Error(GraphError::NotAvailable { reason }),
        None => Refused::Error(error),
    }
}

/// 403, if it is not about permissions: nobody names one, and the app has the one it takes.
fn licence_status(error: &GraphError, granted: &Granted) -> Option<u16> {
    let GraphError::PermissionMissing { permissions } = error else {
        return None;
    };
    (permissions.is_empty() && *granted != Granted::Unknown).then_some(403)
}

impl Exclusion {
    fn applies(&self, item: &Value) -> bool {
        match (item.get(self.member), self.value) {
            (Some(Value::Bool(value)), Literal::True) => *value,
            (Some(Value::String(value)), Literal::Text(text)) => value == text,
            _ => false,
        }
    }
}
