//! What a program tells of itself.

/// One look at its metrics.
pub(crate) struct Figures(pub(super) String);

impl Figures {
    /// The sum of all samples with a name, whatever their labels; 0 where there is none.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let samples = self.0.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let value = match rest.strip_prefix('{') {
                Some(labels) => labels.rsplit_once("} ")?.1,
                None => rest.strip_prefix(' ')?,
            };
            value.split_whitespace().next()?.parse::<f64>().ok()
        });
        samples.sum()
    }
}
