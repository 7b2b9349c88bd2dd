//! Plays `data/x509/chains.txt`: chains as they come from servers, and what is said about them.
//!
//! `UPDATE_EXPECT=1` writes the verdicts that were given into the file.
use modemtwin_tls::{
    ServerName, UnixTime,
    x509::{Anchors, Certificate, KeyUse, Policy, verify},
};
use std::{collections::HashMap, env, fs, iter, net::IpAddr, path::PathBuf, sync::Arc};
use testkit::{
    ca::{self, Authority, Template, der},
    crypto::{Curve, Hash, PrivateKey},
};

#[test]
fn every_chain_is_judged_as_the_list_says() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509/chains.txt");
    let list = fs::read_to_string(&path).unwrap();
    let (mut case, mut found) = (Case::default(), String::new());
    for (index, line) in list.lines().enumerate() {
        let mut words = words(line).into_iter();
        match words.next().as_deref() {
            Some("=") => continue,
            Some("case") => case = Case::default(),
            Some("cert") => case.certify(words),
            Some("trust") => case.trusted = words.map(|id| case.certificate(&id)).collect(),
            Some("send") => case.sent = words.map(|id| case.certificate(&id)).collect(),
            Some("ask") => {
                let verdict = case.ask(words);
                found += &format!("{line}\n  = {verdict}\n");
                continue;
            }
            Some(comment) if comment.starts_with('#') => {}
            None => {}
            Some(other) => panic!("line {}: {other}", index + 1),
        }
        found += &format!("{line}\n");
    }
    if env::var_os("UPDATE_EXPECT").is_some() {
        return fs::write(&path, &found).unwrap();
    }
    for (index, (wanted, found)) in list.lines().zip(found.lines()).enumerate() {
        assert_eq!(wanted, found, "line {}", index + 1);
    }
    assert_eq!(list.lines().count(), found.lines().count());
}

/// Words are parted by blanks; a word may have a part in quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    let mut quoted = false;
    let mut word = String::new();
    for character in line.chars().chain([' ']) {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    words
}

#[derive(Default)]
struct Case {
    authorities: HashMap<String, Authority>,
    trusted: Vec<Vec<u8>>,
    sent: Vec<Vec<u8>>,
}

impl Case {
    fn certificate(&self, id: &str) -> Vec<u8> {
        self.authorities.get(id).unwrap_or_else(|| panic!("no certificate {id}")).certificate.clone()
    }

    /// `cert ID OPTION...`: signed by itself with `by` left out, its subject and key named as it is with `subject`
    /// and `key` left out, valid from 2020 to 2049.
    fn certify(&mut self, mut words: impl Iterator<Item = String>) {
        let id = words.next().unwrap();
        let options: Vec<_> = words.collect();
        let get = |name: &str| options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
        let has = |name: &str| options.iter().any(|option| option == name);
        let key = key(get("key").unwrap_or(&id));
        let template = Template {
            version: if has("v1") { 1 } else { 3 },
            hash: get("hash").map(hash),
            pss: has("pss"),
            bad_signature: has("broken"),
            ca: if has("ca") {
                Some(None)
            } else {
                get("ca").map(|path_len| Some(path_len.parse().unwrap()))
            },
            key_usage: get("usage").map(usage_bits).unwrap_or_default(),
            ext_key_usage: list(get("eku")).map(|arc| arc.parse().unwrap()).collect(),
            dns: vec![],
            ips: vec![],
            extensions: extensions(&options),
            not_before: get("from").unwrap_or("20200101000000").to_owned(),
            not_after: get("to").unwrap_or("20491231235959").to_owned(),
            subject: get("subject").unwrap_or(&id).to_owned(),
            ..Template::server("")
        };
        let signer = match get("by") {
            Some(issuer) => self.authorities[issuer].clone(),
            None => Authority {
                name: template.subject.clone(),
                certificate: vec![],
                key: key.clone(),
                above: vec![],
            },
        };
        let signer = Authority { name: get("as").unwrap_or(&signer.name).to_owned(), ..signer };
        let mut certificate = signer.issue(&template, &key.public());
        if has("mismatch") {
            certificate = with_other_inner_algorithm(&certificate);
        }
        let authority = Authority { name: template.subject.clone(), certificate, key, above: vec![] };
        self.authorities.insert(id, authority);
    }

    /// `ask OPTION...`: judged for `name` with `use` on the date `now`; `name`, `dates`, `no-signatures` and
    /// `leaf-only` are the switches of the policy.
    fn ask(&self, words: impl Iterator<Item = String>) -> String {
        let options: Vec<_> = words.collect();
        let get = |name: &str| options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
        let has = |name: &str| options.iter().any(|option| option == name);
        let mut anchors = Anchors::default();
        for certificate in &self.trusted {
            if let Err(error) = anchors.add_file(certificate) {
                return format!("CA file: {error}");
            }
        }
        let sent = self.sent.iter().map(|certificate| Certificate::from_der(certificate));
        let sent = match sent.collect::<Result<Vec<_>, _>>() {
            Ok(sent) => sent,
            Err(error) => return format!("certificate: {error}"),
        };
        let policy = Policy::Verify {
            anchors: Arc::new(anchors),
            check_name: get("name").is_some() || has("name"),
            check_dates: get("now").is_some(),
            ignore_signatures: has("no-signatures"),
            leaf_only: has("leaf-only"),
        };
        let name = get("name").map(|name| match name.parse::<IpAddr>() {
            Ok(address) => ServerName::Ip(address),
            Err(_) => ServerName::Dns(name.to_owned()),
        });
        let key_use = match get("use") {
            Some("encrypt") => KeyUse::Encrypt,
            Some("agree") => KeyUse::Agree,
            _ => KeyUse::Sign,
        };
        match verify(&policy, &sent, name.as_ref(), seconds(get("now").unwrap_or("19700101000000")), key_use)
        {
            Ok(verified) => {
                let path = verified.path().iter().map(|certificate| certificate.subject().to_string());
                format!("good: {}", path.collect::<Vec<_>>().join(" < "))
            }
            Err(error) => error.to_string(),
        }
    }
}

fn list(option: Option<&str>) -> impl Iterator<Item = &str> {
    option.into_iter().flat_map(|items| items.split(','))
}

fn key(name: &str) -> PrivateKey {
    match name.split_once(':') {
        Some(("p384", seed)) => PrivateKey::ec(Curve::P384, seed),
        Some(("p521", seed)) => PrivateKey::ec(Curve::P521, seed),
        _ if name.starts_with("rsa") => ca::rsa(name),
        _ => PrivateKey::ec(Curve::P256, name),
    }
}

fn hash(name: &str) -> Hash {
    match name {
        "md5" => Hash::Md5,
        "sha1" => Hash::Sha1,
        "sha256" => Hash::Sha256,
        "sha384" => Hash::Sha384,
        "sha512" => Hash::Sha512,
        other => panic!("{other}"),
    }
}

fn usage_bits(names: &str) -> Vec<u8> {
    list(Some(names))
        .map(|name| match name {
            "sign" => ca::DIGITAL_SIGNATURE,
            "encrypt" => ca::KEY_ENCIPHERMENT,
            "agree" => ca::KEY_AGREEMENT,
            "certify" => ca::KEY_CERT_SIGN,
            other => panic!("{other}"),
        })
        .collect()
}

/// `san=`, `permit=` and `exclude=` with lists of general names; `critical=` and `ignored=` with an identifier.
fn extensions(options: &[String]) -> Vec<(Vec<u64>, bool, Vec<u8>)> {
    let get = |name: &str| options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
    let mut extensions = vec![];
    if let Some(names) = get("san") {
        let names: Vec<_> = list(Some(names)).filter(|name| !name.is_empty()).map(general_name).collect();
        extensions.push((vec![2, 5, 29, 17], false, der::sequence(&names)));
    }
    let subtrees = |tag, names: Option<&str>| -> Vec<u8> {
        let bases: Vec<_> = list(names).map(|name| der::sequence(&[general_name(name)])).collect();
        if bases.is_empty() { vec![] } else { der::tlv(tag, &bases.concat()) }
    };
    if get("permit").is_some() || get("exclude").is_some() {
        let value = der::sequence(&[subtrees(0xa0, get("permit")), subtrees(0xa1, get("exclude"))]);
        extensions.push((vec![2, 5, 29, 30], true, value));
    }
    for (name, critical) in [("critical", true), ("ignored", false)] {
        if let Some(arcs) = get(name) {
            let arcs = arcs.split('.').map(|arc| arc.parse().unwrap()).collect();
            extensions.push((arcs, critical, der::sequence(&[])));
        }
    }
    if options.iter().any(|option| option == "twice") {
        extensions.extend(extensions.clone());
    }
    extensions
}

/// `dns:a.test`, `ip:10.0.0.1`, `ip:10.0.0.0/255.0.0.0`, `email:`, `uri:`, `dir:COMMON NAME`.
fn general_name(text: &str) -> Vec<u8> {
    let (kind, value) = text.split_once(':').unwrap();
    match kind {
        "email" => der::tlv(0x81, value.as_bytes()),
        "dns" => der::tlv(0x82, value.as_bytes()),
        "uri" => der::tlv(0x86, value.as_bytes()),
        "ip" => {
            let octets = value.split('/').flat_map(|part| match part.parse().unwrap() {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            });
            der::tlv(0x87, &octets.collect::<Vec<_>>())
        }
        "dir" => {
            let common_name = der::sequence(&[der::oid(&[2, 5, 4, 3]), der::utf8(value)]);
            der::tlv(0xa4, &der::sequence(&[der::set(&[common_name])]))
        }
        "registered" => der::tlv(0x88, value.as_bytes()),
        other => panic!("{other}"),
    }
}

/// Makes the signed part name another algorithm (ecdsa-with-SHA256 becomes SHA384) than stands after it.
fn with_other_inner_algorithm(certificate: &[u8]) -> Vec<u8> {
    let mut certificate = certificate.to_vec();
    let oid = der::oid(&[1, 2, 840, 10045, 4, 3, 2]);
    let at = certificate.windows(oid.len()).position(|window| window == oid).unwrap();
    certificate[at + oid.len() - 1] = 3;
    certificate
}

/// `YYYYMMDDhhmmss` through the crate itself, as the first second of a certificate's validity.
fn seconds(time: &str) -> UnixTime {
    let template = Template { not_before: time.to_owned(), ..Template::server("clock") };
    let key = PrivateKey::ec(Curve::P256, "clock");
    let authority = Authority::root(&template, key);
    Certificate::from_der(&authority.certificate).unwrap().not_before()
}

/// Authorities that all have the same name, each signed by each: the number of paths is exponential, the work is not.
#[test]
fn the_search_is_bounded() {
    let keys: Vec<_> = (0..12).map(|n| PrivateKey::ec(Curve::P256, &format!("same {n}"))).collect();
    let template = Template::authority("same");
    let roots: Vec<_> = keys.iter().map(|key| Authority::root(&template, key.clone())).collect();
    let mut chain = vec![];
    for (n, signer) in roots.iter().enumerate() {
        chain.extend(
            keys.iter()
                .enumerate()
                .filter(|(m, _)| *m != n)
                .map(|(_, key)| Certificate::from_der(&signer.issue(&template, &key.public())).unwrap()),
        );
    }
    let leaf = roots[0].issue(&Template::server("leaf"), &keys[1].public());
    chain.insert(0, Certificate::from_der(&leaf).unwrap());
    for ignore_signatures in [false, true] {
        assert_eq!(
            judge(&chain, &[], ignore_signatures),
            "server certificate (CN=leaf) belongs to a chain that takes too much work to check"
        );
    }
}

#[test]
fn a_server_without_certificate() {
    assert_eq!(judge(&[], &[], false), "the server sent no certificate");
}

#[test]
fn without_verification_everything_is_accepted() {
    let verified = verify(&Policy::None, &[], None, UnixTime(0), KeyUse::Sign).unwrap();
    assert!(verified.path().is_empty());
}

fn judge(chain: &[Certificate], trusted: &[&[u8]], ignore_signatures: bool) -> String {
    let mut anchors = Anchors::default();
    trusted.iter().for_each(|certificate| anchors.add_file(certificate).unwrap());
    let policy = Policy::Verify {
        anchors: Arc::new(anchors),
        check_name: false,
        check_dates: false,
        ignore_signatures,
        leaf_only: false,
    };
    match verify(&policy, chain, None, UnixTime(0), KeyUse::Sign) {
        Ok(_) => "good".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Eight authorities between the server's certificate and the trusted one are the most that Mbed TLS allows.
#[test]
fn the_longest_chain() {
    for (intermediates, expected) in [
        (8, "good"),
        (9, "certificate 9 above the server's (CN=ca 1) is the last of a chain that is too long"),
    ] {
        let mut authority =
            Authority::root(&Template::authority("ca 0"), PrivateKey::ec(Curve::P256, "ca 0"));
        let root = authority.certificate.clone();
        for n in 1..=intermediates {
            let name = format!("ca {n}");
            authority =
                authority.subordinate(&Template::authority(&name), PrivateKey::ec(Curve::P256, &name));
        }
        let identity = authority.identity(&Template::server("leaf"), PrivateKey::ec(Curve::P256, "leaf"));
        let chain: Vec<_> =
            identity.chain.iter().map(|certificate| Certificate::from_der(certificate).unwrap()).collect();
        assert_eq!(judge(&chain, &[&root], false), expected);
        let shuffled: Vec<_> = iter::once(chain[0].clone()).chain(chain[1..].iter().rev().cloned()).collect();
        assert_eq!(judge(&shuffled, &[&root], false), expected);
    }
}
