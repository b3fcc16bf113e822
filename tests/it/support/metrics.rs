//! What a server tells those who scrape it, and what dashboards and alerts ask for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tenantatlas::metrics::{Metrics, MetricsSettings};

use super::{TestApp, client::Api};

/// One line of a scrape.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

/// What is told of one metric beside its samples.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) help: String,
}

impl Family {
    /// What may follow its name in its samples.
    fn suffixes(&self) -> &'static [&'static str] {
        match self.kind.as_str() {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "info" => &["_info"],
            _ => &[""],
        }
    }

    /// The names of its samples.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let suffixes = self.suffixes().iter();
        suffixes.map(|suffix| format!("{}{suffix}", self.name))
    }
}

/// A scrape.
#[derive(Clone, Debug)]
pub(crate) struct Scrape {
    pub(crate) families: Vec<Family>,
    pub(crate) samples: Vec<Sample>,
}

impl Scrape {
    /// Reads what a server told, and complains of everything that OpenMetrics does not allow.
    pub(crate) fn read(text: &str) -> Self {
        let (body, rest) = text.split_once("# EOF\n").expect("an end");
        assert_eq!(rest, "");
        let mut scrape = Self {
            families: Vec::new(),
            samples: Vec::new(),
        };
        for line in body.lines() {
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["#", "HELP", name, help @ ..] => scrape.families.push(Family {
                    name: (*name).to_owned(),
                    kind: String::new(),
                    help: help.join(" "),
                }),
                ["#", "TYPE", name, kind] => {
                    let family = scrape.families.last_mut().expect("help before the type");
                    assert_eq!(family.name, *name);
                    (*kind).clone_into(&mut family.kind);
                }
                ["#", "UNIT", name, unit] => assert!(name.ends_with(unit), "{line}"),
                _ => scrape.samples.push(sample(line)),
            }
        }
        let names: BTreeSet<_> = scrape.families.iter().map(|family| &family.name).collect();
        assert_eq!(names.len(), scrape.families.len(), "a name stands for two");
        scrape
    }

    /// The value of the one sample with these labels, `le` left out.
    #[track_caller]
    pub(crate) fn one(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |sample: &&Sample| {
            let own = sample.labels.iter();
            sample.name == name
                && own
                    .map(|(k, v)| (k.as_str(), v.as_str()))
                    .eq(labels.to_vec())
        };
        let mut found = self.samples.iter().filter(fits);
        let sample = found.next();
        let sample = sample.unwrap_or_else(|| panic!("no {name} {labels:?}"));
        assert!(found.next().is_none(), "two of {name} {labels:?}");
        sample.value
    }

    /// The values of all samples of a name, added up.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let samples = self.samples.iter().filter(|sample| sample.name == name);
        samples.map(|sample| sample.value).sum()
    }

    /// Those samples of a name that are not zero, as `value: its labels`.
    pub(crate) fn beyond_zero(&self, name: &str) -> Vec<String> {
        let counted = |sample: &&Sample| sample.name == name && sample.value != 0.0;
        let shown = |sample: &Sample| {
            let labels: Vec<_> = sample.labels.values().map(String::as_str).collect();
            format!("{} {}", sample.value, labels.join(" "))
        };
        let mut counted: Vec<_> = self.samples.iter().filter(counted).map(shown).collect();
        counted.sort();
        counted
    }

    /// Every label that a sample of this name has.
    pub(crate) fn labels_of(&self, name: &str) -> BTreeSet<String> {
        let samples = self.samples.iter().filter(|sample| sample.name == name);
        samples.flat_map(|it| it.labels.keys().cloned()).collect()
    }

    /// Whether a sample of this name has this label.
    pub(crate) fn has(&self, name: &str, (label, value): &(String, String)) -> bool {
        let mut samples = self.samples.iter().filter(|sample| sample.name == name);
        samples.any(|it| it.labels.get(label) == Some(value))
    }

    /// The names of all samples that there can be.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.families.iter().flat_map(Family::names).collect()
    }
}

fn sample(line: &str) -> Sample {
    let (head, value) = line.rsplit_once(' ').expect("a value");
    let (name, labels) = match head.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').expect("an end of labels")),
        None => (head, ""),
    };
    let labels = labels.split("\",").filter(|label| !label.is_empty());
    let labels = labels.map(|label| {
        let (key, value) = label.split_once("=\"").expect("a label");
        (key.to_owned(), value.trim_end_matches('"').to_owned())
    });
    Sample {
        name: name.to_owned(),
        labels: labels.collect(),
        value: value.parse().expect("a number"),
    }
}

impl TestApp {
    /// What this server tells now, with an API or without.
    pub(crate) async fn scrape(&self, api: Option<&Api>) -> Scrape {
        let clock = Arc::new(self.clock.clone());
        let settings = MetricsSettings::default();
        let metrics = Metrics::of(self.store.clone(), clock, settings, |all| {
            self.store.register(all);
            self.deps.graph.register(all);
            self.deps.measures.register(all);
            if let Some(api) = api {
                api.register(all);
            }
        });
        Scrape::read(&metrics.text().await)
    }

    /// The same once it is as wanted.
    pub(crate) async fn scraped(
        &self,
        api: Option<&Api>,
        is_so: impl Fn(&Scrape) -> bool,
    ) -> Scrape {
        let looked = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let now = self.scrape(api).await;
                if is_so(&now) {
                    return now;
                }
            }
        });
        looked.await.expect("it becomes as wanted")
    }

    /// The same once no run is in flight, so that whatever has landed is counted.
    pub(crate) async fn landed(&self) -> Scrape {
        let none = |now: &Scrape| now.one("tenantatlas_runs_in_flight", &[]) == 0.0;
        self.scraped(None, none).await
    }
}

/// A metric that an expression asks for, the labels by which it chooses or groups, and the values of those that
/// it wants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) values: BTreeSet<(String, String)>,
}

/// Labels that Prometheus itself adds.
const ADDED: [&str; 2] = ["job", "instance"];

/// What comes before a list of labels in parentheses.
const GROUPINGS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

/// Words between two expressions.
const OPERATORS: [&str; 4] = ["and", "or", "unless", "bool"];

/// Whether what stands before is a function with a list of labels: `sum by (x) (…)`.
fn is_grouped(behind: &str) -> bool {
    let mut words = behind.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .next()
        .is_some_and(|word| word == "by" || word == "without")
}

/// What an expression of PromQL asks for. Functions are followed by a parenthesis; lists of labels come in
/// braces behind a metric, or in parentheses behind a word such as `by`, and then count for each metric.
pub(crate) fn asked(expression: &str) -> Vec<Asked> {
    let mut found: Vec<Asked> = Vec::new();
    let (mut grouped, mut rest) = (BTreeSet::new(), expression);
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || "_\"$[".contains(c)) {
        rest = &rest[start..];
        if let Some(text) = rest.strip_prefix('"') {
            rest = &text[text.find('"').expect("an end of a text") + 1..];
            continue;
        }
        if let Some(range) = rest.strip_prefix('[') {
            rest = &range[range.find(']').expect("an end of a range") + 1..];
            continue;
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_:$".contains(c);
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        // A length such as `5m` begins with digits that were passed over.
        let before = expression.len() - rest.len();
        let is_length = expression[..before].ends_with(|c: char| c.is_ascii_digit());
        rest = behind;
        if is_length || word.starts_with('$') {
            continue;
        }
        let next = behind.trim_start();
        if GROUPINGS.contains(&word) {
            let list = next.strip_prefix('(').expect("a list of labels");
            let (list, behind) = list.split_once(')').expect("an end of it");
            let labels = list.split(',').map(str::trim).filter(|it| !it.is_empty());
            grouped.extend(labels.map(str::to_owned));
            rest = behind;
        } else if next.starts_with('(') || OPERATORS.contains(&word) || is_grouped(next) {
            // A function, an operator, or what a grouping belongs to.
        } else {
            let (mut labels, mut values) = (BTreeSet::new(), BTreeSet::new());
            if let Some(list) = next.strip_prefix('{') {
                let (list, behind) = list.split_once('}').expect("an end of labels");
                for matcher in list.split(',') {
                    let (label, wanted) = matched(matcher.trim());
                    values.extend(wanted.into_iter().map(|value| (label.clone(), value)));
                    labels.insert(label);
                }
                rest = behind;
            }
            found.push(Asked {
                name: word.to_owned(),
                labels,
                values,
            });
        }
    }
    for asked in &mut found {
        asked.labels.extend(grouped.iter().cloned());
        let is_own = |label: &str| !ADDED.contains(&label);
        asked.labels.retain(|label| is_own(label));
        asked.values.retain(|(label, _)| is_own(label));
    }
    found
}

/// The label of a matcher, and each value that it asks for: `="a"` or `=~"a|b"`; none of one that leaves out.
fn matched(matcher: &str) -> (String, Vec<String>) {
    let end = matcher.find(['=', '!']).expect("a matcher");
    let (label, rest) = matcher.split_at(end);
    let (operator, value) = rest.split_once('"').expect("a value");
    let value = value.strip_suffix('"').expect("an end of it");
    let values = match operator.trim() {
        "=" => vec![value.to_owned()],
        "=~" => value.split('|').map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    (label.trim().to_owned(), values)
}
