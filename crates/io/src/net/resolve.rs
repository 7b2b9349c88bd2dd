//! Host names to addresses.

use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts, ServerOrderingStrategy},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::rr::RecordType,
    system_conf::read_system_conf,
};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

/// Why there is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// The servers say that the name does not exist or has no address, or it is no name at all.
    NotFound,
    /// No server gave a usable answer; in the words of the resolver.
    NoAnswer(String),
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LookupError::NotFound => f.write_str("no such name"),
            LookupError::NoAnswer(why) => write!(f, "no answer: {why}"),
        }
    }
}

impl std::error::Error for LookupError {}

/// Which addresses are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
    /// Both, IPv4 first.
    Both,
}

/// What a name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Never empty.
    pub addresses: Vec<IpAddr>,
    /// For how many seconds that holds.
    pub ttl: u32,
}

/// Looks `name` up.
///
/// With `servers`, these are asked in their order and nothing else is looked at. Without, it is done as
/// this machine is configured: its hosts file, then its servers. Nothing is cached, so a changed
/// configuration counts from the next lookup on.
///
/// # Errors
/// The name has no address, or no server answered.
pub async fn resolve(name: &str, servers: &[SocketAddr], families: Families) -> Result<Found, LookupError> {
    let (config, mut options) = if servers.is_empty() { system() } else { given(servers) };
    options.cache_size = 0;
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    let resolver = builder.build().map_err(classify)?;
    match families {
        Families::V4 => addresses(&resolver, name, RecordType::A).await,
        Families::V6 => addresses(&resolver, name, RecordType::AAAA).await,
        Families::Both => {
            let (v4, v6) = (RecordType::A, RecordType::AAAA);
            match (addresses(&resolver, name, v4).await, addresses(&resolver, name, v6).await) {
                (Ok(v4), Ok(v6)) => Ok(Found {
                    ttl: v4.ttl.min(v6.ttl),
                    addresses: v4.addresses.into_iter().chain(v6.addresses).collect(),
                }),
                (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
                (Err(failure), Err(LookupError::NotFound)) | (Err(_), Err(failure)) => Err(failure),
            }
        }
    }
}

async fn addresses(resolver: &TokioResolver, name: &str, kind: RecordType) -> Result<Found, LookupError> {
    let lookup = resolver.lookup(name, kind).await.map_err(classify)?;
    let records = || lookup.answers().iter().filter_map(|record| Some((record.data.ip_addr()?, record.ttl)));
    let ttl = records().map(|(_, ttl)| ttl).min().ok_or(LookupError::NotFound)?;
    Ok(Found { addresses: records().map(|(address, _)| address).collect(), ttl })
}

/// A machine without a usable resolv.conf still has a hosts file.
fn system() -> (ResolverConfig, ResolverOpts) {
    read_system_conf()
        .unwrap_or_else(|_| (ResolverConfig::from_parts(None, vec![], vec![]), ResolverOpts::default()))
}

fn given(servers: &[SocketAddr]) -> (ResolverConfig, ResolverOpts) {
    let servers = servers
        .iter()
        .map(|server| {
            let mut config = NameServerConfig::udp_and_tcp(server.ip());
            config.connections.iter_mut().for_each(|c| c.port = server.port());
            config
        })
        .collect();
    let mut options = ResolverOpts::default();
    options.use_hosts_file = ResolveHosts::Never;
    options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
    options.num_concurrent_reqs = 1;
    (ResolverConfig::from_parts(None, vec![], servers), options)
}

fn classify(error: NetError) -> LookupError {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(_)) | NetError::Proto(_) => LookupError::NotFound,
        other => LookupError::NoAnswer(other.to_string()),
    }
}
