//! The size of an answer: how many values it has, and how many bytes they take.
//!
//! Points say what a request asks for, but not how long the lists are that have no pages. So what
//! is resolved is counted while it comes to be, and once it is too much nothing more is.

use std::sync::Arc;

use async_graphql::{
    QueryPathSegment, ServerError, ServerResult, Value,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo},
};

use crate::api::call::Call;

/// Ends an answer that is too large. What is told about it is told of the whole, by the engine.
pub(in crate::api) struct AnswerLimit;

impl ExtensionFactory for AnswerLimit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for AnswerLimit {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let Some(call) = ctx.data_opt::<Arc<Call>>() else {
            return next.run(ctx, info).await;
        };
        if !call.budget.add_value() {
            return Err(ended());
        }
        let name = match info.path_node.segment {
            QueryPathSegment::Name(name) => name.len(),
            QueryPathSegment::Index(_) => 0,
        };
        let value = next.run(ctx, info).await?;
        if !call.budget.add_bytes(name + value.as_ref().map_or(0, size)) {
            return Err(ended());
        }
        Ok(value)
    }
}

fn ended() -> ServerError {
    ServerError::new("", None)
}

/// Bytes of a value itself, with what stands around it. What it holds was counted before.
fn size(value: &Value) -> usize {
    const AROUND: usize = 6;
    AROUND
        + match value {
            Value::String(text) => text.len(),
            Value::Enum(name) => name.len(),
            Value::Binary(bytes) => bytes.len(),
            Value::Null | Value::Number(_) | Value::Boolean(_) => 6,
            Value::List(_) | Value::Object(_) => 0,
        }
}
