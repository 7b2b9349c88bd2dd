//! What faults of TLS make of a piece.

use super::{Lane, Piece, What};
use crate::{active::Active, effect::Tls, records::ALERT};
use module::{FaultPoint, Input, Operator};

impl Lane {
    pub(super) fn shape_tls(
        &mut self,
        active: &mut Active,
        tls: &Tls,
        mut piece: Piece,
        out: &mut Vec<Piece>,
    ) {
        let (id, conn, at) = (active.id, active.conn, piece.at);
        let is_due = |flight: &u64| active.flight >= *flight;
        let (mut before, mut end) = (None, None);
        match tls {
            Tls::Alert { code, flight } => {
                if let What::Bytes(bytes) = &mut piece.what {
                    let records = self.records.entry(id).or_default();
                    if is_due(flight) {
                        let (kept, version) = records.give_way(bytes);
                        *bytes = kept;
                        // It stands in for a record, and speaks its version.
                        end = version.map(|[major, minor]| vec![ALERT, major, minor, 0, 2, 2, *code]);
                        // Behind ChangeCipherSpec only the module itself can take it for the server's.
                        let point = FaultPoint::PlainAlert(conn);
                        let takes = Input::Operator(Operator::Fault(id, active.injected(), point));
                        before = end.as_ref().map(|_| takes);
                    } else {
                        records.pass(bytes);
                    }
                }
                out.push(piece);
            }
            Tls::Stall { flight } if is_due(flight) => {
                active.struck = true;
                piece.gate = Some(id);
                out.push(piece);
            }
            Tls::Cut { flight, bytes } if is_due(flight) => {
                self.pass(id, *bytes, piece, out);
                end = self.has_passed(id, *bytes).then(Vec::new);
            }
            Tls::Corrupt { record } => {
                if let What::Bytes(bytes) = &mut piece.what {
                    active.struck |= self.records.entry(id).or_default().corrupt(bytes, *record);
                }
                out.push(piece);
            }
            Tls::NoCloseNotify => {
                if let What::Bytes(bytes) = &mut piece.what {
                    let all = bytes.len();
                    *bytes = self.records.entry(id).or_default().without(bytes, ALERT);
                    active.struck |= bytes.len() < all;
                }
                out.push(piece);
            }
            Tls::Stall { .. } | Tls::Cut { .. } | Tls::Pretend(_) => out.push(piece),
        }
        // The server's last bytes, and its end.
        if let Some(last) = end
            && !self.is_dead
        {
            let ends = [What::Bytes(last), What::Tell(Input::NetEof(conn))];
            out.extend(before.map(What::Tell).into_iter().chain(ends).map(|what| Piece::new(at, what)));
            (active.struck, self.is_dead) = (true, true);
        }
    }
}
