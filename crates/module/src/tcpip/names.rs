//! Names that are known already (`AT+QICFG="dns/cache"`), each for as long as its servers have said.

use crate::{
    contract::{Families, Names, QueryId},
    pdp::PdpId,
    state::Core,
};
use alloc::{collections::VecDeque, string::String, vec::Vec};
use at::time::Instant;
use core::{net::IpAddr, time::Duration};

/// So many names; the oldest makes room.
const MOST: usize = 16;

/// Names and their addresses.
#[derive(Debug, Default)]
pub struct NameCache(VecDeque<Known>);

#[derive(Debug)]
struct Known {
    question: Question,
    addresses: Vec<IpAddr>,
    until: Instant,
}

/// What was asked, and whom: another context may get another answer.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    /// In lower case (RFC 1035 2.3.3).
    name: String,
    servers: Vec<IpAddr>,
    families: Families,
}

impl NameCache {
    /// Nothing is known any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn get(&self, now: Instant, question: &Question) -> Option<Names> {
        let known = self.0.iter().find(|known| known.question == *question && known.until > now)?;
        let ttl = u32::try_from((known.until - now).as_secs()).unwrap_or(u32::MAX);
        Some(Names { addresses: known.addresses.clone(), ttl })
    }

    fn put(&mut self, now: Instant, question: Question, names: &Names) {
        self.0.retain(|known| known.until > now && known.question != question);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        let until = now + Duration::from_secs(names.ttl.into());
        self.0.push_back(Known { question, addresses: names.addresses.clone(), until });
    }
}

impl Core {
    fn question(&self, pdp: PdpId, name: &str) -> Question {
        Question {
            name: name.to_ascii_lowercase(),
            servers: self.name_servers(pdp),
            families: self.pdp.get(pdp).families(),
        }
    }

    /// What is known of a name in the way of a PDP context.
    pub fn known_name(&self, now: Instant, pdp: PdpId, name: &str) -> Option<Names> {
        self.names.get(now, &self.question(pdp, name))
    }

    /// The answer to a query, to be known from now on if the host wants that.
    pub fn learn_name(&mut self, now: Instant, query: QueryId, names: &Names) {
        if self.options.dns_cache == 1
            && let Some((pdp, name)) = self.asker(query)
        {
            let question = self.question(pdp, &name);
            self.names.put(now, question, names);
        }
    }

    /// Which name a query is about, and by which context.
    fn asker(&self, query: QueryId) -> Option<(PdpId, String)> {
        if let Some(client) = self.resolving(query) {
            return self.links.get(client).about.as_ref().map(|about| (about.pdp, about.host.clone()));
        }
        let (lookup, ping, ntp) = (&self.errands.lookup, &self.errands.ping, &self.errands.ntp);
        let of_lookup = lookup.iter().map(|l| (l.query, l.pdp, l.name.as_str()));
        let of_ping = ping.iter().map(|p| (p.query, p.pdp, p.host()));
        let of_ntp = ntp.iter().map(|n| (n.query, n.pdp, n.host()));
        let mut all = of_lookup.chain(of_ping).chain(of_ntp);
        all.find(|(asked, ..)| *asked == query).map(|(_, pdp, name)| (pdp, name.into()))
    }
}
