//! Layer normalisation of each row, Y = γ ⊙ X̂ + β with X̂_ij = (X_ij − μ_i)/√(σ²_i + ε).
//!
//! μ_i and σ²_i are the mean and the (biased) variance of row i. Shapes: X, Y are S×M; γ and β have
//! M entries. Derivation: `derivations/layer_norm.md`.

use nalgebra::{DMatrix, RowDVector};

use super::error::{agree, not_empty, same};
use super::view::{View, ViewMut};
use super::{Error, Real};

const NAME: &str = "layer_norm";

/// The gradients of a scalar loss with respect to everything that goes into [`forward`].
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients<T> {
    /// ∂L/∂X, S×M.
    pub dx: DMatrix<T>,
    /// ∂L/∂γ, 1×M.
    pub dgamma: RowDVector<T>,
    /// ∂L/∂β, 1×M.
    pub dbeta: RowDVector<T>,
}

/// Y (S×M) from X (S×M), γ and β (M entries each) and ε ≥ 0:
/// `Y_ij = γ_j (X_ij − μ_i)/√(σ²_i + ε) + β_j`.
///
/// # Errors
/// [`Error::Shape`] where γ or β has not one entry a column of X, [`Error::Empty`] where there is no
/// entry.
pub fn forward<'a, T: Real>(
    x: impl Into<View<'a, T>>,
    gamma: impl Into<View<'a, T>>,
    beta: impl Into<View<'a, T>>,
    epsilon: T,
) -> Result<DMatrix<T>, Error> {
    let x = x.into();
    let mut y = DMatrix::from_element(x.rows(), x.cols(), T::zero());
    forward_into(x, gamma, beta, epsilon, &mut y)?;
    Ok(y)
}

/// [`forward`] into `y`.
///
/// # Errors
/// As for [`forward`], and [`Error::Shape`] where Y has not X's shape.
pub fn forward_into<'a, 'c, T: Real>(
    x: impl Into<View<'a, T>>,
    gamma: impl Into<View<'a, T>>,
    beta: impl Into<View<'a, T>>,
    epsilon: T,
    y: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, gamma, beta, mut y) = (x.into(), gamma.into(), beta.into(), y.into());
    not_empty(NAME, "X", x.shape())?;
    one_a_column(x, "gamma", gamma.shape(), gamma.is_vector())?;
    one_a_column(x, "beta", beta.shape(), beta.is_vector())?;
    same(NAME, ("X", x.shape()), ("Y", y.shape()))?;
    for i in 0..x.rows() {
        let (mean, scale) = row_statistics(x, i, &epsilon);
        for j in 0..x.cols() {
            let normalised = (x.at(i, j).clone() - mean.clone()) * scale.clone();
            *y.at_mut(i, j) = gamma.entry(j).clone() * normalised + beta.entry(j).clone();
        }
    }
    Ok(())
}

/// All three gradients from dY (S×M). With X̂ as above, s_i = 1/√(σ²_i + ε) and G = dY ⊙ γ:
/// `dX_ij = s_i (G_ij − mean_k(G_ik) − X̂_ij · mean_k(G_ik X̂_ik))`, `dγ = Σ_i dY_i ⊙ X̂_i`,
/// `dβ = Σ_i dY_i`.
///
/// # Errors
/// As for [`forward`], and [`Error::Shape`] where dY has not X's shape.
pub fn backward<'a, T: Real>(
    x: impl Into<View<'a, T>>,
    gamma: impl Into<View<'a, T>>,
    epsilon: T,
    dy: impl Into<View<'a, T>>,
) -> Result<Gradients<T>, Error> {
    let x = x.into();
    let mut gradients = Gradients {
        dx: DMatrix::from_element(x.rows(), x.cols(), T::zero()),
        dgamma: RowDVector::from_element(x.cols(), T::zero()),
        dbeta: RowDVector::from_element(x.cols(), T::zero()),
    };
    let Gradients { dx, dgamma, dbeta } = &mut gradients;
    backward_into(x, gamma, epsilon, dy, dx, dgamma, dbeta)?;
    Ok(gradients)
}

/// [`backward`] into `dx` (S×M), `dgamma` and `dbeta` (M entries each).
///
/// # Errors
/// As for [`backward`], and [`Error::Shape`] where an output has not its input's shape.
pub fn backward_into<'a, 'c, T: Real>(
    x: impl Into<View<'a, T>>,
    gamma: impl Into<View<'a, T>>,
    epsilon: T,
    dy: impl Into<View<'a, T>>,
    dx: impl Into<ViewMut<'c, T>>,
    dgamma: impl Into<ViewMut<'c, T>>,
    dbeta: impl Into<ViewMut<'c, T>>,
) -> Result<(), Error> {
    let (x, gamma, dy) = (x.into(), gamma.into(), dy.into());
    let (mut dx, mut dgamma, mut dbeta) = (dx.into(), dgamma.into(), dbeta.into());
    not_empty(NAME, "X", x.shape())?;
    one_a_column(x, "gamma", gamma.shape(), gamma.is_vector())?;
    one_a_column(x, "dgamma", dgamma.shape(), dgamma.as_view().is_vector())?;
    one_a_column(x, "dbeta", dbeta.shape(), dbeta.as_view().is_vector())?;
    same(NAME, ("X", x.shape()), ("dY", dy.shape()))?;
    same(NAME, ("X", x.shape()), ("dX", dx.shape()))?;
    dgamma.fill(T::zero());
    dbeta.fill(T::zero());
    let width = T::from_count(x.cols());
    for i in 0..x.rows() {
        let (mean, scale) = row_statistics(x, i, &epsilon);
        let normalised = |j: usize| (x.at(i, j).clone() - mean.clone()) * scale.clone();
        let scaled = |j: usize| dy.at(i, j).clone() * gamma.entry(j).clone();
        let (mut sum, mut dot) = (T::zero(), T::zero());
        for j in 0..x.cols() {
            let (g, n) = (scaled(j), normalised(j));
            let entry = dgamma.entry_mut(j);
            *entry = entry.clone() + dy.at(i, j).clone() * n.clone();
            let entry = dbeta.entry_mut(j);
            *entry = entry.clone() + dy.at(i, j).clone();
            sum = sum + g.clone();
            dot = dot + g * n;
        }
        let (sum, dot) = (sum / width.clone(), dot / width.clone());
        for j in 0..x.cols() {
            *dx.at_mut(i, j) =
                scale.clone() * (scaled(j) - sum.clone() - normalised(j) * dot.clone());
        }
    }
    Ok(())
}

/// μ_i and 1/√(σ²_i + ε), in two passes: the squares are of the differences, never cancelling.
fn row_statistics<T: Real>(x: View<'_, T>, i: usize, epsilon: &T) -> (T, T) {
    let width = T::from_count(x.cols());
    let mut sum = T::zero();
    for j in 0..x.cols() {
        sum = sum + x.at(i, j).clone();
    }
    let mean = sum / width.clone();
    let mut squares = T::zero();
    for j in 0..x.cols() {
        let difference = x.at(i, j).clone() - mean.clone();
        squares = squares + difference.clone() * difference;
    }
    (mean, T::one() / (squares / width + epsilon.clone()).sqrt())
}

fn one_a_column<T>(
    x: View<'_, T>,
    name: &'static str,
    shape: (usize, usize),
    vector: bool,
) -> Result<(), Error> {
    let rule = "a parameter must be a vector with one entry for each column of X";
    let fits = vector && shape.0 * shape.1 == x.cols();
    agree(NAME, fits, ("X", x.shape()), (name, shape), rule)
}
