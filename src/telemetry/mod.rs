//! What the process tells of itself while it runs: lines on standard error, and traces where somebody
//! collects them.

mod traces;

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    error::Error,
    fmt,
    io::IsTerminal,
    panic,
    str::FromStr,
    thread,
    time::Duration,
};

use tracing_subscriber::{
    EnvFilter, Layer, fmt::layer, layer::SubscriberExt, util::SubscriberInitExt,
};

pub use self::traces::{TraceSettings, Traces, TracesError, check, follow};
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

/// Has panics told as lines like all others, instead of as text between them.
pub fn tell_panics() {
    panic::set_hook(Box::new(|panic| {
        let trace = Backtrace::capture();
        let is_traced = trace.status() == BacktraceStatus::Captured;
        let thread = thread::current();
        tracing::error!(
            panic = %line(panic.payload_as_str().unwrap_or_default()),
            at = panic.location().map(tracing::field::display),
            thread = thread.name(),
            backtrace = is_traced.then(|| line(&trace.to_string()).to_string()),
            "a defect of the program: it panicked"
        );
    }));
}

/// A length in seconds and tenths, as lines have it: a number, so that it can be compared and added up.
pub fn tenths(length: Duration) -> f64 {
    (length.as_secs_f64() * 10.0).round() / 10.0
}

/// A text as one line: what others say, databases above all, has breaks in it. Other characters that would
/// move a terminal's cursor are written out.
pub fn line(text: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        for (number, word) in text.split_whitespace().enumerate() {
            if number > 0 {
                f.write_str(" ")?;
            }
            for sign in word.chars() {
                match sign.is_control() {
                    true => write!(f, "{}", sign.escape_default())?,
                    false => write!(f, "{sign}")?,
                }
            }
        }
        Ok(())
    })
}

/// What an error says, as one line, and nothing of it twice: libpq says once more what it has said of a
/// connection before.
fn said_by(error: &dyn Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for text in error.to_string().lines() {
        let text = line(text).to_string();
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
    }
    said.join(" ")
}

/// Shows an error with all its causes in one line, each once: `outer: cause: its cause`.
pub fn chain(error: &dyn Error) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let mut said = said_by(error);
        write!(f, "{said}")?;
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = said_by(error);
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
    use std::{
        io,
        sync::{Arc, Mutex},
    };

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

    /// Keeps what is told.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("unharmed").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_a_line_like_all_others() {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = layer().json().with_writer(move || writer.clone());
        let before = panic::take_hook();
        tell_panics();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            assert!(panic::catch_unwind(|| panic!("this\nis bad")).is_err());
        });
        panic::set_hook(before);
        let told = String::from_utf8(kept.0.lock().expect("unharmed").clone()).expect("text");
        let line: serde_json::Value = serde_json::from_str(&told).expect("one line of JSON");
        let fields = &line["fields"];
        assert_eq!(
            (&line["level"], &fields["panic"]),
            (&"ERROR".into(), &"this is bad".into())
        );
        assert!(
            fields["at"]
                .as_str()
                .is_some_and(|at| at.contains("telemetry")),
            "{told}"
        );
    }

    #[test]
    fn a_length_is_told_in_tenths_of_a_second() {
        let told = |milliseconds| tenths(Duration::from_millis(milliseconds)).to_string();
        let told = [49, 50, 1_234, 3_000, 86_400_300].map(told);
        assert_eq!(told, ["0", "0.1", "1.2", "3", "86400.3"]);
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
            (
                &["no database", "refused\n\tis it\u{1b}[2J running?\n"],
                "no database: refused is it\\u{1b}[2J running?",
            ),
            (
                &[
                    "no database",
                    "it is gone\n\tfor good\nit is gone\n\tfor good\n",
                ],
                "no database: it is gone for good",
            ),
        ] {
            assert_eq!(chain(&layers(texts)).to_string(), shown);
        }
    }
}
