//! Lines about the module itself.

use super::fixture;
use super::forms::Fields;
use super::parse::Script;
use super::words::{number, quoted, text, unix_time};
use module::{AtPort, MODELS, SimCard, Timing, Tolerance};

const PORTS: [AtPort; 3] = [AtPort::UsbModem, AtPort::UsbAt, AtPort::Uart1];

/// Longest name of a file (D27).
const MAX_NAME: usize = 80;

/// The port of this name.
pub(super) fn port_named(name: &str) -> Option<AtPort> {
    PORTS.into_iter().find(|port| port.name() == name)
}

pub(super) fn model(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    let name = fields.get(0);
    script.setup.model = MODELS
        .into_iter()
        .find(|m| *m == name)
        .ok_or_else(|| format!("unknown model `{name}`: there are {}", MODELS.join(", ")))?;
    Ok(())
}

pub(super) fn port(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    let name = fields.get(0);
    let port = port_named(name)
        .ok_or_else(|| format!("unknown port `{name}`: there are {}", PORTS.map(AtPort::name).join(", ")))?;
    if script.setup.ports.contains(&port) {
        return Err(format!("port {name} is in use already"));
    }
    script.setup.ports.push(port);
    Ok(())
}

pub(super) fn closed_port(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    port(script, fields)?;
    script.closed.push(script.setup.ports.len() - 1);
    Ok(())
}

pub(super) fn tolerance(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    script.setup.tolerance = if fields.get(0) == "strict" { Tolerance::Strict } else { Tolerance::Lenient };
    Ok(())
}

pub(super) fn real_timing(script: &mut Script, _: &Fields<'_>) -> Result<(), String> {
    script.setup.timing = Timing::Real;
    Ok(())
}

pub(super) fn no_sim(script: &mut Script, _: &Fields<'_>) -> Result<(), String> {
    script.setup.sim = None;
    Ok(())
}

pub(super) fn pin(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    script.setup.sim = Some(sim(Some(fields.get(0)))?);
    Ok(())
}

/// A SIM card with a PIN or without.
pub(super) fn sim(pin: Option<&str>) -> Result<SimCard, String> {
    match pin {
        Some(pin) if !(4..=8).contains(&pin.len()) || !pin.bytes().all(|b| b.is_ascii_digit()) => {
            Err(format!("`{pin}` is no PIN of 4 to 8 digits"))
        }
        pin => Ok(SimCard { pin: pin.map(Into::into) }),
    }
}

pub(super) fn unit(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    script.setup.unit = u32::try_from(number(fields.get(0))?).map_err(|_| "that is too much")?;
    Ok(())
}

pub(super) fn settings(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    script.setup.settings = text(fields.rest())?;
    Ok(())
}

pub(super) fn trusted_peers(script: &mut Script, _: &Fields<'_>) -> Result<(), String> {
    script.setup.trusted = fixture("ca")?;
    Ok(())
}

pub(super) fn allow(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    script.allowed.push(fields.rest().into());
    Ok(())
}

pub(super) fn clock(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    script.setup.clock_unix = unix_time(fields.get(0))?;
    Ok(())
}

pub(super) fn file_from(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    file(script, fields.get(0), (fields.load)(fields.get(1))?)
}

pub(super) fn file_text(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    file(script, fields.get(0), quoted(fields.rest())?)
}

pub(super) fn file_builtin(script: &mut Script, fields: &Fields<'_>) -> Result<(), String> {
    file(script, fields.get(0), fixture(fields.rest())?)
}

fn file(script: &mut Script, name: &str, content: Vec<u8>) -> Result<(), String> {
    if name.len() > MAX_NAME {
        return Err(format!("`{name}` is longer than {MAX_NAME} bytes"));
    }
    script.setup.files.push((name.into(), content));
    Ok(())
}
