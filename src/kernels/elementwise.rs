//! Element-wise activations, Y = h(X) and dX = dY ⊙ h′(X).
//!
//! One forward and one backward for every activation: an [`Activation`] is its value and its slope.
//! Any pair of closures is one too, through [`Custom`]. Derivation: `derivations/elementwise.md`,
//! and `derivations/relu.md`, … for the named ones.

use nalgebra::DMatrix;

use super::error::same;
use super::view::{View, ViewMut, map_into, zip_into};
use super::{Error, Real, Scalar};

/// A function of one number with its derivative.
pub trait Activation<T> {
    /// h(x).
    fn value(&self, x: &T) -> T;
    /// h′(x).
    fn slope(&self, x: &T) -> T;
    /// ∂h(x)/∂p for the activation's one parameter p; zero where it has none.
    fn parameter_slope(&self, x: &T) -> T
    where
        T: Scalar,
    {
        let _ = x;
        T::zero()
    }
}

/// max(0, x); the slope at 0 is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relu;

/// x where x > 0, otherwise slope·x; the derivative at 0 is `slope`.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakyRelu<T> {
    /// The slope on the negative side.
    pub slope: T,
}

/// x where x > 0, otherwise alpha·(eˣ − 1); the derivative at 0 is `alpha`.
#[derive(Clone, Debug, PartialEq)]
pub struct Elu<T> {
    /// The (negated) limit at −∞.
    pub alpha: T,
}

/// 1 / (1 + e⁻ˣ).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sigmoid;

/// tanh x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tanh;

/// x·Φ(x) with the normal distribution Φ(x) = erfc(−x/√2)/2 (the exact form, not tanh's).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gelu;

/// Your own function and derivative.
#[derive(Clone, Copy, Debug)]
pub struct Custom<H, D> {
    /// h.
    pub value: H,
    /// h′.
    pub slope: D,
}

impl<T: Scalar> Activation<T> for Relu {
    #[inline(always)]
    fn value(&self, x: &T) -> T {
        x.if_positive(x.clone(), T::zero())
    }

    #[inline(always)]
    fn slope(&self, x: &T) -> T {
        x.if_positive(T::one(), T::zero())
    }
}

impl<T: Scalar> Activation<T> for LeakyRelu<T> {
    #[inline(always)]
    fn value(&self, x: &T) -> T {
        x.if_positive(x.clone(), self.slope.clone() * x.clone())
    }

    #[inline(always)]
    fn slope(&self, x: &T) -> T {
        x.if_positive(T::one(), self.slope.clone())
    }

    #[inline(always)]
    fn parameter_slope(&self, x: &T) -> T {
        x.if_positive(T::zero(), x.clone())
    }
}

impl<T: Real> Activation<T> for Elu<T> {
    #[inline(always)]
    fn value(&self, x: &T) -> T {
        x.if_positive(x.clone(), self.alpha.clone() * x.exp_m1())
    }

    #[inline(always)]
    fn slope(&self, x: &T) -> T {
        x.if_positive(T::one(), self.alpha.clone() * x.exp())
    }

    #[inline(always)]
    fn parameter_slope(&self, x: &T) -> T {
        x.if_positive(T::zero(), x.exp_m1())
    }
}

impl<T: Real> Activation<T> for Sigmoid {
    #[inline(always)]
    fn value(&self, x: &T) -> T {
        x.sigmoid()
    }

    #[inline(always)]
    fn slope(&self, x: &T) -> T {
        // σ′(x) = σ(x)·σ(−x): no cancellation where σ is close to 1.
        x.sigmoid() * (-x.clone()).sigmoid()
    }
}

impl<T: Real> Activation<T> for Tanh {
    #[inline(always)]
    fn value(&self, x: &T) -> T {
        x.tanh()
    }

    #[inline(always)]
    fn slope(&self, x: &T) -> T {
        let y = x.tanh();
        (T::one() - y.clone()) * (T::one() + y)
    }
}

impl<T: Real> Activation<T> for Gelu {
    #[inline(always)]
    fn value(&self, x: &T) -> T {
        x.clone() * normal_distribution(x)
    }

    #[inline(always)]
    fn slope(&self, x: &T) -> T {
        let two = T::from_integer(2);
        let density =
            (-(x.clone() * x.clone()) / two.clone()).exp() / (two * T::pi()).sqrt();
        normal_distribution(x) + x.clone() * density
    }
}

/// Φ(x) = erfc(−x/√2) / 2, which keeps its digits far on the negative side.
#[inline(always)]
fn normal_distribution<T: Real>(x: &T) -> T {
    let two = T::from_integer(2);
    (-x.clone() / two.sqrt()).erfc() / two
}

impl<T, H: Fn(&T) -> T, D: Fn(&T) -> T> Activation<T> for Custom<H, D> {
    fn value(&self, x: &T) -> T {
        (self.value)(x)
    }

    fn slope(&self, x: &T) -> T {
        (self.slope)(x)
    }
}

/// Y from X, of the same shape: `Y_ij = h(X_ij)`.
///
/// # Errors
/// None for any shape; the `Result` is there so that all kernels look alike.
pub fn forward<'a, T: Scalar>(
    h: &impl Activation<T>,
    x: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    let mut y = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    forward_into(h, x, &mut y)?;
    Ok(y)
}

/// [`forward`] into `y`.
///
/// # Errors
/// [`Error::Shape`] where Y has not X's shape.
pub fn forward_into<'a, 'c, T: Scalar>(
    h: &impl Activation<T>,
    x: impl Into<View<'a, T>>,
    y: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, y) = (x.into(), y.into());
    same("elementwise", ("X", x.shape()), ("Y", y.shape()))?;
    map_into(x, y, |x| h.value(x));
    Ok(())
}

/// dX from X and dY, all of one shape: `dX = dY ⊙ h′(X)`.
///
/// # Errors
/// [`Error::Shape`] where dY has not X's shape.
pub fn backward<'a, T: Scalar>(
    h: &impl Activation<T>,
    x: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    let mut dx = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    backward_into(h, x, dy, &mut dx)?;
    Ok(dx)
}

/// [`backward`] into `dx`.
///
/// # Errors
/// [`Error::Shape`] where dY or dX has not X's shape.
pub fn backward_into<'a, 'c, T: Scalar>(
    h: &impl Activation<T>,
    x: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, dy, dx) = (x.into(), dy.into(), dx.into());
    same("elementwise", ("X", x.shape()), ("dY", dy.shape()))?;
    same("elementwise", ("X", x.shape()), ("dX", dx.shape()))?;
    zip_into(x, dy, dx, |x, dy| dy.clone() * h.slope(x));
    Ok(())
}

/// ∂L/∂p for the activation's parameter p: `Σ_ij dY_ij · ∂h(X_ij)/∂p`.
///
/// # Errors
/// [`Error::Shape`] where dY has not X's shape.
pub fn parameter_gradient<'a, T: Scalar>(
    h: &impl Activation<T>,
    x: impl Into<View<'a, T>>,
    dy: impl Into<View<'a, T>>,
) -> Result<T, Error> {
    let (x, dy) = (x.into(), dy.into());
    same("elementwise", ("X", x.shape()), ("dY", dy.shape()))?;
    let mut sum = T::zero();
    for j in 0..x.cols() {
        for i in 0..x.rows() {
            sum = sum + dy.at(i, j).clone() * h.parameter_slope(x.at(i, j));
        }
    }
    Ok(sum)
}
