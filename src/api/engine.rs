//! From a request to its answer, whichever door it came through.

use std::{sync::Arc, time::Duration};

use async_graphql::{
    ErrorExtensionValues, Request, Response, ServerError, Value, Variables,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType},
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use serde::Serialize;

use super::{
    access::Caller,
    ask::{Ask, Reach},
    call::{Call, Rooms},
    error::{Code, Refusal, clip},
    limits,
    measures::Measures,
    pace::{Bill, Cost, Pace, TooFast},
    schema::{self, Schema},
    variables,
};
use crate::measure::Present;

/// The schema, and what it answers from. Cheap to clone.
#[derive(Clone)]
pub(super) struct Engine {
    schema: Schema,
    pub(super) rooms: Rooms,
    pub(super) pace: Arc<Pace>,
}

/// What a request came to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The data; none when nothing was carried out.
    pub(super) data: Option<Value>,
    /// What went wrong, each with a code.
    pub(super) errors: Vec<ServerError>,
    /// What it cost; none for what was refused before that was known, and for events.
    pub(super) cost: Option<Cost>,
    /// When to try again, in whole seconds, for a caller that was too fast.
    pub(super) retry_after: Option<u64>,
}

/// What an answer carries beside data and errors.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Extensions {
    cost: CostShown,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CostShown {
    requested_points: usize,
    remaining_points: u32,
    points_per_minute: u32,
    restored_in_seconds: u64,
}

impl From<Cost> for Extensions {
    fn from(Cost { points, left }: Cost) -> Self {
        let cost = CostShown {
            requested_points: points,
            remaining_points: left.now,
            points_per_minute: left.most,
            restored_in_seconds: left.whole_in,
        };
        Self { cost }
    }
}

impl From<ServerError> for Outcome {
    fn from(error: ServerError) -> Self {
        Self {
            data: None,
            errors: vec![error],
            cost: None,
            retry_after: None,
        }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        ServerError::from(refusal).into()
    }
}

impl From<TooFast> for Outcome {
    fn from(too_fast: TooFast) -> Self {
        Self {
            retry_after: Some(too_fast.retry_after),
            ..too_fast.refusal.into()
        }
    }
}

impl Outcome {
    /// The answer of the library, with a code for each error, and neither too many nor too long ones. Without
    /// data and with no error in a field, nothing was carried out.
    fn of(response: Response, most_errors: usize) -> Self {
        let is_refused = response.data == Value::Null
            && !response.errors.is_empty()
            && response.errors.iter().all(|error| error.path.is_empty());
        let mut errors = response.errors;
        errors.truncate(most_errors);
        for error in &mut errors {
            give_code(error);
            clip(&mut error.message);
        }
        Self {
            data: (!is_refused).then_some(response.data),
            errors,
            cost: None,
            retry_after: None,
        }
    }

    /// The same with what it cost, unless it became too large: then that is all that is told of it.
    fn weighed(self, call: &Call, bill: &Bill) -> Self {
        let told = Self {
            cost: bill.cost(),
            retry_after: bill.retry_after(),
            ..self
        };
        match call.budget.verdict() {
            Ok(()) => told,
            Err(refusal) => Self {
                data: Some(Value::Null),
                errors: vec![refusal.into()],
                ..told
            },
        }
    }

    /// The same for an event: one without data is no event, but the end of the subscription.
    fn or_refused(self) -> Self {
        Self {
            data: self.data.filter(|data| *data != Value::Null),
            ..self
        }
    }

    /// Counts the errors in it, for somebody who is told of them now.
    pub(super) fn counted(self, measures: &Measures) -> Self {
        let codes = self.errors.iter().filter_map(code_of);
        codes.for_each(|code| measures.refused(code));
        self
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

/// A request that can be carried out.
struct Prepared {
    request: Request,
    kind: Option<OperationType>,
    call: Arc<Call>,
    bill: Arc<Bill>,
}

impl Engine {
    pub(super) fn new(rooms: Rooms) -> Self {
        Self {
            schema: schema::limited(&rooms.limits),
            pace: Arc::new(Pace::of(&rooms.limits, &rooms.clock)),
            rooms,
        }
    }

    /// Carries out a query or a mutation.
    pub(super) async fn execute(&self, ask: Ask, caller: Caller) -> Outcome {
        match self.prepare(ask, caller) {
            Ok(prepared) => self.in_time(prepared).await,
            Err(error) => error.into(),
        }
    }

    /// Carries out an operation of any type: one outcome for a query or a mutation, one for each
    /// event of a subscription.
    pub(super) async fn stream(&self, ask: Ask, caller: Caller) -> BoxStream<'static, Outcome> {
        let prepared = match self.prepare(ask, caller) {
            Ok(prepared) => prepared,
            Err(error) => return once(error.into()),
        };
        match prepared.kind {
            Some(OperationType::Subscription) => self.events(prepared),
            Some(OperationType::Query | OperationType::Mutation) | None => {
                once(self.in_time(prepared).await)
            }
        }
    }

    fn events(&self, prepared: Prepared) -> BoxStream<'static, Outcome> {
        let Prepared {
            request,
            call,
            bill,
            ..
        } = prepared;
        let most = self.rooms.limits.errors;
        let responses = self.schema.execute_stream(request).boxed();
        let present = Present::in_number(&self.rooms.measures.subscriptions);
        // An event costs what the subscription does; the first is paid for with it. Whoever has no
        // points left waits before the next is even looked for, so that nothing is told late which
        // the caller may not know any more.
        type Told = (BoxStream<'static, Response>, bool, Present);
        let told = move |(mut responses, is_paid, present): Told| {
            let (call, bill) = (call.clone(), bill.clone());
            async move {
                if !is_paid {
                    bill.afford_again().await;
                }
                let response = responses.next().await?;
                let outcome = Outcome::of(response, most).weighed(&call, &bill);
                let event = Outcome {
                    cost: None,
                    ..outcome.or_refused()
                };
                Some((event, (responses, false, present)))
            }
        };
        stream::unfold((responses, true, present), told).boxed()
    }

    /// The answer to what is asked before a request is carried out, which has as much time.
    pub(super) async fn in_good_time<T>(
        &self,
        question: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let limit = self.rooms.limits.timeout;
        let answer = tokio::time::timeout(limit, question).await;
        answer.unwrap_or_else(|_| Err(late(limit)))
    }

    async fn in_time(&self, prepared: Prepared) -> Outcome {
        let limits = &self.rooms.limits;
        let response = self.schema.execute(prepared.request);
        let outcome = match tokio::time::timeout(limits.timeout, response).await {
            Ok(response) => Outcome::of(response, limits.errors),
            Err(_) => late(limits.timeout).into(),
        };
        outcome.weighed(&prepared.call, &prepared.bill)
    }

    fn prepare(&self, ask: Ask, caller: Caller) -> Result<Prepared, ServerError> {
        let document = limits::read(&ask.query, &self.rooms.limits)?;
        let variables = Variables::from_json(ask.variables);
        let operation = chosen(&document, ask.operation_name.as_deref());
        if let Some(operation) = operation {
            variables::check(operation, &variables)?;
        }
        let kind = operation.map(|operation| operation.ty);
        let is_query = kind.is_none_or(|kind| kind == OperationType::Query);
        if ask.reach == Reach::Queries && !is_query {
            let message = "only queries are answered by GET";
            return Err(Refusal::new(Code::MethodNotAllowed, message).into());
        }
        if let Some(kind) = kind {
            self.rooms.measures.begun(kind);
        }
        let bill = Arc::new(Bill::new(self.pace.clone(), caller.principal.id()));
        let call = Arc::new(Call::new(&self.rooms, caller));
        let mut request = Request::new("")
            .variables(variables)
            .data(call.clone())
            .data(bill.clone());
        request.operation_name = ask.operation_name;
        request.set_parsed_query(document);
        Ok(Prepared {
            request,
            kind,
            call,
            bill,
        })
    }
}

fn late(limit: Duration) -> Refusal {
    let message = format!("the request took longer than {limit:?}");
    Refusal::new(Code::Timeout, message)
}

fn once(outcome: Outcome) -> BoxStream<'static, Outcome> {
    stream::once(async { outcome }).boxed()
}

/// The operation that a request means; none when it is not clear which it means.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let (_, chosen) = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own == name))?,
        None => operations.next().filter(|_| operations.next().is_none())?,
    };
    Some(&chosen.node)
}
