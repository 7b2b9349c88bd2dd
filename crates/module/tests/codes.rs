//! Every code of Table 5, and the transcript that provokes it. What no command of this module leads to is named with
//! its reason in `docs/deviations.md` ("codes that nothing leads to").
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what breaks here fails it"
)]

use modemtwin_module::ErrorCode;
use std::path::Path;

/// The transcript in which a code is printed, by `AT+QIGETERROR` or in a URC.
const PROVOKED: &[(ErrorCode, &str)] = &[
    (ErrorCode::Success, "qiopen/failures"),
    (ErrorCode::InvalidParameter, "qiopen/forms"),
    (ErrorCode::MemoryNotEnough, "qisend/full"),
    (ErrorCode::CreateSocketFailed, "qiopen/failures"),
    (ErrorCode::NotSupported, "qiopen/forms"),
    (ErrorCode::BindFailed, "udp/service"),
    (ErrorCode::ListenFailed, "listener/full"),
    (ErrorCode::WriteFailed, "qping/forms"),
    (ErrorCode::ReadFailed, "qping/forms"),
    (ErrorCode::OpenPdpFailed, "qiopen/forms"),
    (ErrorCode::IdentityUsed, "qiopen/pool"),
    (ErrorCode::DnsBusy, "qiopen/failures"),
    (ErrorCode::DnsFailed, "qiopen/failures"),
    (ErrorCode::ConnectFailed, "qiopen/failures"),
    (ErrorCode::SocketClosed, "qisend/forms"),
    (ErrorCode::Busy, "qidnsgip/forms"),
    (ErrorCode::Timeout, "qiopen/failures"),
    (ErrorCode::PdpBroken, "pdpdeact/network"),
    (ErrorCode::CancelSend, "qisend/forms"),
    (ErrorCode::NotAllowed, "qisend/forms"),
];

/// What nothing leads to.
const EXPLAINED: &[ErrorCode] = &[
    ErrorCode::Unknown,
    ErrorCode::Blocked,
    ErrorCode::AcceptFailed,
    ErrorCode::ClosePdpFailed,
    ErrorCode::ApnNotConfigured,
    ErrorCode::PortBusy,
];

#[test]
fn every_code_is_provoked_or_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read =
        |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let deviations = read(&root.join("../../docs/deviations.md"));
    let explanation =
        deviations.lines().find(|line| line.contains("| codes that nothing leads to |")).unwrap();
    for code in ErrorCode::ALL {
        let number = code.code().to_string();
        let provoked = PROVOKED.iter().find(|(provoked, _)| provoked == code);
        assert_ne!(provoked.is_some(), EXPLAINED.contains(code), "{number} is one of the two");
        let Some((_, name)) = provoked else {
            assert!(explanation.contains(&number), "{number} is explained");
            continue;
        };
        let transcript = read(&root.join("tests/transcripts").join(format!("{name}.at")));
        let mut said = transcript.lines().filter(|line| line.starts_with("< +"));
        let prints = |line: &str| line.split([',', ' ', '\\']).any(|field| field == number);
        assert!(said.any(prints), "{name} prints {number}");
    }
}
