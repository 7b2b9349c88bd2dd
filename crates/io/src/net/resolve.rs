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

/// Looks `name` up: IPv4 addresses, or IPv6 ones if it has no others; never an empty list.
///
/// With `servers`, these are asked in their order and nothing else is looked at. Without, it is done as
/// this machine is configured: its hosts file, then its servers. Nothing is cached, so a changed
/// configuration counts from the next lookup on.
///
/// # Errors
/// The name has no address, or no server answered.
pub async fn resolve(name: &str, servers: &[SocketAddr]) -> Result<Vec<IpAddr>, LookupError> {
    let (config, mut options) = if servers.is_empty() { system() } else { given(servers) };
    options.cache_size = 0;
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    let resolver = builder.build().map_err(classify)?;
    match addresses(&resolver, name, RecordType::A).await {
        Err(LookupError::NotFound) => addresses(&resolver, name, RecordType::AAAA).await,
        settled => settled,
    }
}

async fn addresses(
    resolver: &TokioResolver,
    name: &str,
    kind: RecordType,
) -> Result<Vec<IpAddr>, LookupError> {
    let lookup = resolver.lookup(name, kind).await.map_err(classify)?;
    let found: Vec<IpAddr> = lookup.answers().iter().filter_map(|record| record.data.ip_addr()).collect();
    if found.is_empty() { Err(LookupError::NotFound) } else { Ok(found) }
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
