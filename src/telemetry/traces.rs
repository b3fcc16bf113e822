//! Traces by OTLP: what the program did when, as spans, to a collector that somebody runs.
//!
//! Off unless an address was chosen. Spans wait in a queue of bounded length and are sent by a thread of
//! its own, so that a collector that is slow or away costs spans and nothing else.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tracing::{Level, Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};
use url::Url;

/// What the program is called where no OTEL_SERVICE_NAME says otherwise, and the crate whose spans are sent.
const NAME: &str = env!("CARGO_CRATE_NAME");

/// Where OTLP over HTTP takes traces, below the address of a collector.
const PATH: &str = "v1/traces";

/// How long the end of the program waits for the last spans to be sent.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Whether traces are sent, and where.
#[derive(Clone, Debug, Default)]
pub struct TraceSettings {
    /// The address of a collector, such as `http://127.0.0.1:4318`; none sends nothing.
    pub endpoint: Option<Url>,
}

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent with these settings (see the variables OTEL_EXPORTER_OTLP_…)")]
pub struct TracesError(#[source] ExporterBuildError);

/// The traces of this process.
#[derive(Debug)]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Starts the thread that sends them. It has to be called outside of asynchronous code.
    pub(super) fn start(settings: &TraceSettings) -> Result<Self, TracesError> {
        let Some(endpoint) = &settings.endpoint else {
            return Ok(Self(None));
        };
        let exporter = exporter(endpoint)?;
        // Whose headers go on a trace that began elsewhere.
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let provider = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_batch_exporter(Telling {
                exporter,
                is_failing: AtomicBool::new(false),
            })
            .build();
        Ok(Self(Some(provider)))
    }

    /// What hands the spans on; nothing where none are wanted.
    pub(super) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer = self.0.as_ref()?.tracer(NAME);
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false);
        Some(layer.with_filter(filter_fn(is_traced)))
    }

    /// Sends what is left, for at most two seconds.
    pub fn end(self) {
        if let Some(provider) = self.0
            && provider.shutdown_with_timeout(LAST_WAIT).is_err()
        {
            tracing::debug!("the last traces were not sent");
        }
    }
}

/// Whether traces can be sent with these settings, as far as that is known before the first is sent. It has
/// to be called outside of asynchronous code.
///
/// # Errors
///
/// What the standard's own variables say of traces cannot be meant.
pub fn check(settings: &TraceSettings) -> Result<(), TracesError> {
    let endpoint = settings.endpoint.as_ref();
    endpoint.map_or(Ok(()), |endpoint| exporter(endpoint).map(drop))
}

fn exporter(endpoint: &Url) -> Result<opentelemetry_otlp::SpanExporter, TracesError> {
    let builder = opentelemetry_otlp::SpanExporter::builder().with_http();
    let built = builder.with_endpoint(address(endpoint)).build();
    built.map_err(TracesError)
}

/// Where the spans are sent.
fn address(endpoint: &Url) -> String {
    let root = endpoint.as_str().trim_end_matches('/');
    format!("{root}/{PATH}")
}

/// What the variables of the standard say of this process, and its name where they leave it open.
fn resource() -> Resource {
    let says = |name: &str, text: &str| std::env::var(name).is_ok_and(|it| it.contains(text));
    let is_named = std::env::var("OTEL_SERVICE_NAME").is_ok_and(|name| !name.is_empty())
        || says("OTEL_RESOURCE_ATTRIBUTES", "service.name=");
    match is_named {
        true => Resource::builder().build(),
        false => Resource::builder().with_service_name(NAME).build(),
    }
}

/// Makes a span go on a trace that began elsewhere, if the headers of what was asked say so.
pub fn follow(span: &Span, header: impl Fn(&str) -> Option<String>) {
    if span.is_disabled() {
        return;
    }
    let carried: HashMap<String, String> = ["traceparent", "tracestate"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), header(name)?)))
        .collect();
    if carried.is_empty() {
        return;
    }
    let whole = opentelemetry::global::get_text_map_propagator(|it| it.extract(&carried));
    // Without a collector there is no trace to go on.
    drop(span.set_parent(whole));
}

/// Spans of the program itself, and what it tells within them; what a library has to say is for developers.
fn is_traced(of: &Metadata<'_>) -> bool {
    let is_own = of.target().split("::").next() == Some(NAME);
    is_own && (of.is_span() || *of.level() <= Level::INFO)
}

/// Sends spans, and tells once that they cannot be sent, and once that they can be again.
#[derive(Debug)]
struct Telling<E> {
    exporter: E,
    is_failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Telling<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        let was_failing = self.is_failing.swap(sent.is_err(), Ordering::Relaxed);
        match &sent {
            Err(error) if !was_failing => {
                tracing::warn!(%error, "traces cannot be sent; those that do not fit in the queue are dropped");
            }
            Ok(()) if was_failing => tracing::info!("traces are sent again"),
            Ok(()) | Err(_) => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_traces_is_added_to_an_address() {
        for (endpoint, sent_to) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            (
                "https://otel.example/in/",
                "https://otel.example/in/v1/traces",
            ),
        ] {
            let endpoint = Url::parse(endpoint).expect("a URL");
            assert_eq!(address(&endpoint), sent_to);
        }
    }
}
