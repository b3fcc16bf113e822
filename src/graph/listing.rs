//! The list of a kind.

use std::collections::HashSet;

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
    if let Some(reason) = entry.unavailable {
        return Err(GraphError::NotAvailable { reason });
    }
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
        Shape::CollectionAnd(single) => {
            let first = Call::get(door, entry, single)?.small();
            let mut items = vec![door.object(&first).await?];
            items.append(&mut paging::collect(door, call.small(), Identity::Whole).await?);
            Ok(newest(items, entry.id))
        }
    }
}

/// Of items with the same identifier, which pages were seen to repeat, the last one read.
fn newest(mut items: Vec<Value>, id: &str) -> Vec<Value> {
    let mut seen = HashSet::new();
    items.reverse();
    items.retain(|item| {
        item.get(id)
            .is_none_or(|value| seen.insert(value.to_string()))
    });
    items.reverse();
    items
}

/// What a refusal of the list means for this kind.
fn expected(error: GraphError, entry: &Entry, granted: &Granted) -> Refused {
    let status = error
        .status()
        .or_else(|| licence_status(&error, entry, granted));
    let meaning = |expected: &&Expected| Some(expected.status) == status;
    match entry.expected.iter().find(meaning).map(|it| it.meaning) {
        Some(Meaning::Empty) => Refused::Empty,
        Some(Meaning::NotAvailable(reason)) => Refused::Error(GraphError::NotAvailable { reason }),
        None => Refused::Error(error),
    }
}

/// 403, if it is not about permissions: nobody names one, and the app has the one it takes. Services
/// of the directory say it themselves when a licence is missing.
fn licence_status(error: &GraphError, entry: &Entry, granted: &Granted) -> Option<u16> {
    let GraphError::PermissionMissing { permissions } = error else {
        return None;
    };
    let may = permissions.is_empty() && *granted != Granted::Unknown;
    (entry.is_of_intune() && may).then_some(403)
}

impl Exclusion {
    fn applies(&self, item: &Value) -> bool {
        match (item.get(self.member), self.value) {
            (Some(Value::Bool(value)), Literal::True) => *value,
            (Some(Value::Bool(value)), Literal::False) => !value,
            (Some(Value::String(value)), Literal::Text(text)) => value == text,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_repeated_items_the_last_one_counts() {
        let partner = |id: &str, number: u8| json!({"tenantId": id, "number": number});
        let items = vec![
            json!({"default": true}),
            partner("a", 1),
            partner("b", 2),
            partner("a", 3),
        ];
        let expected = [json!({"default": true}), partner("b", 2), partner("a", 3)];
        assert_eq!(newest(items, "tenantId"), expected);
    }
}
