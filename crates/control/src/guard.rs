//! Who is let in: whoever has the token, and no page of a browser.
//!
//! A page of any site can make a browser send requests to loopback, and by DNS rebinding it can read the answers, too. Its
//! requests carry the name of its site in `Host` or `Origin`, and so they are known.

use crate::api::Problem;
use axum::http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, HOST, ORIGIN},
};
use std::net::IpAddr;

/// Checks the headers of a request; `token` is what it must have.
pub(crate) fn admit(headers: &HeaderMap, token: Option<&str>) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST).unwrap_or_default();
    if !is_address(host) {
        let detail = format!("`{host}` is no address of this machine");
        return Err(Problem::new(StatusCode::FORBIDDEN, "Host", detail, "use 127.0.0.1 or localhost"));
    }
    if headers.contains_key(ORIGIN)
        && text(ORIGIN).and_then(|origin| origin.strip_prefix("http://")) != Some(host)
    {
        let remedy = "use a program that is no page in a browser";
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "Origin",
            "the request comes from another site",
            remedy,
        ));
    }
    let Some(token) = token else { return Ok(()) };
    let remedy =
        "send `Authorization: Bearer TOKEN` with the token that modemtwin printed or wrote at its start";
    // RFC 9110, 11.1: the name of a scheme is in any case.
    let given = text(AUTHORIZATION).and_then(|value| value.split_once(' '));
    match given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer")).map(|(_, given)| given) {
        Some(given) if is_equal(given.trim().as_bytes(), token.as_bytes()) => Ok(()),
        Some(_) => Err(Problem::new(StatusCode::UNAUTHORIZED, "Authorization", "the token is wrong", remedy)),
        None => Err(Problem::new(StatusCode::UNAUTHORIZED, "Authorization", "there is no token", remedy)),
    }
}

/// Is the host of a request an address? A site in a browser has a name.
fn is_address(host: &str) -> bool {
    let has_port = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if has_port(port) && !name.ends_with(':') => name,
        _ => host,
    };
    let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || inner.parse::<IpAddr>().is_ok()
}

/// Takes the same time wherever the two differ.
fn is_equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names() {
        for host in
            ["127.0.0.1", "127.0.0.1:80", "localhost:4711", "LOCALHOST", "[::1]:5", "[::1]", "10.0.0.1:1"]
        {
            assert!(is_address(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:80",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            ":80",
            "[x]:1",
        ] {
            assert!(!is_address(host), "{host}");
        }
    }

    #[test]
    fn who_is_let_in() {
        let status = |pairs: &[(&'static str, &str)], token| {
            let headers = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            admit(&headers.collect(), token).map_or_else(|problem| problem.status, |()| 200)
        };
        let host = ("host", "127.0.0.1:1");
        assert_eq!(status(&[host, ("authorization", "Bearer abc")], Some("abc")), 200);
        assert_eq!(status(&[host, ("authorization", "bearer abc")], Some("abc")), 200);
        assert_eq!(status(&[host], None), 200);
        assert_eq!(status(&[host, ("origin", "http://127.0.0.1:1")], None), 200);
        assert_eq!(status(&[host], Some("abc")), 401);
        assert_eq!(status(&[host, ("authorization", "Bearer ab")], Some("abc")), 401);
        assert_eq!(status(&[host, ("authorization", "Bearer abd")], Some("abc")), 401);
        assert_eq!(status(&[host, ("authorization", "Basic abc")], Some("abc")), 401);
        assert_eq!(status(&[("host", "evil.example"), ("authorization", "Bearer abc")], Some("abc")), 403);
        assert_eq!(status(&[host, ("origin", "http://evil.example")], None), 403);
        assert_eq!(status(&[host, ("origin", "null")], None), 403);
        assert_eq!(status(&[], None), 403);
    }
}
