//! What the two doors of one server share, HTTP and WebSocket: who may come in, and what answers them.

use std::{net::IpAddr, sync::Arc, time::Duration};

use super::{
    auth::authenticate,
    census::Sockets,
    console::Console,
    engine::{Engine, Outcome},
    error::Code,
    exports::Exports,
    origins::Origins,
    principal::Principal,
    settings::TrustedProxies,
    sign_ins::SignIns,
};

/// What the handlers of one server share.
pub(super) struct Door {
    pub(super) engine: Engine,
    pub(super) sign_ins: SignIns,
    pub(super) origins: Origins,
    pub(super) proxies: TrustedProxies,
    pub(super) sockets: Arc<Sockets>,
    pub(super) exports: Exports,
    pub(super) stale_tick: Duration,
    pub(super) graphiql: bool,
    pub(super) console: Console,
}

impl Door {
    /// Whoever a credential speaks for. It is not looked at while sign-ins from the address fail
    /// too often; to send none is no try.
    pub(super) async fn sign_in(
        &self,
        credential: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Principal, Outcome> {
        let rooms = &self.engine.rooms;
        if let Some(address) = address {
            self.sign_ins.admit(address, rooms.clock.now())?;
        }
        let asked = authenticate(rooms, credential);
        let principal = self.engine.in_good_time(asked).await;
        if let (Err(refusal), Some(address)) = (&principal, address)
            && refusal.code == Code::Unauthenticated
            && credential.is_some()
        {
            self.sign_ins.fail(address, rooms.clock.now());
        }
        if let Err(refusal) = &principal
            && refusal.code == Code::Unauthenticated
            && credential.is_some()
        {
            rooms.measures.failed_sign_in();
        }
        Ok(principal?)
    }
}
