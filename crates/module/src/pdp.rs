//! PDP contexts (D25): settings, DNS servers, activation. Data only; what a lost context does to sockets is
//! decided in `core`.

use crate::{
    activation::Attempt,
    contract::Families,
    general::nv::{Definition, Nv},
    tcpip::Failed,
};
use alloc::{format, string::String};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Contexts 1 to 15.
pub(crate) const CONTEXTS: usize = 15;

/// How many may be active at once.
const MAX_ACTIVE: usize = 3;

/// The addresses that name servers have until the host sets others. As on the real module they are for
/// show: an unchanged setting means the network's own servers.
const DEFAULT_DNS: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(114, 114, 114, 114)), IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8))];

/// A PDP context id, 1 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PdpId(u8);

impl PdpId {
    /// From the number a host gives.
    pub fn new(number: u32) -> Option<PdpId> {
        u8::try_from(number).ok().filter(|n| (1..=15).contains(n)).map(PdpId)
    }

    /// 1 to 15.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Place in [`PdpContexts`]; below `CONTEXTS` by construction.
    pub fn index(self) -> usize {
        usize::from(self.0) - 1
    }
}

/// One context.
#[derive(Clone, Debug)]
pub struct Pdp {
    /// 1 IPv4, 2 IPv6, 3 both.
    pub kind: u32,
    /// Access point name.
    pub apn: String,
    /// User name.
    pub user: String,
    /// Password.
    pub password: String,
    /// 0 none, 1 PAP, 2 CHAP, 3 either.
    pub auth: u32,
    /// Name servers, if the host has set them.
    pub dns: Option<[IpAddr; 2]>,
    /// Activated.
    pub active: bool,
    /// `AT+CGDCONT` lists it.
    pub defined: bool,
    /// The network has ended it, and the host has not yet said `AT+QIDEACT`.
    pub lost: bool,
    /// The network has refused it and will be asked again.
    pub attempt: Option<Attempt>,
    /// What that came to, for the port that waits.
    pub outcome: Option<Result<(), Failed>>,
}

impl Default for Pdp {
    fn default() -> Pdp {
        Pdp {
            kind: 1,
            apn: String::new(),
            user: String::new(),
            password: String::new(),
            auth: 0,
            dns: None,
            active: false,
            defined: false,
            lost: false,
            attempt: None,
            outcome: None,
        }
    }
}

impl Pdp {
    /// Which addresses it can reach.
    pub fn families(&self) -> Families {
        match self.kind {
            1 => Families::V4,
            2 => Families::V6,
            _ => Families::Both,
        }
    }

    /// Every own address, for a port that serves. An IPv6 one takes IPv4 too, where the context does.
    pub fn any(&self) -> IpAddr {
        match self.kind {
            1 => Ipv4Addr::UNSPECIFIED.into(),
            _ => Ipv6Addr::UNSPECIFIED.into(),
        }
    }

    /// The name servers as `AT+QIDNSCFG` prints them.
    pub fn dns_shown(&self) -> [IpAddr; 2] {
        self.dns.unwrap_or(DEFAULT_DNS)
    }
}

/// All contexts.
#[derive(Clone, Debug, Default)]
pub struct PdpContexts([Pdp; CONTEXTS]);

impl PdpContexts {
    /// The contexts that a memory holds, none of them active.
    pub fn of(nv: &Nv) -> PdpContexts {
        let context = |definition: &Option<Definition>| match definition {
            Some(Definition { kind, apn }) => {
                Pdp { kind: *kind, apn: apn.clone(), defined: true, ..Pdp::default() }
            }
            None => Pdp::default(),
        };
        PdpContexts(nv.contexts.each_ref().map(context))
    }

    /// All ids.
    pub fn ids() -> impl Iterator<Item = PdpId> {
        (1..=15).map(PdpId)
    }

    /// Ids of those that `AT+CGDCONT` lists.
    pub fn defined(&self) -> impl Iterator<Item = PdpId> + '_ {
        (1..).zip(&self.0).filter(|(_, pdp)| pdp.defined).map(|(n, _)| PdpId(n))
    }

    /// One context.
    pub fn get(&self, id: PdpId) -> &Pdp {
        &self.0[id.index()]
    }

    /// One context.
    pub fn get_mut(&mut self, id: PdpId) -> &mut Pdp {
        &mut self.0[id.index()]
    }

    /// Ids of the active ones.
    pub fn active(&self) -> impl Iterator<Item = PdpId> + '_ {
        (1..).zip(&self.0).filter(|(_, pdp)| pdp.active).map(|(n, _)| PdpId(n))
    }

    /// The address of a context: IPv4 where it has both.
    pub fn address(&self, id: PdpId) -> IpAddr {
        match self.get(id).kind {
            2 => address_v6(id).into(),
            _ => address(id).into(),
        }
    }

    /// The addresses of a context, quoted, as `AT+QIACT?` prints them.
    pub fn addresses(&self, id: PdpId) -> String {
        match self.get(id).kind {
            1 => format!("\"{}\"", address(id)),
            2 => format!("\"{}\"", address_v6(id)),
            _ => format!("\"{}\",\"{}\"", address(id), address_v6(id)),
        }
    }

    /// May another one be activated?
    pub fn has_room(&self) -> bool {
        self.active().count() < MAX_ACTIVE
    }
}

/// The address a context gets: made up, stable per context, as in the note's example.
pub(crate) fn address(id: PdpId) -> Ipv4Addr {
    Ipv4Addr::new(10, 7, 157, id.0)
}

/// The same for IPv6, out of the range for documents and examples (RFC 3849).
pub(crate) fn address_v6(id: PdpId) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0x9D, u16::from(id.0))
}
