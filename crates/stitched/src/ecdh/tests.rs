//! What NIST has published, and what aws-lc-rs does with the same keys.

use super::*;
use aws_lc_rs::agreement::{self, Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey};

const CURVES: [(Curve, &str, &Algorithm, usize); 3] = [
    (Curve::P256, "P-256", &ECDH_P256, 32),
    (Curve::P384, "P-384", &ECDH_P384, 48),
    (Curve::P521, "P-521", &ECDH_P521, 66),
];

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn nist() {
    let mut rows = [0; 3];
    for line in include_str!("cavs.txt").lines().filter(|line| !line.starts_with('#')) {
        let [name, scalar, public, peer, secret] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let at = CURVES.iter().position(|row| row.1 == name).unwrap();
        let key = EcdhKey::new(CURVES[at].0, &hex(scalar)).unwrap();
        assert_eq!(key.derive_public_key().unwrap(), hex(public), "{line}");
        let expected = (secret != "-").then(|| hex(secret));
        assert_eq!(key.agree(&hex(peer)).map(|secret| secret.to_vec()), expected, "{line}");
        rows[at] += 1;
    }
    assert_eq!(rows, [22; 3]);
}

/// The same keys and secrets as aws-lc-rs, for small numbers, for large ones, and for many between.
#[test]
fn keys_are_those_of_aws_lc_rs() {
    for (curve, name, algorithm, len) in CURVES {
        let peer = PrivateKey::generate(algorithm).unwrap();
        let peer = peer.compute_public_key().unwrap();
        for step in 0..64 {
            // Below the order of each curve, whose first byte is 255, or 1 with P-521.
            let mut scalar: Vec<u8> = (0..len).map(|i| (i * 41 + step * 7) as u8).collect();
            scalar[0] = if curve == Curve::P521 { step as u8 & 1 } else { (step * 3) as u8 };
            if step < 8 {
                scalar.fill(0);
                scalar[len - 1] = step as u8 + 1;
            }
            let ours = EcdhKey::new(curve, &scalar).unwrap();
            let theirs = PrivateKey::from_private_key(algorithm, &scalar).unwrap();
            assert_eq!(
                ours.derive_public_key().unwrap(),
                theirs.compute_public_key().unwrap().as_ref(),
                "{name}"
            );
            let expected =
                agreement::agree(&theirs, UnparsedPublicKey::new(algorithm, &peer), (), |secret| {
                    Ok(secret.to_vec())
                });
            assert_eq!(ours.agree(peer.as_ref()).unwrap().to_vec(), expected.unwrap(), "{name}");
        }
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let orders = [
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d\
         03bb5c9b8899c47aebb6fb71e91386409",
    ];
    for ((curve, _, algorithm, len), order) in CURVES.into_iter().zip(orders) {
        let mut order = hex(order);
        assert_eq!(order.len(), len);
        assert!(EcdhKey::new(curve, &order).is_none());
        assert!(EcdhKey::new(curve, &vec![0xff; len]).is_none());
        assert!(EcdhKey::new(curve, &vec![0; len]).is_none());
        assert!(EcdhKey::new(curve, &[]).is_none());
        *order.last_mut().unwrap() -= 1;
        let last = EcdhKey::new(curve, &order).unwrap();
        assert_eq!(format!("{last:?}"), format!("EcdhKey {{ curve: {curve:?}, .. }}"));
        // The number before the order makes the generator upside down.
        let theirs = PrivateKey::from_private_key(algorithm, &order).unwrap();
        assert_eq!(last.derive_public_key().unwrap(), theirs.compute_public_key().unwrap().as_ref());
    }
}

#[test]
fn what_is_no_point_is_refused() {
    for (curve, name, algorithm, len) in CURVES {
        let key = EcdhKey::new(curve, &vec![1; len]).unwrap();
        let peer = PrivateKey::generate(algorithm).unwrap().compute_public_key().unwrap();
        let peer = peer.as_ref();
        assert!(key.agree(peer).is_some());
        assert!(key.agree(&[]).is_none(), "{name}: nothing");
        assert!(key.agree(&[0]).is_none(), "{name}: infinity");
        assert!(key.agree(&vec![0; peer.len()]).is_none(), "{name}: infinity, and zeros");
        assert!(key.agree(&[&[4], &vec![0; 2 * len][..]].concat()).is_none(), "{name}: zeros");
        assert!(key.agree(&[&[4], &vec![0xff; 2 * len][..]].concat()).is_none(), "{name}: above the field");
        assert!(key.agree(&peer[..peer.len() - 1]).is_none(), "{name}: a byte less");
        assert!(key.agree(&[peer, &[0]].concat()).is_none(), "{name}: a byte more");
        for at in [1, len, len + 1, 2 * len] {
            let mut off = peer.to_vec();
            off[at] ^= 1;
            assert!(key.agree(&off).is_none(), "{name}: off the curve");
        }
    }
}
