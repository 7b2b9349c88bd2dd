//! What distinguishes the models, as data (D28, D29), and one unit from another.

use alloc::{format, string::String};

/// One model.
#[derive(Debug)]
pub struct Profile {
    /// Name on the command line and in Table 1 of the note.
    pub model: &'static str,
    /// What `ATI` and `AT+CGMM` print.
    pub product: &'static str,
    /// What `ATI` and `AT+CGMR` print.
    pub revision: &'static str,
    /// `AT+CGSN`: 15 digits, the last a check digit.
    pub imei: &'static str,
    /// `AT+CGSN=0`.
    pub serial: &'static str,
    /// `AT+CIMI`.
    pub imsi: &'static str,
    /// `AT+QCCID`.
    pub iccid: &'static str,
    /// The network that the module registers in.
    pub operator: Operator,
    /// Other networks that `AT+COPS=?` finds; they refuse.
    pub others: &'static [Operator],
    /// `AT+CREG=2`: location area code and cell identity.
    pub cell: [&'static str; 2],
    /// `AT+QNWINFO`: access technology, band.
    pub access: [&'static str; 2],
    /// `AT+QNWINFO`: channel.
    pub channel: u32,
    /// `AT+CSQ`: signal strength 0-31.
    pub signal: u8,
    /// `AT+CBC`: supply voltage. Unit: mV.
    pub voltage: u32,
    /// Bytes of UFS.
    pub ufs_size: usize,
    /// How long the hardware takes with `Timing::Real`.
    pub delays: Delays,
}

impl Profile {
    /// `AT+CGSN` of a unit. The last digit of the serial number in it tells the model.
    pub fn imei_of(&self, unit: u32) -> String {
        let body = counted(self.imei.get(..IMEI_BODY).unwrap_or_default(), 10 * u64::from(unit));
        let sum: u32 = body
            .bytes()
            .rev()
            .enumerate()
            .map(|(i, b)| {
                let digit = u32::from(b.saturating_sub(b'0'));
                if i % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
            })
            .sum();
        format!("{body}{}", (10 - sum % 10) % 10)
    }

    /// `AT+CGSN=0` of a unit.
    pub fn serial_of(&self, unit: u32) -> String {
        counted(self.serial, 100 * u64::from(unit))
    }

    /// `AT+CIMI` of a unit.
    pub fn imsi_of(&self, unit: u32) -> String {
        counted(self.imsi, unit.into())
    }

    /// `AT+QCCID` of a unit.
    pub fn iccid_of(&self, unit: u32) -> String {
        counted(self.iccid, unit.into())
    }
}

/// Digits of an IMEI before the check digit.
const IMEI_BODY: usize = 14;
/// Digits at the end of a number that count.
const COUNTING: usize = 9;

/// The number that comes so much later.
fn counted(text: &str, by: u64) -> String {
    let (head, tail) = text.split_at_checked(text.len().saturating_sub(COUNTING)).unwrap_or(("", text));
    let width = tail.len();
    match tail.parse::<u64>() {
        Ok(number) => format!("{head}{:0width$}", (number + by) % 1_000_000_000),
        Err(_) => text.into(),
    }
}

/// A network operator: long name, short name, number.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    /// `<format>` 0.
    pub long: &'static str,
    /// `<format>` 1.
    pub short: &'static str,
    /// `<format>` 2.
    pub number: &'static str,
}

impl Operator {
    /// The name in a format of `AT+COPS`.
    pub const fn name(&self, format: u32) -> &'static str {
        match format {
            0 => self.long,
            1 => self.short,
            _ => self.number,
        }
    }
}

/// Delays of real hardware in milliseconds.
#[derive(Debug)]
pub struct Delays {
    /// Power-on to `RDY`.
    pub ready: u32,
    /// `RDY` to the SIM.
    pub sim: u32,
    /// The SIM to its messages.
    pub messages: u32,
    /// Messages to phone book.
    pub phone_book: u32,
    /// Looking for a network.
    pub search: u32,
    /// `AT+COPS=?`.
    pub scan: u32,
    /// `AT+QIACT`, `AT+CGACT=1`.
    pub pdp_activate: u32,
    /// `AT+QIACT` of a network that refuses: how often it is asked again, and after how many seconds each. Used until
    /// the host sets `AT+QICFG="pdp/retry"`.
    pub pdp_retries: [u32; 2],
    /// `AT+QIDEACT`, `AT+CGACT=0`.
    pub pdp_deactivate: u32,
    /// `AT+CGATT`.
    pub attach: u32,
    /// `AT+CFUN=`.
    pub function: u32,
    /// `AT+QPOWD` to `POWERED DOWN`.
    pub power_down: u32,
}

/// The delays of `Timing::Instant`.
pub(crate) static NO_DELAYS: Delays = Delays {
    ready: 0,
    sim: 0,
    messages: 0,
    phone_book: 0,
    search: 0,
    scan: 0,
    pdp_activate: 0,
    pdp_retries: [0, 0],
    pdp_deactivate: 0,
    attach: 0,
    function: 0,
    power_down: 0,
};

/// What `AT+QICFG="pdp/retry"` shows at first.
pub(crate) const PDP_RETRIES: [u32; 2] = [4, 8];

/// `RDY` after 3.3 s and a SIM that answers after 6 s are seen on the family (companion 6.2, 6.5); the rest is made
/// up within the limits of the documents.
const SEEN_DELAYS: Delays = Delays {
    ready: 3_300,
    sim: 2_700,
    messages: 400,
    phone_book: 200,
    search: 1_500,
    scan: 20_000,
    pdp_activate: 400,
    pdp_retries: PDP_RETRIES,
    pdp_deactivate: 200,
    attach: 500,
    function: 900,
    power_down: 2_000,
};

const HOME: Operator = Operator { long: "CHINA MOBILE", short: "CMCC", number: "46000" };
const OTHERS: &[Operator] = &[
    Operator { long: "CHN-UNICOM", short: "UNICOM", number: "46001" },
    Operator { long: "CHN-CT", short: "CT", number: "46011" },
];

const fn profile(
    model: &'static str,
    product: &'static str,
    revision: &'static str,
    imei: &'static str,
    serial: &'static str,
) -> Profile {
    Profile {
        model,
        product,
        revision,
        imei,
        serial,
        imsi: "460001234567890",
        iccid: "89860012345678901234",
        operator: HOME,
        others: OTHERS,
        cell: ["D509", "80D413D"],
        access: ["FDD LTE", "LTE BAND 8"],
        channel: 3_590,
        signal: 29,
        voltage: 3_800,
        ufs_size: 286_720,
        delays: SEEN_DELAYS,
    }
}

/// The models of Table 1.
pub static PROFILES: [Profile; 4] = [
    profile("EC200M-CN", "EC200M", "EC200MCNAAR02A05M08", "861234050000010", "MPY23A001000013"),
    profile("EC200N-CN", "EC200N", "EC200NCNAAR05A03M16", "861234050000028", "MPY23A001000021"),
    profile("EC800M-CN", "EC800M", "EC800MCNGAR06A05M08", "861234050000036", "MPY23A001000039"),
    profile("EC800N-CN", "EC800N", "EC800NCNAAR03A06M08", "861234050000044", "MPY23A001000047"),
];

/// The profile of a model, by its name in Table 1.
pub(crate) fn by_model(model: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.model.eq_ignore_ascii_case(model))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_differ_and_the_first_is_the_profile() {
        let mut seen = alloc::collections::BTreeSet::new();
        for profile in &PROFILES {
            assert_eq!(profile.imei_of(0), profile.imei, "check digit");
            assert_eq!(profile.serial_of(0), profile.serial);
            assert_eq!(profile.imsi_of(0), profile.imsi);
            assert_eq!(profile.iccid_of(0), profile.iccid);
            for unit in 0..2000 {
                assert!(seen.insert(profile.imei_of(unit)) && seen.insert(profile.serial_of(unit)));
                assert_eq!((profile.imei_of(unit).len(), profile.imsi_of(unit).len()), (15, 15));
            }
        }
        assert_eq!(PROFILES[0].imei_of(1), "861234050000119");
        assert_eq!(PROFILES[1].iccid_of(10), "89860012345678901244");
    }
}
