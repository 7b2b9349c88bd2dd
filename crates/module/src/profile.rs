//! What distinguishes the models, as data (D28, D29).

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
    /// `AT+COPS?`: long name, short name, number.
    pub operator: [&'static str; 3],
    /// `AT+CREG=2`: location area code and cell identity.
    pub cell: [&'static str; 2],
    /// `AT+CSQ`: signal strength 0-31.
    pub rssi: u8,
    /// Bytes of UFS.
    pub ufs_size: usize,
    /// How long the hardware takes; zero by default.
    pub delays: Delays,
}

/// Delays of real hardware in milliseconds.
#[derive(Debug)]
pub struct Delays {
    /// `AT+QIACT`.
    pub pdp_activate: u32,
    /// `AT+QIDEACT`.
    pub pdp_deactivate: u32,
    /// `AT+CFUN=`.
    pub function: u32,
}

const NO_DELAYS: Delays = Delays { pdp_activate: 0, pdp_deactivate: 0, function: 0 };

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
        operator: ["CHINA MOBILE", "CMCC", "46000"],
        cell: ["D509", "80D413D"],
        rssi: 29,
        ufs_size: 286_720,
        delays: NO_DELAYS,
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
    fn imei_check_digits() {
        for profile in &PROFILES {
            let sum: u32 = profile
                .imei
                .bytes()
                .rev()
                .enumerate()
                .map(|(i, b)| {
                    let d = u32::from(b - b'0');
                    if i % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { d }
                })
                .sum();
            assert_eq!((profile.imei.len(), sum % 10), (15, 0), "{} {}", profile.model, sum % 10);
        }
    }
}
