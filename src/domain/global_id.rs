//! The public form of identifiers: `ten_` and the UUID in base62. It is the same in the API, on the
//! command line and in the log; people may copy it, and need not know what it is made of.

use uuid::Uuid;

use super::{
    base62,
    ids::{
        ApiTokenId, AuditEntryId, BackupItemId, BackupSetId, MemberId, NotificationId, PolicyId,
        RunId, ScheduleId, TenantId, UserId,
    },
};

/// Base62 digits of 16 bytes.
const DIGITS: usize = 22;

/// A text that is no identifier of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ID of this kind; these begin with `{prefix}_` and have {DIGITS} more characters")]
pub struct InvalidId {
    /// What an identifier of this kind begins with, before the underscore.
    pub prefix: &'static str,
}

/// An identifier that is shown to people.
pub trait GlobalId: Copy + From<Uuid> {
    /// What the public form begins with, before the underscore; no two kinds share it.
    const PREFIX: &'static str;

    /// The identifier as it is stored.
    fn uuid(self) -> Uuid;

    /// The public form.
    fn to_global(self) -> String {
        let digits = base62::encode(self.uuid().as_bytes(), DIGITS);
        format!("{}_{digits}", Self::PREFIX)
    }

    /// Reads the public form.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] from the text alone: whether there is such a thing is another question.
    fn from_global(text: &str) -> Result<Self, InvalidId> {
        let digits = text
            .strip_prefix(Self::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|digits| digits.len() == DIGITS);
        digits
            .and_then(base62::decode_16)
            .map(|bytes| Uuid::from_bytes(bytes).into())
            .ok_or(InvalidId {
                prefix: Self::PREFIX,
            })
    }
}

macro_rules! prefixes {
    ($($id:ident $prefix:literal)+) => {
        $(impl GlobalId for $id {
            const PREFIX: &'static str = $prefix;

            fn uuid(self) -> Uuid {
                self.as_uuid()
            }
        })+

        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix),+];
    };
}

prefixes! {
    TenantId "ten"
    UserId "usr"
    MemberId "mem"
    ApiTokenId "tok"
    ScheduleId "sch"
    RunId "run"
    BackupSetId "set"
    BackupItemId "itm"
    PolicyId "pol"
    AuditEntryId "aud"
    NotificationId "ntf"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_back() {
        let id = TenantId::mint();
        let shown = id.to_global();
        assert!(shown.starts_with("ten_") && shown.len() == 26, "{shown}");
        assert_eq!(TenantId::from_global(&shown), Ok(id));
    }

    #[test]
    fn other_texts_are_refused() {
        let shown = TenantId::mint().to_global();
        let run = RunId::mint().to_global();
        for text in ["", "ten_", "ten_1", run.as_str(), &shown[..25], &shown[4..]] {
            assert_eq!(
                TenantId::from_global(text),
                Err(InvalidId { prefix: "ten" }),
                "{text}"
            );
        }
    }

    #[test]
    fn no_two_kinds_share_a_prefix() {
        let mut prefixes = PREFIXES.to_vec();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert_eq!(prefixes.len(), PREFIXES.len());
    }
}
