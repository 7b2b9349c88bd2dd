//! What a module shows of itself, in the form of the interface.

use super::*;
use daemon::{
    AtPort, Coverage, Place, Tolerance,
    view::{self, SslSuites},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

impl ModuleName {
    pub(crate) fn new(name: &str, ports: &[(AtPort, Place)]) -> ModuleName {
        let place = |(port, place): &(AtPort, Place)| PortPlace {
            name: port.name().into(),
            endpoint: place.to_string(),
        };
        ModuleName { name: name.into(), ports: ports.iter().map(place).collect() }
    }
}

impl Module {
    pub(crate) fn new(name: &str, state: view::State) -> Module {
        Module {
            name: name.into(),
            model: state.model.into(),
            tolerance: match state.tolerance {
                Tolerance::Strict => ToleranceName::Strict,
                Tolerance::Default => ToleranceName::Default,
                Tolerance::Lenient => ToleranceName::Lenient,
            },
            identity: Identity {
                product: state.product.into(),
                revision: state.revision.into(),
                imei: state.imei,
                serial: state.serial,
                imsi: state.imsi,
                iccid: state.iccid,
            },
            power: match state.power {
                view::Power::Off => PowerState::Off,
                view::Power::Booting => PowerState::Booting,
                view::Power::On => PowerState::On,
                view::Power::Falling => PowerState::Falling,
            },
            functionality: state.functionality,
            sim: state.sim.into(),
            network: state.network.into(),
            clock: state.clock.into(),
            last_error: LastError { code: state.last_error.code(), text: state.last_error.text().into() },
        }
    }
}

impl From<Option<view::Sim>> for Sim {
    fn from(card: Option<view::Sim>) -> Sim {
        Sim {
            present: card.is_some(),
            wants: card.map(|card| match card.wants {
                view::SimWants::Nothing => SimWants::Nothing,
                view::SimWants::Pin => SimWants::Pin,
                view::SimWants::Puk => SimWants::Puk,
                view::SimWants::AnotherCard => SimWants::Another,
            }),
            locked: card.is_some_and(|card| card.is_locked),
            pin_tries: card.map_or(0, |card| card.pin_tries),
            puk_tries: card.map_or(0, |card| card.puk_tries),
        }
    }
}

impl From<view::Network> for Network {
    fn from(network: view::Network) -> Network {
        Network {
            registration: network.registration,
            coverage: match network.coverage {
                Coverage::None => CoverageName::None,
                Coverage::Home => CoverageName::Home,
                Coverage::Roaming => CoverageName::Roaming,
                Coverage::Denied => CoverageName::Denied,
            },
            signal: network.signal,
            refuse_pdp: network.refuses_pdp,
            attached: network.is_attached,
        }
    }
}

impl From<CoverageName> for Coverage {
    fn from(name: CoverageName) -> Coverage {
        match name {
            CoverageName::None => Coverage::None,
            CoverageName::Home => Coverage::Home,
            CoverageName::Roaming => Coverage::Roaming,
            CoverageName::Denied => Coverage::Denied,
        }
    }
}

impl From<view::Clock> for Clock {
    fn from(clock: view::Clock) -> Clock {
        let utc = OffsetDateTime::from_unix_timestamp(clock.unix).ok();
        // A time outside the calendar has its number only.
        let utc = utc.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default();
        Clock { unix: clock.unix, utc, cclk: clock.text }
    }
}

impl Port {
    pub(crate) fn new(port: &view::PortState, places: &[(AtPort, Place)]) -> Port {
        let place = places.iter().find(|(name, _)| *name == port.name);
        Port {
            name: port.name.name().into(),
            endpoint: place.map(|(_, place)| place.to_string()),
            attached: port.is_attached,
            activity: match port.activity {
                view::Activity::Command => Activity::Command,
                view::Activity::Executing => Activity::Executing,
                view::Activity::Payload => Activity::Payload,
                view::Activity::Online => Activity::Online,
                view::Activity::Multiplexed => Activity::Multiplexed,
            },
            online: port.online,
            lines: Lines {
                dtr: port.host_lines.dtr,
                rts: port.host_lines.rts,
                dcd: port.module_lines.dcd,
                ri: port.module_lines.ri,
                dsr: port.module_lines.dsr,
                cts: port.module_lines.cts,
            },
            echo: port.echo,
            dcd_setting: port.dcd_setting,
            dtr_setting: port.dtr_setting,
            unsent: port.unsent,
        }
    }
}

impl From<view::Pdp> for PdpContext {
    fn from(pdp: view::Pdp) -> PdpContext {
        PdpContext {
            id: pdp.id,
            kind: pdp.kind,
            apn: pdp.apn,
            active: pdp.is_active,
            lost: pdp.is_lost,
            addresses: pdp.addresses,
            dns: pdp.dns.map(Vec::from),
        }
    }
}

impl From<view::SslContext> for SslContext {
    fn from(context: view::SslContext) -> SslContext {
        let settings = context.settings;
        SslContext {
            id: context.id,
            sslversion: settings.sslversion,
            ciphersuite: match settings.suites {
                SslSuites::All => vec!["0XFFFF".into()],
                SslSuites::These(codes) => codes.iter().map(|code| format!("0X{code:04X}")).collect(),
            },
            seclevel: settings.seclevel,
            sni: settings.sni,
            ignorelocaltime: settings.ignorelocaltime,
            negotiatetime: settings.negotiatetime,
            closetimemode: settings.closetimemode,
            ignoremulticertchainverify: settings.ignoremulticertchainverify,
            ignoreinvalidcertsign: settings.ignoreinvalidcertsign,
            session_cache: settings.session_cache,
            checkhost: settings.checkhost,
            cacert: settings.cacert,
            cacertex: settings.cacertex,
            clientcert: settings.clientcert,
            clientkey: settings.clientkey,
        }
    }
}

impl From<view::SocketView> for Socket {
    fn from(socket: view::SocketView) -> Socket {
        Socket {
            id: socket.id,
            service: socket.service.into(),
            state: socket.state_name.into(),
            state_code: socket.state,
            mode: socket.mode,
            pdp: socket.pdp,
            ssl_context: socket.ssl_context,
            host: socket.host,
            remote: socket.remote,
            remote_port: socket.remote_port,
            local_port: socket.local_port,
            opened_by: socket.opened_by.name().into(),
            received: socket.received,
            unread: socket.unread,
            sent: socket.sent,
            unsent: socket.unsent,
            tls: socket.tls.map(|tls| Tls {
                summary: tls.summary,
                version: tls.version,
                suite: tls.suite.into(),
                resumed: tls.is_resumed,
                chain: tls.chain,
            }),
        }
    }
}

impl From<daemon::faults::Status> for Fault {
    fn from(status: daemon::faults::Status) -> Fault {
        let daemon::faults::Status { id, fault, asked, is_on, hits } = status;
        Fault { id, fault, asked, on: is_on, hits }
    }
}

impl From<daemon::Failure> for Failure {
    fn from(failure: daemon::Failure) -> Failure {
        let text = failure.to_string().trim_start().to_owned();
        let daemon::Failure {
            t,
            unix,
            port,
            command,
            client,
            code,
            cme,
            cause,
            remedy,
            reason,
            fault,
            times,
        } = failure;
        Failure { t, unix, port, command, client, code, cme, cause, remedy, reason, fault, times, text }
    }
}

impl From<view::Files> for Files {
    fn from(files: view::Files) -> Files {
        let file = |file: view::File| File { name: file.name, size: file.size, open: file.is_open };
        Files { size: files.size, free: files.free, files: files.files.into_iter().map(file).collect() }
    }
}
