//! From a request to its answer, whichever door it came through.

use std::sync::Arc;

use async_graphql::{
    ErrorExtensionValues, Request, Response, ServerError, Value, Variables,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType},
};
use futures_util::StreamExt;

use super::{
    access::Caller,
    ask::Ask,
    call::{Call, Rooms},
    error::{Code, Refusal},
    limits,
    schema::{self, Schema},
    variables,
};

/// The schema, and what it answers from. Cheap to clone.
#[derive(Clone)]
pub(super) struct Engine {
    schema: Schema,
    pub(super) rooms: Rooms,
}

/// What a request came to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The data; none when nothing was carried out.
    pub(super) data: Option<Value>,
    /// What went wrong, each with a code.
    pub(super) errors: Vec<ServerError>,
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self {
            data: None,
            errors: vec![refusal.into()],
        }
    }
}

impl Outcome {
    /// The answer of the library, with a code for each error, and not too many of them. Without
    /// data and with no error in a field, nothing was carried out.
    fn of(response: Response, most_errors: usize) -> Self {
        let is_refused = response.data == Value::Null
            && !response.errors.is_empty()
            && response.errors.iter().all(|error| error.path.is_empty());
        let mut errors = response.errors;
        errors.truncate(most_errors);
        errors.iter_mut().for_each(give_code);
        Self {
            data: (!is_refused).then_some(response.data),
            errors,
        }
    }

    /// The same for an event: one without data is no event, but the end of the subscription.
    fn or_refused(self) -> Self {
        Self {
            data: self.data.filter(|data| *data != Value::Null),
            ..self
        }
    }

    /// The code of a request that was refused as a whole.
    pub(super) fn refused(&self) -> Option<Code> {
        let code = self.data.is_none().then(|| self.errors.first()).flatten();
        code.and_then(code_of)
    }
}

fn code_of(error: &ServerError) -> Option<Code> {
    let Value::String(code) = error.extensions.as_ref()?.get("code")? else {
        return None;
    };
    code.parse().ok()
}

/// Errors of the library itself have no code: they are about the request, or about a value in it.
fn give_code(error: &mut ServerError) {
    if code_of(error).is_some() {
        return;
    }
    if let Some((expected, _)) = error.message.split_once(", found ") {
        // The library repeats a value that it cannot read, which may be a secret in a wrong place.
        error.message = format!("{expected}.");
    }
    let code = if error.path.is_empty() {
        Code::ValidationFailed
    } else {
        Code::BadUserInput
    };
    let extensions = error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code.as_str());
}

impl Engine {
    pub(super) fn new(rooms: Rooms) -> Self {
        Self {
            schema: schema::limited(&rooms.limits),
            rooms,
        }
    }

    /// Carries out a query or a mutation.
    pub(super) async fn execute(&self, ask: Ask, caller: Caller) -> Outcome {
        let (request, _) = match self.prepare(ask, caller) {
            Ok(prepared) => prepared,
            Err(outcome) => return outcome,
        };
        self.in_time(self.schema.execute(request)).await
    }

    /// Carries out an operation of any type: one outcome for a query or a mutation, one for each
    /// event of a subscription.
    pub(super) async fn stream(
        &self,
        ask: Ask,
        caller: Caller,
    ) -> futures_util::stream::BoxStream<'static, Outcome> {
        let (request, kind) = match self.prepare(ask, caller) {
            Ok(prepared) => prepared,
            Err(outcome) => return once(outcome),
        };
        let most = self.rooms.limits.errors;
        match kind {
            Some(OperationType::Subscription) => self
                .schema
                .execute_stream(request)
                .map(move |response| Outcome::of(response, most).or_refused())
                .boxed(),
            Some(OperationType::Query | OperationType::Mutation) | None => {
                once(self.in_time(self.schema.execute(request)).await)
            }
        }
    }

    async fn in_time(&self, response: impl Future<Output = Response>) -> Outcome {
        let limits = &self.rooms.limits;
        match tokio::time::timeout(limits.timeout, response).await {
            Ok(response) => Outcome::of(response, limits.errors),
            Err(_) => {
                let message = format!("the request took longer than {:?}", limits.timeout);
                Refusal::new(Code::Timeout, message).into()
            }
        }
    }

    fn prepare(
        &self,
        ask: Ask,
        caller: Caller,
    ) -> Result<(Request, Option<OperationType>), Outcome> {
        let refused = |error| Outcome {
            data: None,
            errors: vec![error],
        };
        let document = limits::read(&ask.query, &self.rooms.limits).map_err(refused)?;
        let variables = Variables::from_json(ask.variables);
        let operation = chosen(&document, ask.operation_name.as_deref());
        if let Some(operation) = operation {
            variables::check(operation, &variables).map_err(refused)?;
        }
        let kind = operation.map(|operation| operation.ty);
        let mut request = Request::new("")
            .variables(variables)
            .data(Arc::new(Call::new(&self.rooms, caller)));
        request.operation_name = ask.operation_name;
        request.set_parsed_query(document);
        Ok((request, kind))
    }
}

fn once(outcome: Outcome) -> futures_util::stream::BoxStream<'static, Outcome> {
    futures_util::stream::once(async { outcome }).boxed()
}

/// The operation that a request means; none when it is not clear which it means.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let chosen = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own == name)),
        None => operations.next(),
    };
    chosen.map(|(_, operation)| &operation.node)
}
