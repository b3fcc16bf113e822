//! Much in pieces that are small enough to be held at once.

/// Consecutive pieces of a list, each of which is no larger than `most` in all; what is larger by itself is
/// a piece of its own.
pub fn pieces<T>(all: &[T], size: impl Fn(&T) -> u64, most: u64) -> impl Iterator<Item = &[T]> {
    let mut sum = all.first().map_or(0, &size);
    all.chunk_by(move |_, next| {
        let next = size(next);
        let with_it = sum.saturating_add(next);
        let fits = with_it <= most;
        sum = if fits { with_it } else { next };
        fits
    })
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn no_piece_is_larger_than_it_may_be_unless_it_cannot_be_smaller() {
        let cases: [(&[u64], &[&[u64]]); 5] = [
            (&[], &[]),
            (&[9], &[&[9]]),
            (&[2, 3, 1], &[&[2, 3], &[1]]),
            (&[9, 1, 9, 9], &[&[9], &[1], &[9], &[9]]),
            (&[0, 5, 0, 5, u64::MAX], &[&[0, 5, 0], &[5], &[u64::MAX]]),
        ];
        for (all, expected) in cases {
            let found: Vec<&[u64]> = pieces(all, |size| *size, 5).collect();
            assert_eq!(found, expected, "{all:?}");
        }
    }
}
