//! Lookups as messages of DNS.

use hickory_proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RData, Record, RecordType},
};
use module::{DnsFailure, Families, Names};
use std::net::IpAddr;

/// What is asked for in one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    id: u16,
    kind: RecordType,
}

/// The questions of a lookup.
pub(super) fn questions(query: u64, families: Families) -> Vec<Question> {
    let id = (query as u16).wrapping_mul(2);
    let ask = |number, kind| Question { id: id.wrapping_add(number), kind };
    match families {
        Families::V4 => vec![ask(0, RecordType::A)],
        Families::V6 => vec![ask(1, RecordType::AAAA)],
        Families::Both => vec![ask(0, RecordType::A), ask(1, RecordType::AAAA)],
    }
}

/// Nothing if it is no name.
pub(super) fn query(question: Question, name: &str) -> Option<Vec<u8>> {
    let mut message = Message::new(question.id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_utf8(name).ok()?, question.kind));
    message.to_vec().ok()
}

/// Nothing if no server answered.
pub(super) fn response(
    question: Question,
    name: &str,
    answer: &Result<Names, DnsFailure>,
) -> Option<Vec<u8>> {
    let name = Name::from_utf8(name).ok()?;
    let mut message = Message::new(question.id, MessageType::Response, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.metadata.recursion_available = true;
    message.add_query(Query::query(name.clone(), question.kind));
    match answer {
        Ok(names) => {
            let data = names.addresses.iter().filter_map(|address| match (address, question.kind) {
                (IpAddr::V4(address), RecordType::A) => Some(RData::A((*address).into())),
                (IpAddr::V6(address), RecordType::AAAA) => Some(RData::AAAA((*address).into())),
                _ => None,
            });
            message.add_answers(data.map(|data| Record::from_rdata(name.clone(), names.ttl, data)));
        }
        Err(DnsFailure::NotFound) => message.metadata.response_code = ResponseCode::NXDomain,
        Err(DnsFailure::Unreachable(_)) => return None,
    }
    message.to_vec().ok()
}
