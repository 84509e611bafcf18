//! f32 and f64, as the checker sees them: numbers that round.

/// A float that functions under check compute with. The checker itself reckons in f64.
pub trait Float: Copy + PartialEq + std::fmt::Debug + 'static {
    /// Half the distance from 1 to the next number: the relative error of one rounding.
    const UNIT: f64;
    /// The name of the type.
    const NAME: &'static str;
    /// The nearest float.
    fn round(value: f64) -> Self;
    /// The same number in f64, exactly.
    fn wide(self) -> f64;
}

impl Float for f32 {
    const UNIT: f64 = 5.960_464_477_539_063e-8;
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn round(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Float for f64 {
    const UNIT: f64 = 1.110_223_024_625_156_5e-16;
    const NAME: &'static str = "f64";

    #[inline(always)]
    fn round(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }
}
