//! What the process tells of itself while it runs: lines on standard error, and traces where somebody
//! collects them.

mod traces;

use std::{error::Error, fmt, io::IsTerminal, str::FromStr};

use tracing_subscriber::{
    EnvFilter, Layer, fmt::layer, layer::SubscriberExt, util::SubscriberInitExt,
};

pub use self::traces::{TraceSettings, Traces, TracesError, follow};
use crate::domain::words::words;

/// The commit that this program was built from, in seven digits, as far as it is known.
pub const COMMIT: &str = env!("TENANTATLAS_COMMIT");

words! {
    /// How log lines look.
    LogFormat {
        /// For people.
        Text "text"
        /// For machines: one JSON object a line.
        Json "json"
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, Default)]
pub struct LogSettings {
    /// A filter in the syntax of `RUST_LOG`; none leaves the choice to the command.
    pub filter: Option<String>,
    /// None takes text on a terminal, else JSON.
    pub format: Option<LogFormat>,
}

/// Starts logging, and traces where an address was chosen. `usual` is the filter of lines where none was
/// chosen; what is traced does not depend on it.
///
/// # Errors
///
/// What the standard's own variables say of traces cannot be meant.
pub fn start(
    settings: &LogSettings,
    traces: &TraceSettings,
    usual: &str,
) -> Result<Traces, TracesError> {
    let filter = EnvFilter::new(settings.filter.as_deref().unwrap_or(usual));
    let on_terminal = std::io::stderr().is_terminal();
    let format = settings.format.unwrap_or(if on_terminal {
        LogFormat::Text
    } else {
        LogFormat::Json
    });
    let lines = layer().with_writer(std::io::stderr).with_ansi(on_terminal);
    let lines = match format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => {
            // The list of spans has the innermost one too.
            let lines = lines.json().flatten_event(true).with_current_span(false);
            lines.with_filter(filter).boxed()
        }
    };
    let traces = Traces::start(traces)?;
    let registry = tracing_subscriber::registry().with(lines);
    // A second start in one process keeps the first subscriber, which is what a test wants.
    let _first_wins = registry.with(traces.layer()).try_init();
    Ok(traces)
}

/// Shows an error with all its causes, each once: `outer: cause: its cause`.
pub fn chain(error: &dyn Error) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        write!(f, "{error}")?;
        let mut said = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some crates repeat their cause in their own text.
            if !said.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        cause: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let (text, rest) = texts.split_first().expect("a layer");
        let cause = (!rest.is_empty()).then(|| Box::new(layers(rest)));
        Layer { text, cause }
    }

    #[test]
    fn each_cause_is_shown_once() {
        for (texts, shown) in [
            (&["a"][..], "a"),
            (
                &["cannot start", "no database", "refused"],
                "cannot start: no database: refused",
            ),
            (&["no database: refused", "refused"], "no database: refused"),
        ] {
            assert_eq!(chain(&layers(texts)).to_string(), shown);
        }
    }
}
