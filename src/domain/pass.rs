//! Passes over all contents, bit by bit: when one is due, and how far it has come.
//!
//! A pass is written down as a text, so that it goes on where it was after a restart, on whichever server.

use std::{fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{canonical::Hash, ids::TenantId};

/// One pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// When it began.
    pub began: DateTime<Utc>,
    /// How far it has come.
    pub reached: Reached,
}

/// How far a pass has come: tenants in the order of their identifiers, contents in that of their hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It has not begun with the first tenant.
    Start,
    /// It is done with the tenant's contents up to this one.
    Within(TenantId, Hash),
    /// It is done with the tenant.
    Behind(TenantId),
    /// It is done with all.
    End,
}

impl Pass {
    /// The pass to go on with at `now`: the last one as long as it is under way; a new one when so
    /// much time has passed since the last one began, or the clock was set back.
    pub fn due(last: Option<Self>, now: DateTime<Utc>, between: TimeDelta) -> Option<Self> {
        let fresh = Self {
            began: now,
            reached: Reached::Start,
        };
        match last {
            None => Some(fresh),
            Some(last) if last.reached != Reached::End => Some(last),
            Some(last) => {
                let rests = (TimeDelta::zero()..between).contains(&(now - last.began));
                (!rests).then_some(fresh)
            }
        }
    }

    /// The same pass, come further.
    #[must_use]
    pub fn at(self, reached: Reached) -> Self {
        Self { reached, ..self }
    }
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let began = self.began.to_rfc3339_opts(SecondsFormat::Micros, true);
        match self.reached {
            Reached::Start => write!(f, "{began} start"),
            Reached::Within(tenant, hash) => write!(f, "{began} within {tenant} {hash}"),
            Reached::Behind(tenant) => write!(f, "{began} behind {tenant}"),
            Reached::End => write!(f, "{began} end"),
        }
    }
}

/// A text that is no pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a pass over contents")]
pub struct NotAPass;

impl FromStr for Pass {
    type Err = NotAPass;

    fn from_str(text: &str) -> Result<Self, NotAPass> {
        let words: Vec<&str> = text.split(' ').collect();
        let tenant = |word: &str| word.parse::<TenantId>().map_err(|_| NotAPass);
        let (began, reached) = match words.as_slice() {
            [began, "start"] => (began, Reached::Start),
            [began, "within", id, hash] => {
                let hash = hash.parse().map_err(|_| NotAPass)?;
                (began, Reached::Within(tenant(id)?, hash))
            }
            [began, "behind", id] => (began, Reached::Behind(tenant(id)?)),
            [began, "end"] => (began, Reached::End),
            _ => return Err(NotAPass),
        };
        let began = DateTime::parse_from_rfc3339(began).map_err(|_| NotAPass)?;
        Ok(Self {
            began: began.to_utc(),
            reached,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_pass_goes_on_until_its_end_and_the_next_begins_a_day_after_it_began() {
        let day = TimeDelta::days(1);
        let began = at("2026-03-02T10:00:00Z");
        let pass = |reached| Pass { began, reached };
        let due = |last, now: &str| Pass::due(last, at(now), day);
        let within = pass(Reached::Within(TenantId::mint(), Hash::of(b"a")));
        assert_eq!(
            due(None, "2026-03-02T10:00:00Z"),
            Some(pass(Reached::Start))
        );
        assert_eq!(due(Some(within), "2026-03-09T10:00:00Z"), Some(within));
        let ended = Some(pass(Reached::End));
        for (now, is_due) in [
            ("2026-03-02T10:00:00Z", false),
            ("2026-03-03T09:59:59Z", false),
            ("2026-03-03T10:00:00Z", true),
            ("2026-03-02T09:59:59Z", true),
        ] {
            let fresh = Pass {
                began: at(now),
                reached: Reached::Start,
            };
            assert_eq!(due(ended, now), is_due.then_some(fresh), "{now}");
        }
    }

    #[test]
    fn a_pass_is_read_back_as_written() {
        let tenant = TenantId::mint();
        for reached in [
            Reached::Start,
            Reached::Within(tenant, Hash::of(b"a")),
            Reached::Behind(tenant),
            Reached::End,
        ] {
            let pass = Pass {
                began: at("2026-03-02T10:00:00.123456Z"),
                reached,
            };
            assert_eq!(pass.to_string().parse(), Ok(pass));
        }
        for text in ["", "end", "x end", "2026-03-02T10:00:00Z within x y"] {
            assert_eq!(text.parse::<Pass>(), Err(NotAPass), "{text}");
        }
    }
}
