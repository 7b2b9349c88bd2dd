//! NIST's Public Key Interoperability Test Suite, for the tier of tests that needs downloads (it sets `PKITS_DIR`):
//!
//! ```text
//! cargo xtask interop PKITS
//! ```
//!
//! The file name of an end entity's certificate says what should be said of it, and all authorities' certificates are
//! offered for the path. Where the verdict is another one, or the name says nothing, `data/x509/pkits.txt` has it, with
//! the reason.
use modemtwin_tls::{
    UnixTime,
    x509::{Anchors, Certificate, KeyUse, Policy, verify},
};
use std::{collections::BTreeMap, env, fs, path::Path, sync::Arc};

/// 2026-01-01; the suite's certificates are valid from 2010 to 2030.
const NOW: UnixTime = UnixTime(1_767_225_600);

#[test]
#[ignore = "needs PKITS_DIR; see the head of the file"]
fn pkits() {
    let folder =
        env::var("PKITS_DIR").expect("PKITS_DIR is not set; the head of this file tells how to get it");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(Path::new(&folder).join("certs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        files.insert(name, fs::read(path).unwrap());
    }
    let mut anchors = Anchors::default();
    anchors.add_file(&files["TrustAnchorRootCertificate"]).unwrap();
    let policy = Policy::Verify {
        anchors: Arc::new(anchors),
        check_name: false,
        check_dates: true,
        ignore_signatures: false,
        leaf_only: false,
    };
    let authorities: Vec<_> = files
        .iter()
        .filter(|(name, _)| !name.ends_with("EE") && *name != "TrustAnchorRootCertificate")
        .map(|(name, der)| Certificate::from_der(der).unwrap_or_else(|error| panic!("{name}: {error}")))
        .collect();
    let (mut found, mut tests) = (BTreeMap::new(), 0);
    for (name, der) in files.iter().filter(|(name, _)| name.ends_with("EE")) {
        let verdict = match Certificate::from_der(der) {
            Err(error) => Err(error.to_string()),
            Ok(leaf) => {
                let chain = [vec![leaf], authorities.clone()].concat();
                verify(&policy, &chain, None, NOW, KeyUse::Sign)
                    .map(|_| ())
                    .map_err(|error| error.to_string())
            }
        };
        tests += 1;
        let expected = match name {
            _ if name.starts_with("Valid") => Some(true),
            _ if name.starts_with("Invalid") => Some(false),
            _ => None,
        };
        if expected != Some(verdict.is_ok()) {
            let text = verdict.map_or_else(|error| format!("refused: {error}"), |()| "good".to_owned());
            found.insert(name.clone(), text);
        }
    }
    println!(
        "{} of {tests} verdicts as the name says, {} others with reasons",
        tests - found.len(),
        found.len()
    );
    assert_eq!(tests, 223);
    assert_eq!(listed(), found);
}

/// Lines `NAME VERDICT`, under comments with the reasons.
fn listed() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509/pkits.txt");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}
