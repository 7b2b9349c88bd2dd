//! The head of a recording: what the module was.

use super::Scribe;
use crate::redact::Secrets;
use module::{Setup, SimCard, Timing, Tolerance};
use scenario::transcript::{escape::escape, utc};

/// The lines about the module.
pub(super) fn head(setup: &Setup, secrets: Secrets, scribe: &Scribe) -> Vec<String> {
    let mut lines = vec![
        "# Recorded by modemtwin run --record, to be played by modemtwin play.".to_owned(),
        format!("use model {}", setup.model),
    ];
    lines.extend(setup.ports.iter().map(|port| format!("use port {} closed", port.name())));
    match setup.tolerance {
        Tolerance::Strict => lines.push("use strict".into()),
        Tolerance::Default => {}
        Tolerance::Lenient => lines.push("use lenient".into()),
    }
    if setup.timing == Timing::Real {
        lines.push("use real timing".into());
    }
    match &setup.sim {
        None => lines.push("use no sim".into()),
        Some(SimCard { pin: None }) => {}
        Some(SimCard { pin: Some(pin) }) if secrets == Secrets::Shown => lines.push(format!("use pin {pin}")),
        Some(SimCard { pin: Some(pin) }) => {
            lines.push("# PINs are secrets: here and below there are other ones in their place.".into());
            lines.push(format!("use pin {}", scribe.pin(pin)));
        }
    }
    if setup.unit != 0 {
        lines.push(format!("use unit {}", setup.unit));
    }
    if !setup.settings.is_empty() {
        lines.push(format!("use settings \"{}\"", escape(setup.settings.as_bytes())));
    }
    lines.push(format!("clock {}", utc(setup.clock_unix)));
    lines.push("use trusted peers".into());
    for (name, content) in &setup.files {
        if name.contains(char::is_whitespace) {
            lines.push(format!(
                "# Not here: UFS:{}, for a scenario has no names with blanks.",
                escape(name.as_bytes())
            ));
            continue;
        }
        if secrets == Secrets::Shown || is_public(content) {
            lines.push(format!("file {name} \"{}\"", escape(content)));
        } else {
            lines.push(format!("# UFS:{name} may be a secret: here are other bytes with the same checksum."));
            lines.push(format!("file {name} \"{}\"", escape(&stand_in(content))));
        }
    }
    lines
}

/// Bytes that stand for a content: as many, with the same checksum (which a module shows), and nothing else of it.
pub(super) fn stand_in(content: &[u8]) -> Vec<u8> {
    let mut other = vec![b'*'; content.len()];
    let pairs = content.chunks_exact(2).zip(other.chunks_exact(2));
    let odd = content.chunks_exact(2).remainder().first().map_or(0, |byte| byte ^ b'*');
    let off =
        pairs.fold([odd, 0], |[high, low], (own, other)| [high ^ own[0] ^ other[0], low ^ own[1] ^ other[1]]);
    if let Some(last) = other.chunks_exact_mut(2).next_back() {
        last[0] ^= off[0];
        last[1] ^= off[1];
    }
    other
}

/// Certificates and nothing else but comments: PEM, or DER (RFC 5280 4.1: two sequences, and the version in the second).
pub(super) fn is_public(content: &[u8]) -> bool {
    if let [0x30, 0x82, high, low, 0x30, 0x82, _, _, 0xA0, 0x03, 0x02, 0x01, ..] = content {
        return content.len() == 4 + usize::from(u16::from_be_bytes([*high, *low]));
    }
    let (mut is_inside, mut certificates) = (false, 0);
    for line in content.split(|byte| *byte == b'\n') {
        match line.trim_ascii() {
            b"-----BEGIN CERTIFICATE-----" => (is_inside, certificates) = (true, certificates + 1),
            b"-----END CERTIFICATE-----" => is_inside = false,
            [] | [b'#', ..] => {}
            _ if is_inside => {}
            _ => return false,
        }
    }
    certificates > 0 && !is_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_public_and_nothing_else() {
        let pem = "-----BEGIN CERTIFICATE-----\r\nMIIB\r\n-----END CERTIFICATE-----\r\n";
        assert!(is_public(pem.as_bytes()));
        assert!(is_public(format!("# A root\n\n{pem}{pem}").as_bytes()));
        let key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
        for secret in ["", "x", key, &format!("{pem}{key}"), &format!("{pem}AT+CPIN=1234\r"), &pem[..40]] {
            assert!(!is_public(secret.as_bytes()), "{secret}");
        }
        let root = testkit_root();
        assert!(is_public(&root));
        assert!(!is_public(&root[..root.len() - 1]));
    }

    fn testkit_root() -> Vec<u8> {
        scenario::transcript::fixture("ca der").unwrap()
    }
}
