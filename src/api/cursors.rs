//! Cursors: where a page begins, as opaque text.
//!
//! A cursor carries a version, the fingerprint of the list, filter and order it was made for, and a
//! place. Under any other fingerprint it is refused: it would silently point somewhere else.

use std::fmt::Display;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Datelike;

use super::error::{Refusal, Result};
use crate::{
    domain::canonical::Hash,
    store::pages::{Place, Sort},
};

const VERSION: u8 = 1;

/// Longer ones are not ours: an identifier and a name, both bounded.
const LONGEST: usize = 4096;

/// Which list, filter and order cursors belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(String);

impl Fingerprint {
    /// Of everything that decides which rows a list has and in which order.
    pub(super) fn of(list: impl std::fmt::Debug) -> Self {
        let hash = Hash::of(format!("{list:?}").as_bytes()).to_string();
        Self(hash.chars().take(16).collect())
    }

    /// The cursor of a place in the list.
    pub(super) fn seal(&self, place: &Place) -> String {
        let parts = (VERSION, &self.0, place);
        // Two texts and an instant: writing them cannot fail.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&parts).unwrap_or_default())
    }

    /// The place that a cursor tells of.
    pub(super) fn open(&self, cursor: &str) -> Result<Place> {
        if cursor.len() > LONGEST {
            return Err(Refusal::invalid_cursor());
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(cursor)
            .map_err(|_| Refusal::invalid_cursor())?;
        let (version, fingerprint, place): (u8, String, Place) =
            serde_json::from_slice(&bytes).map_err(|_| Refusal::invalid_cursor())?;
        if version != VERSION || fingerprint != self.0 || !can_be_stored(&place) {
            return Err(Refusal::invalid_cursor());
        }
        Ok(place)
    }
}

/// Whether a row may stand there in either database: PostgreSQL has no text with NUL and fewer years
/// than this program could ask for. Only a forged cursor tells of such a place.
fn can_be_stored(place: &Place) -> bool {
    let is_sortable = match &place.sort {
        Sort::Text(text) => !text.contains('\0'),
        Sort::At(at) => (0..=9999).contains(&at.year()),
    };
    is_sortable && !place.id.contains('\0')
}

/// Places in a stream of events, which is that of a tenant or of a person.
pub(super) struct EventCursor;

impl EventCursor {
    /// The cursor of a place.
    pub(super) fn seal(of: impl Display, place: i64) -> String {
        URL_SAFE_NO_PAD.encode(format!("{VERSION}.{of}.{place}"))
    }

    /// The place that a cursor of this stream tells of.
    pub(super) fn open(cursor: &str, of: impl Display) -> Result<i64> {
        let text = URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let place = text
            .as_deref()
            .and_then(|text| text.strip_prefix(&format!("{VERSION}.{of}.")))
            .and_then(|place| place.parse().ok());
        place.ok_or_else(Refusal::invalid_cursor)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::domain::ids::TenantId;

    fn place() -> Place {
        Place {
            sort: Sort::At("2026-01-01T00:00:00.123456Z".parse().unwrap()),
            id: "one".to_owned(),
        }
    }

    #[test]
    fn a_cursor_is_read_back_by_its_own_list_only() {
        let (here, there) = (Fingerprint::of(("runs", 1)), Fingerprint::of(("runs", 2)));
        let cursor = here.seal(&place());
        assert_eq!(here.open(&cursor), Ok(place()));
        assert_eq!(there.open(&cursor), Err(Refusal::invalid_cursor()));
    }

    #[test]
    fn a_place_in_a_stream_is_read_back_by_its_own_tenant_only() {
        let (own, other) = (TenantId::mint(), TenantId::mint());
        let cursor = EventCursor::seal(own, 42);
        assert_eq!(EventCursor::open(&cursor, own), Ok(42));
        assert!(EventCursor::open(&cursor, other).is_err());
        assert!(EventCursor::open("MS4", own).is_err());
    }

    #[test]
    fn places_where_no_row_can_stand_are_refused() {
        let here = Fingerprint::of("runs");
        let text = |text: &str| Sort::Text(text.to_owned());
        for (sort, id) in [
            (text("a\0b"), "one"),
            (text("ab"), "one\0"),
            (Sort::At(DateTime::<Utc>::MAX_UTC), "one"),
            (Sort::At(DateTime::<Utc>::MIN_UTC), "one"),
        ] {
            let id = id.to_owned();
            let forged = here.seal(&Place { sort, id });
            assert_eq!(here.open(&forged), Err(Refusal::invalid_cursor()));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let here = Fingerprint::of("runs");
        let cursor = here.seal(&place());
        for text in [
            "",
            "1",
            "ä",
            &cursor[1..],
            &format!("{cursor}="),
            &"A".repeat(5000),
        ] {
            assert_eq!(here.open(text), Err(Refusal::invalid_cursor()), "{text}");
        }
    }
}
