//! What `AT+QICFG` sets (document \[1\]). Nothing of it is kept over a restart. Numbers are the document's.

use super::state::{ClientId, SOCKETS};
use crate::profile::PDP_RETRIES;
use alloc::vec::Vec;
use core::time::Duration;

/// The settings of all sockets, plain and SSL where the item has a meaning for both.
#[derive(Clone, Debug)]
pub struct Options {
    /// `transpktsize`: host bytes that make a packet in transparent mode.
    pub packet_size: u32,
    /// `transwaittm`: silence that sends fewer. Unit: 100 ms.
    pub packet_wait: u32,
    /// `dataformat`: 1 payloads of `AT+QISEND` are hexadecimal.
    pub send_hex: u32,
    /// `dataformat`: 1 received data is printed in hexadecimal.
    pub receive_hex: u32,
    /// `viewmode`: 1 a comma stands between a header and its data, not a line end.
    pub view_mode: u32,
    /// `udp/sendmode`: 1 sends that wait for the network leave in one datagram.
    pub udp_send_mode: u32,
    /// `udp/readmode`: 1 `AT+QIRD` reads across the boundaries of datagrams.
    pub udp_read_mode: u32,
    /// `tcp/accept`: 0 incoming connections are refused.
    pub accept: u32,
    /// `passiveclosed`: 1 a socket that its peer has closed closes by itself.
    pub passive_close: u32,
    /// `tcp/twrecycle`: 1 the own port of a closed connection can be taken at once.
    pub recycle: u32,
    /// `close/mode`: 1 `AT+QICLOSE` is `OK` at once, and a URC tells the end.
    pub close_mode: u32,
    /// `recvind`: 1 "recv" in buffer mode tells the length.
    pub receive_length: u32,
    /// `sendinfo`: 1 a report in place of `SEND OK` and `SEND FAIL`.
    pub send_report: u32,
    /// `tcp/keepalive`: idle time and interval in seconds, number of probes.
    pub keep_alive: Option<[u32; 3]>,
    /// `tcp/retranscfg`: count, and period in 100 ms; `None` leaves it to the operating system.
    pub retransmission: Option<[u32; 2]>,
    /// `formatcfg`: 1 the prompt is a line of its own.
    pub prompt_form: u32,
    /// `qisend/timeout`: longest silence behind a prompt in seconds; 0 is no limit.
    pub send_timeout: u32,
    /// `send/buffersize` of connections opened from now on.
    pub send_buffer: u32,
    /// `recv/buffersize`
    pub receive_buffer: u32,
    /// `dns/cache`: 1 names that are known are not looked up again.
    pub dns_cache: u32,
    /// `window/scale`: 0 TCP's window is at most what it can tell of without a scale.
    pub window_scale: u32,
    /// `pdp/retry` of deactivation: how often, and after how many seconds. No network refuses one.
    pub deactivation_retries: [u32; 2],
    /// `pdp/retry` of activation; `None`: as the profile has it.
    pub activation_retries: Option<[u32; 2]>,
    /// `send/auto`: per socket.
    heartbeats: [Option<Heartbeat>; SOCKETS],
    /// `recv/ignore`: per socket, a message that is not shown to the host.
    ignored: [Vec<u8>; SOCKETS],
}

/// A message sent again and again.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// Seconds between two.
    pub cycle: u32,
    /// The message.
    pub message: Vec<u8>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            packet_size: 1024,
            packet_wait: 2,
            send_hex: 0,
            receive_hex: 0,
            view_mode: 0,
            udp_send_mode: 0,
            udp_read_mode: 0,
            accept: 1,
            passive_close: 0,
            recycle: 0,
            close_mode: 0,
            receive_length: 0,
            send_report: 0,
            keep_alive: None,
            retransmission: None,
            prompt_form: 0,
            send_timeout: 0,
            send_buffer: 10_240,
            receive_buffer: 10_240,
            dns_cache: 0,
            window_scale: 0,
            deactivation_retries: PDP_RETRIES,
            activation_retries: None,
            heartbeats: [const { None }; SOCKETS],
            ignored: [const { Vec::new() }; SOCKETS],
        }
    }
}

impl Options {
    /// How host bytes become packets in transparent mode.
    pub fn packing(&self) -> Packing {
        Packing {
            size: usize::try_from(self.packet_size).unwrap_or(1).max(1),
            wait: Duration::from_millis(100 * u64::from(self.packet_wait)),
        }
    }

    /// Received bytes a socket keeps for the host; then the network has to wait (D18).
    pub fn receive_room(&self) -> usize {
        usize::try_from(self.receive_buffer).unwrap_or_default()
    }

    /// `send/auto` of a socket.
    pub fn heartbeat(&self, id: ClientId) -> Option<&Heartbeat> {
        self.heartbeats.get(usize::from(id.number()))?.as_ref()
    }

    /// Sets `send/auto` of a socket.
    pub fn set_heartbeat(&mut self, id: ClientId, heartbeat: Option<Heartbeat>) {
        if let Some(slot) = self.heartbeats.get_mut(usize::from(id.number())) {
            *slot = heartbeat;
        }
    }

    /// `recv/ignore` of a socket; empty for none.
    pub fn ignored(&self, id: ClientId) -> &[u8] {
        self.ignored.get(usize::from(id.number())).map_or(&[], Vec::as_slice)
    }

    /// Sets `recv/ignore` of a socket.
    pub fn set_ignored(&mut self, id: ClientId, message: Vec<u8>) {
        if let Some(slot) = self.ignored.get_mut(usize::from(id.number())) {
            *slot = message;
        }
    }
}

/// When host bytes of transparent mode leave.
#[derive(Clone, Copy, Debug)]
pub struct Packing {
    /// As soon as there are so many.
    pub size: usize,
    /// Or nothing has come for so long.
    pub wait: Duration,
}
