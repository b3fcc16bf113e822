//! The door for whoever plays with the simulation: faults, clock, log and judgement under `/__sim`.
//!
//! It opens to the machine itself only, and none of its requests is logged or judged.

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use crate::{answer::Answer, errors, faults::FaultPlan, request::Incoming, uri, world::World};

const ROOT: &str = "/__sim/";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Skip {
    advance_seconds: f64,
}

/// Whether a request is for the simulation and not for what it simulates.
pub(crate) fn is_meant(request: &Incoming) -> bool {
    request.path.starts_with(ROOT)
}

pub(crate) fn answer(world: &World, request: &Incoming) -> Answer {
    let name = request.path.trim_start_matches(ROOT);
    served(world, request, name).unwrap_or_else(|refusal| refusal)
}

fn served(world: &World, request: &Incoming, name: &str) -> Result<Answer, Answer> {
    match (request.method.as_str(), name) {
        ("PUT", "faults") => {
            let plan: FaultPlan = body(request)?;
            let faults = plan.0.len();
            world.faults.replace(plan);
            Ok(Answer::json(200, json!({ "faults": faults })))
        }
        ("GET", "log") => {
            let after = uri::form_field(&request.query, "after");
            let after: u64 = after.and_then(|text| text.parse().ok()).unwrap_or(0);
            let mut requests = world.log.all();
            requests.retain(|logged| logged.number > after);
            Ok(Answer::json(200, json!({ "requests": requests })))
        }
        ("DELETE", "log") => {
            world.log.clear();
            Ok(Answer::json(200, json!({})))
        }
        ("GET", "violations") => {
            let violations = world.violations();
            Ok(Answer::json(200, json!({ "violations": violations })))
        }
        ("POST", "clock") => {
            let Skip { advance_seconds } = body(request)?;
            let length = Duration::try_from_secs_f64(advance_seconds)
                .map_err(|error| errors::bad_request(&error.to_string()))?;
            world.clock.skip(length);
            let elapsed = world.clock.elapsed().as_secs_f64();
            Ok(Answer::json(200, json!({ "elapsedSeconds": elapsed })))
        }
        _ => Err(errors::plain(
            404,
            "NotFound",
            "There are PUT faults, GET and DELETE log, GET violations and POST clock.",
        )),
    }
}

fn body<T: DeserializeOwned>(request: &Incoming) -> Result<T, Answer> {
    serde_json::from_slice(&request.body).map_err(|error| errors::bad_request(&error.to_string()))
}
