//! Whether the tenant is licensed for Intune: one list says it for all of them.
//!
//! The kinds of Intune wait until the first of them was listed. If that list says that the request
//! does not apply to this tenant, every other would say so, and none is asked.

use tokio::sync::watch;

use crate::{
    domain::kind::PolicyKind,
    graph::{GraphError, catalog},
};

/// What one run knows of the tenant's licence.
#[derive(Debug)]
pub(super) struct Licence {
    probe: Option<PolicyKind>,
    is_licensed: watch::Sender<Option<bool>>,
}

impl Licence {
    /// Of a run that reads `kinds`, all of which the app may list.
    pub(super) fn new(kinds: &[PolicyKind]) -> Self {
        Self {
            probe: probe(kinds),
            is_licensed: watch::Sender::new(None),
        }
    }

    /// The kinds in the order in which they are read: the one that tells comes first.
    pub(super) fn in_order(&self, kinds: &[PolicyKind]) -> Vec<PolicyKind> {
        let others = kinds.iter().filter(|kind| Some(**kind) != self.probe);
        self.probe
            .into_iter()
            .filter(|probe| kinds.contains(probe))
            .chain(others.copied())
            .collect()
    }

    /// Waits until it is known whether it is worth while to list a kind.
    pub(super) async fn allows(&self, kind: PolicyKind) -> bool {
        let is_needed = is_of_intune(kind) && self.probe.is_some_and(|probe| probe != kind);
        if !is_needed {
            return true;
        }
        let mut is_licensed = self.is_licensed.subscribe();
        let known = is_licensed.wait_for(Option::is_some).await;
        known.is_ok_and(|known| *known != Some(false))
    }

    /// Takes note of what came of listing a kind.
    pub(super) fn note<T>(&self, kind: PolicyKind, listed: &Result<T, GraphError>) {
        if Some(kind) == self.probe {
            let is_licensed = !matches!(listed, Err(GraphError::NotLicensed));
            self.is_licensed.send_replace(Some(is_licensed));
        }
    }
}

/// The kind of Intune whose list tells: the tenant's own settings, which are one small object, if
/// they are read; else the first.
fn probe(kinds: &[PolicyKind]) -> Option<PolicyKind> {
    let mut of_intune = kinds.iter().copied().filter(|kind| is_of_intune(*kind));
    match kinds.contains(&PolicyKind::TenantSettings) {
        true => Some(PolicyKind::TenantSettings),
        false => of_intune.next(),
    }
}

fn is_of_intune(kind: PolicyKind) -> bool {
    catalog::entry(kind).is_of_intune()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [PolicyKind; 3] = [
        PolicyKind::NamedLocation,
        PolicyKind::MobileApp,
        PolicyKind::TenantSettings,
    ];

    #[test]
    fn one_kind_of_intune_tells_and_comes_first() {
        for (kinds, told_by) in [
            (&KINDS[..], Some(PolicyKind::TenantSettings)),
            (&KINDS[..2], Some(PolicyKind::MobileApp)),
            (&KINDS[..1], None),
        ] {
            let licence = Licence::new(kinds);
            assert_eq!(licence.probe, told_by);
            let order = licence.in_order(kinds);
            assert_eq!(order.len(), kinds.len());
            assert_eq!(order.first().copied(), told_by.or(Some(KINDS[0])));
        }
    }

    #[tokio::test]
    async fn the_other_kinds_of_intune_wait_for_what_the_first_says() {
        for (listed, allowed) in [
            (Ok(()), true),
            (Err(GraphError::NotLicensed), false),
            (Err(GraphError::Stopped), true),
        ] {
            let licence = Licence::new(&KINDS);
            assert!(licence.allows(PolicyKind::NamedLocation).await);
            assert!(licence.allows(PolicyKind::TenantSettings).await);
            let waiting = licence.allows(PolicyKind::MobileApp);
            let telling = async { licence.note(PolicyKind::TenantSettings, &listed) };
            let (is_allowed, ()) = futures_util::future::join(waiting, telling).await;
            assert_eq!(is_allowed, allowed);
        }
    }
}
