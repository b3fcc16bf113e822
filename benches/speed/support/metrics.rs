//! What a program tells of itself.

/// One look at its metrics.
pub(crate) struct Figures(pub(super) String);

impl Figures {
    /// The sum of all samples with a name, whatever their labels. There has to be one.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let samples: Vec<f64> = self
            .0
            .lines()
            .filter_map(|line| {
                let rest = line.strip_prefix(name)?;
                let value = match rest.strip_prefix('{') {
                    Some(labels) => labels.rsplit_once("} ")?.1,
                    None => rest.strip_prefix(' ')?,
                };
                value.split_whitespace().next()?.parse().ok()
            })
            .collect();
        assert!(!samples.is_empty(), "the server tells nothing of {name}");
        samples.iter().sum()
    }
}
