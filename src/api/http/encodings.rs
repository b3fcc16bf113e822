//! How a file is packed for the way, as the client and we like it best.

use super::accept::thousandths;

/// A form of a file, the smaller ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// As headers say it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The form that an `Accept-Encoding` header likes best of those that we hold. Who likes several
    /// alike gets the smallest, and who refuses all of them gets the file as it is.
    pub(super) fn accepted(header: Option<&str>, is_held: impl Fn(Self) -> bool) -> Self {
        let header = header.unwrap_or_default();
        let mut best = (0, Self::Identity);
        for encoding in Self::ALL.into_iter().filter(|one| is_held(*one)) {
            let weight = encoding.weight_in(header);
            if weight > best.0 {
                best = (weight, encoding);
            }
        }
        best.1
    }

    /// How much a header likes this form, in thousandths.
    fn weight_in(self, header: &str) -> u16 {
        let named = |name: &str| {
            header.split(',').find_map(|member| {
                let (coding, parameter) = member.split_once(';').unwrap_or((member, "q=1"));
                let weight = parameter
                    .trim()
                    .strip_prefix("q=")
                    .and_then(|text| thousandths(text.trim()));
                let is_named = coding.trim().eq_ignore_ascii_case(name);
                is_named.then(|| weight.unwrap_or(0))
            })
        };
        // What nobody speaks of is not sent, but for the file as it is: that one comes last.
        let unnamed = u16::from(self == Self::Identity);
        named(self.as_str())
            .or_else(|| named("*"))
            .unwrap_or(unnamed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Encoding::*;

    #[test]
    fn the_smallest_form_is_sent_that_is_liked_best() {
        for (header, expected) in [
            (None, Identity),
            (Some(""), Identity),
            (Some("gzip, deflate, br, zstd"), Brotli),
            (Some("gzip, deflate"), Gzip),
            (Some("br;q=0.5, GZIP;q=0.8"), Gzip),
            (Some("br;q=0, *"), Gzip),
            (Some("*"), Brotli),
            (Some("*;q=0"), Identity),
            (Some("gzip;q=0"), Identity),
            (Some("gzip; q=0.001"), Gzip),
            (Some("identity, gzip;q=0.5"), Identity),
            (Some("identity;q=0, gzip;q=0.1"), Gzip),
            (Some("br;q=2, gzip;q=x"), Identity),
            (Some("brotli, gzipped"), Identity),
        ] {
            assert_eq!(Encoding::accepted(header, |_| true), expected, "{header:?}");
        }
    }

    #[test]
    fn what_is_not_held_is_not_sent() {
        let all = Some("br, gzip");
        assert_eq!(Encoding::accepted(all, |one| one != Brotli), Gzip);
        assert_eq!(Encoding::accepted(all, |one| one == Identity), Identity);
        assert_eq!(Encoding::accepted(all, |_| false), Identity);
    }
}
