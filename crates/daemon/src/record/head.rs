//! The head of a recording: what the module was.

use crate::redact::Secrets;
use module::{Setup, SimCard, Timing, Tolerance};
use scenario::transcript::{escape::escape, utc};

/// The lines about the module.
pub(super) fn head(setup: &Setup, secrets: Secrets) -> Vec<String> {
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
        Some(_) => {
            lines.push(
                "# The SIM asks for a PIN, which is a secret: write the right one here and below.".into(),
            );
            lines.push("use pin 0000".into());
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
        if secrets == Secrets::Shown || is_public(content) {
            lines.push(format!("file {name} \"{}\"", escape(content)));
        } else {
            lines.push(format!("# UFS:{name} may be a secret: {} bytes are left out.", content.len()));
            lines.push(format!("file {name} bytes {}", content.len()));
        }
    }
    lines
}

/// Certificates and nothing else.
fn is_public(content: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content);
    let begins = text.matches("-----BEGIN ").count();
    begins > 0 && begins == text.matches("-----BEGIN CERTIFICATE-----").count()
}
