//! Axes and indices: contraction, regrouping, entries, tables and sums over an index.

use std::rc::Rc;

use smallvec::{SmallVec, smallvec};

use super::{AXES, Machine, UNBOUND, fits};
use crate::numeric::array::{Array, Sizes};
use crate::numeric::error::EvalError;
use crate::numeric::number::Number;
use crate::numeric::program::NodeId;
use crate::shape::{Index, IndexVar};

impl<N: Number> Machine<'_, N> {
    pub(super) fn contract(
        &mut self,
        of: NodeId,
        a: usize,
        b: usize,
    ) -> Result<Array<N>, EvalError> {
        let of = self.node(of)?;
        let sizes = of.sizes();
        let (a, b) = (a.min(b), a.max(b));
        if a == b || b >= sizes.len() || sizes[a] != sizes[b] {
            return Err(AXES);
        }
        let strides = strides(sizes);
        let rest: SmallVec<[usize; 4]> =
            (0..sizes.len()).filter(|k| *k != a && *k != b).collect();
        let left: Sizes = rest.iter().map(|k| sizes[*k]).collect();
        let places = places(&left, &rest.iter().map(|k| strides[*k]).collect::<Sizes>());
        let (extent, step) = (sizes[a], strides[a] + strides[b]);
        self.spend(of.len())?;
        Ok(of.linear(left, |p| {
            places
                .iter()
                .map(|at| {
                    let mut sum = N::integer(0);
                    for k in 0..extent {
                        sum = sum.add(&p[at + k * step]);
                    }
                    sum
                })
                .collect()
        }))
    }

    pub(super) fn regroup(
        &mut self,
        of: NodeId,
        groups: &[Vec<usize>],
    ) -> Result<Array<N>, EvalError> {
        let of = self.node(of)?;
        let old = of.sizes();
        let strides = strides(old);
        let mut seen: SmallVec<[bool; 4]> = smallvec![false; old.len()];
        let mut order = Sizes::new();
        let mut steps = Sizes::new();
        let mut sizes = Sizes::new();
        for group in groups {
            let mut extent = 1;
            for &axis in group {
                if axis >= old.len() || std::mem::replace(&mut seen[axis], true) {
                    return Err(AXES);
                }
                order.push(old[axis]);
                steps.push(strides[axis]);
                extent *= old[axis];
            }
            sizes.push(extent);
        }
        if seen.iter().zip(old).any(|(seen, extent)| !seen && *extent != 1) {
            return Err(AXES);
        }
        self.spend(of.len())?;
        if steps.windows(2).all(|w| w[0] >= w[1]) {
            // The order is the old one.
            return Ok(Rc::unwrap_or_clone(of).reshaped(sizes));
        }
        let places = places(&order, &steps);
        Ok(of.linear(sizes, |p| places.iter().map(|&at| p[at].clone()).collect()))
    }

    pub(super) fn pick(
        &mut self,
        of: NodeId,
        indices: &[Index],
    ) -> Result<Array<N>, EvalError> {
        let of = self.node(of)?;
        if indices.len() > of.sizes().len() {
            return Err(AXES);
        }
        let mut at = 0;
        for (index, &extent) in indices.iter().zip(of.sizes()) {
            at = at * extent + self.index(*index, extent)?;
        }
        let sizes: Sizes = of.sizes()[indices.len()..].into();
        let len: usize = sizes.iter().product();
        self.spend(len)?;
        Ok(of.linear(sizes, |p| p[at * len..(at + 1) * len].into()))
    }

    pub(super) fn index(&self, index: Index, extent: usize) -> Result<usize, EvalError> {
        let value = match index {
            Index::Var(var) => self.env.value(var.0).ok_or(UNBOUND)?,
            Index::Fixed(n) => n.checked_sub(1).ok_or(EvalError::Range)?,
            Index::Last => extent.checked_sub(1).ok_or(EvalError::Range)?,
        };
        if value < extent { Ok(value) } else { Err(EvalError::Range) }
    }

    /// The range of a variable.
    pub(crate) fn range(&self, var: IndexVar) -> Result<usize, EvalError> {
        let (_, dim) = self.program.table.indices.get(var.0 as usize).ok_or(UNBOUND)?;
        self.point.extent(dim).ok_or(EvalError::Effort)
    }

    pub(super) fn delta(&self, i: Index, j: Index) -> Result<N, EvalError> {
        let dim = |index| match index {
            Index::Var(var) => self.range(var).map(Some),
            _ => Ok(None),
        };
        let extent = match (dim(i)?, dim(j)?) {
            (Some(a), Some(b)) => a.max(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => usize::MAX,
        };
        let equal = self.index(i, extent)? == self.index(j, extent)?;
        Ok(N::integer(i64::from(equal)))
    }

    /// The array over the ranges of the variables.
    pub(super) fn tabulate(
        &mut self,
        vars: &[IndexVar],
        body: NodeId,
    ) -> Result<Array<N>, EvalError> {
        let mut sizes = Sizes::new();
        for var in vars {
            sizes.push(self.range(*var)?);
        }
        let len = sizes.iter().try_fold(1_usize, |n, s| n.checked_mul(*s));
        let len = len.filter(|n| *n <= 1 << 16).ok_or(EvalError::Effort)?;
        let before: SmallVec<[Option<usize>; 4]> =
            vars.iter().map(|v| self.env.value(v.0)).collect();
        let mut result = Array::zeros(sizes.clone());
        for at in 0..len {
            let mut rest = at;
            for (var, extent) in vars.iter().zip(&sizes).rev() {
                self.env.set(var.0, Some(rest % extent));
                rest /= extent;
            }
            let value = self.node(body)?;
            if value.len() != 1 {
                return Err(AXES);
            }
            for (mask, plane) in value.planes() {
                result.plane_mut(*mask)[at] = plane[0].clone();
            }
        }
        for (var, value) in vars.iter().zip(before) {
            self.env.set(var.0, value);
        }
        Ok(result)
    }

    pub(super) fn sum_over(
        &mut self,
        var: IndexVar,
        body: NodeId,
        axes: &[crate::shape::Dim],
    ) -> Result<Array<N>, EvalError> {
        let extent = self.range(var)?;
        let before = self.env.value(var.0);
        let mut sum: Option<Array<N>> = None;
        for value in 0..extent {
            self.env.set(var.0, Some(value));
            let term = self.node(body)?;
            self.spend(term.len())?;
            match &mut sum {
                None => sum = Some(Rc::unwrap_or_clone(term)),
                Some(sum) => {
                    fits(sum, &term)?;
                    sum.add_assign(&term);
                }
            }
        }
        self.env.set(var.0, before);
        match sum {
            Some(sum) => Ok(sum),
            None => Ok(Array::zeros(self.point.sizes(axes)?)),
        }
    }
}

/// The distance of neighbours along each axis.
fn strides(sizes: &[usize]) -> Sizes {
    let mut strides: Sizes = smallvec![1; sizes.len()];
    for k in (1..sizes.len()).rev() {
        strides[k - 1] = strides[k] * sizes[k];
    }
    strides
}

/// The place of every multi-index of the sizes, in order, under the strides.
fn places(sizes: &[usize], strides: &[usize]) -> Vec<usize> {
    let mut places = vec![0];
    for (&extent, &stride) in sizes.iter().zip(strides) {
        places = places
            .iter()
            .flat_map(|at| (0..extent).map(move |k| at + k * stride))
            .collect();
    }
    places
}
