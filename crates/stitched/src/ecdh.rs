//! ECDH on the three P curves with a private key that is given. aws-lc-rs takes such a key too, but derives its public
//! half twice, once to have it and once to compare it with itself.

use aws_lc_sys::{
    BIGNUM, BN_bin2bn, BN_clear_free, EC_GROUP, EC_KEY, EC_KEY_free, EC_KEY_get0_private_key, EC_KEY_new,
    EC_KEY_set_group, EC_KEY_set_private_key, EC_POINT, EC_POINT_free, EC_POINT_mul, EC_POINT_new,
    EC_POINT_oct2point, EC_POINT_point2oct, EC_group_p256, EC_group_p384, EC_group_p521, ECDH_compute_key,
    point_conversion_form_t,
};
use std::{fmt, ptr, ptr::NonNull};
use zeroize::Zeroizing;

/// The curves of FIPS 186.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
}

impl Curve {
    fn group(self) -> *const EC_GROUP {
        // SAFETY: these take nothing, and give the address of a static.
        #[allow(unsafe_code)]
        unsafe {
            match self {
                Self::P256 => EC_group_p256(),
                Self::P384 => EC_group_p384(),
                Self::P521 => EC_group_p521(),
            }
        }
    }
}

/// Bytes of the longest coordinate, P-521's.
const LONGEST: usize = 66;

/// A private key for key agreement. Wiped when it is dropped.
pub struct EcdhKey {
    /// Owned by this value; has its group and its private half, and no public one.
    key: NonNull<EC_KEY>,
    curve: Curve,
}

impl EcdhKey {
    /// From a number in big-endian bytes. Nothing unless it is above zero and below the order of the curve.
    pub fn new(curve: Curve, scalar: &[u8]) -> Option<EcdhKey> {
        let scalar = Number::new(scalar)?;
        // SAFETY: takes nothing, and gives a new key or null.
        #[allow(unsafe_code)]
        let key = NonNull::new(unsafe { EC_KEY_new() })?;
        // From here on the key is freed on every way out.
        let key = EcdhKey { key, curve };
        // SAFETY: the key is this value's and nobody else has seen it; the group is a static; the number is alive, and
        // copied. The library looks whether it is in range, in constant time.
        #[allow(unsafe_code)]
        let done = unsafe {
            EC_KEY_set_group(key.key.as_ptr(), curve.group()) == 1
                && EC_KEY_set_private_key(key.key.as_ptr(), scalar.0.as_ptr()) == 1
        };
        done.then_some(key)
    }

    /// Derives the public key, in the uncompressed form of SEC 1 2.3.3.
    pub fn derive_public_key(&self) -> Option<Vec<u8>> {
        let mut point = Point::new(self.curve)?;
        // SAFETY: the point is ours and of this group; the number lives in the key, which lives as long as `self` and
        // has had it since `new`. Without a second point the product is that with the generator, in constant time. The
        // library makes a context for itself where it is given none.
        #[allow(unsafe_code)]
        let done = unsafe {
            let scalar = EC_KEY_get0_private_key(self.key.as_ptr());
            EC_POINT_mul(
                self.curve.group(),
                point.0.as_mut(),
                scalar,
                ptr::null(),
                ptr::null(),
                ptr::null_mut(),
            )
        };
        if done != 1 {
            return None;
        }
        let mut public = vec![0; 1 + 2 * LONGEST];
        let form = point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED;
        // SAFETY: the point is of this group; the library writes at most as many bytes as it is told there are.
        #[allow(unsafe_code)]
        let len = unsafe {
            EC_POINT_point2oct(
                self.curve.group(),
                point.0.as_ptr(),
                form,
                public.as_mut_ptr(),
                public.len(),
                ptr::null_mut(),
            )
        };
        public.truncate(len);
        (len > 0).then_some(public)
    }

    /// The secret that this key shares with the peer's public key: the x coordinate of their product. Nothing if the
    /// peer's is no point of the curve (SEC 1 2.3.4), or the one at infinity.
    pub fn agree(&self, peer: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut point = Point::new(self.curve)?;
        // SAFETY: the point is ours and of this group; reads as many bytes as there are.
        #[allow(unsafe_code)]
        let parsed = unsafe {
            EC_POINT_oct2point(
                self.curve.group(),
                point.0.as_mut(),
                peer.as_ptr(),
                peer.len(),
                ptr::null_mut(),
            )
        };
        if parsed != 1 {
            return None;
        }
        let mut secret = Zeroizing::new(vec![0; LONGEST]);
        // SAFETY: point and key are alive and of the same group. The library checks the point once more, refuses the one
        // at infinity, and writes at most as many bytes as it is told there are.
        #[allow(unsafe_code)]
        let len = unsafe {
            ECDH_compute_key(
                secret.as_mut_ptr().cast(),
                secret.len(),
                point.0.as_ptr(),
                self.key.as_ptr(),
                None,
            )
        };
        secret.truncate(len.try_into().ok()?);
        Some(secret)
    }
}

impl Drop for EcdhKey {
    fn drop(&mut self) {
        // SAFETY: the key is this value's, and this is the last that is heard of it. The library wipes what it frees.
        #[allow(unsafe_code)]
        unsafe {
            EC_KEY_free(self.key.as_ptr());
        }
    }
}

impl fmt::Debug for EcdhKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcdhKey").field("curve", &self.curve).finish_non_exhaustive()
    }
}

/// A point of a curve.
struct Point(NonNull<EC_POINT>);

impl Point {
    fn new(curve: Curve) -> Option<Point> {
        // SAFETY: the group is a static; gives a new point or null.
        #[allow(unsafe_code)]
        let point = unsafe { EC_POINT_new(curve.group()) };
        NonNull::new(point).map(Point)
    }
}

impl Drop for Point {
    fn drop(&mut self) {
        // SAFETY: the point is this value's, and this is the last that is heard of it.
        #[allow(unsafe_code)]
        unsafe {
            EC_POINT_free(self.0.as_ptr());
        }
    }
}

/// A secret number.
struct Number(NonNull<BIGNUM>);

impl Number {
    fn new(bytes: &[u8]) -> Option<Number> {
        // SAFETY: reads as many bytes as there are, and gives a new number, because it is given none to write to, or
        // null.
        #[allow(unsafe_code)]
        let number = unsafe { BN_bin2bn(bytes.as_ptr(), bytes.len(), ptr::null_mut()) };
        NonNull::new(number).map(Number)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        // SAFETY: the number is this value's, and this is the last that is heard of it; it is wiped.
        #[allow(unsafe_code)]
        unsafe {
            BN_clear_free(self.0.as_ptr());
        }
    }
}

#[cfg(test)]
mod tests;
