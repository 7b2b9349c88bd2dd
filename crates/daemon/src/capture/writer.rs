//! The thread that turns what was seen into packets and writes them.

use super::{Record, What, Wire, network::Network, pcapng::Link, serial::Serials, sheet::Sheet};
use crate::{ahead::Ahead, aside::Inbox};
use module::{Action, Input, OnChannel};
use std::{
    fs::File,
    io::{self, Write},
};

/// Bytes that are written in one go, about. Less at a time costs more, and more would come late.
const PORTION: usize = 256 * 1024;

/// A capture that is being written.
pub(super) struct Writer {
    file: Ahead,
    /// It can be cut, and this is how long it is.
    length: Option<u64>,
    sheet: Sheet,
    network: Network,
    serials: Serials,
}

impl Writer {
    /// Begins the file: a section, the network, the ports in their order. One that is nobody else's can be cut.
    pub(super) fn begin(
        file: File,
        can_be_cut: bool,
        model: &str,
        ports: &[&'static str],
    ) -> io::Result<Writer> {
        let length = (can_be_cut && file.metadata()?.is_file()).then_some(0);
        let (sheet, network) = (Sheet::default(), Network::default());
        let mut writer =
            Writer { file: Ahead::new(file), length, sheet, network, serials: Serials::default() };
        let sheet = &mut writer.sheet;
        sheet.blocks.section(model, concat!("modemtwin ", env!("CARGO_PKG_VERSION")));
        sheet.blocks.interface(Link::Raw, "net", "network side of the module");
        for port in ports {
            writer.serials.add(sheet, port);
        }
        writer.flush()?;
        Ok(writer)
    }

    /// Works until there is no more to come.
    pub(super) fn run(mut self, inbox: &mut Inbox<Record>) -> io::Result<()> {
        while let Some(record) = inbox.next() {
            self.take(&record);
            while self.sheet.blocks.0.len() < PORTION
                && let Some(record) = inbox.waiting()
            {
                self.take(&record);
            }
            self.flush()?;
        }
        Ok(())
    }

    fn take(&mut self, Record { at, what }: &Record) {
        let (at, sheet) = (*at, &mut self.sheet);
        match what {
            What::Said { on, way, piece } => {
                if let Some(serial) = self.serials.on(sheet, *on) {
                    serial.said(sheet, at, *way, piece);
                }
            }
            What::SaidTooMuch { on } => {
                if let Some(serial) = self.serials.on(sheet, *on) {
                    serial.miss(sheet);
                }
            }
            What::Channel(port, what) => {
                let Some(serial) = self.serials.on(sheet, Wire::Channel(*port)) else { return };
                match what {
                    OnChannel::Opened => serial.host_is_there(sheet, at, true),
                    OnChannel::Closed => serial.host_is_there(sheet, at, false),
                    OnChannel::Lines(lines) => serial.host_lines(sheet, at, *lines),
                    OnChannel::Host(..) | OnChannel::Module(..) => {}
                }
            }
            What::Net { way, conn, other, bytes } => {
                self.network.data(sheet, at, *way, *conn, *other, bytes);
            }
            What::NetTooMuch { way, conn, length } => self.network.gap(sheet, *way, *conn, *length),
            What::Fin(conn) => self.network.fin(sheet, at, *conn),
            What::Input(input) => {
                match input {
                    Input::PortAttached(port) | Input::PortDetached(port) => {
                        if let Some(serial) = self.serials.on(sheet, Wire::Port(*port)) {
                            serial.host_is_there(sheet, at, matches!(input, Input::PortAttached(_)));
                        }
                    }
                    Input::PortLines(port, lines) => {
                        if let Some(serial) = self.serials.on(sheet, Wire::Port(*port)) {
                            serial.host_lines(sheet, at, *lines);
                        }
                    }
                    _ => {}
                }
                self.network.input(sheet, at, input);
            }
            What::Action(action) => {
                if let Action::PortLines(port, lines) = action
                    && let Some(serial) = self.serials.on(sheet, Wire::Port(*port))
                {
                    serial.module_lines(sheet, at, *lines);
                }
                self.network.action(sheet, at, action);
            }
        }
    }

    /// Writes what has come together. When that fails, what is in the file are whole blocks.
    fn flush(&mut self) -> io::Result<()> {
        let blocks = &mut self.sheet.blocks.0;
        let written = self.file.write_all(blocks);
        if let Some(length) = &mut self.length {
            match written {
                Ok(()) => *length += blocks.len() as u64,
                // A disk that is full takes a part.
                Err(_) => self.file.cut(*length)?,
            }
        }
        blocks.clear();
        written
    }
}
