//! The two number types that training runs in.

use super::outgoing::Kind;
use crate::kernels::Real;

/// f32 or f64.
pub trait Number: Real + Copy + Default + PartialOrd + Send + Sync + 'static {
    /// `f32` or `f64`: the name in configurations.
    const NAME: &'static str;
    /// The type in files.
    #[doc(hidden)]
    const KIND: Kind;
    /// Bytes a number takes.
    const BYTES: usize;
    /// The nearest number.
    fn from_f64(x: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
    /// A pixel.
    fn from_byte(x: u8) -> Self;
    /// Appends the little-endian bytes.
    fn put(self, out: &mut Vec<u8>);
    /// Reads the little-endian bytes; `None` where they are not [`Number::BYTES`].
    fn take(bytes: &[u8]) -> Option<Self>;
}

macro_rules! number {
    ($T:ident, $name:literal, $kind:ident) => {
        impl Number for $T {
            const NAME: &'static str = $name;
            const KIND: Kind = Kind::$kind;
            const BYTES: usize = size_of::<$T>();

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $T
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn from_byte(x: u8) -> Self {
                $T::from(x)
            }

            fn put(self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }

            fn take(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map($T::from_le_bytes)
            }
        }
    };
}

number!(f32, "f32", F32);
number!(f64, "f64", F64);
