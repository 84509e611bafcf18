//! Answers whose axes are pairs: Kronecker products, and index notation tidied.

use num_rational::BigRational;
use num_traits::One;

use super::factor::collect;
use super::form::{Form, Ix, Result, Unraised};
use super::graph::Raiser;
use super::matrix::Mat;

impl Raiser<'_> {
    /// `Σ A_{ac} B_{bd}` at the rows (a, b) and the columns (c, d) as a sum of `A ⊗ B`.
    pub(super) fn kronecker(&self, form: &Form, at: &[u32]) -> Result<Mat> {
        let [a, b, c, d] = at else { return Err(Unraised("the answer is no matrix")) };
        let mut terms = Vec::new();
        for (coef, factors, bound) in self.products(form)? {
            let (mut left, mut right, mut scalar) = (Vec::new(), Vec::new(), Vec::new());
            let component = |start: [u32; 2]| {
                let mut seen = start.to_vec();
                let mut grown = true;
                while grown {
                    grown = false;
                    for factor in &factors {
                        let own = factor.labels();
                        if own.iter().any(|k| seen.contains(k)) {
                            for k in own {
                                if !seen.contains(&k) {
                                    seen.push(k);
                                    grown = true;
                                }
                            }
                        }
                    }
                }
                seen
            };
            let (first, second) = (component([*a, *c]), component([*b, *d]));
            if first.iter().any(|k| second.contains(k)) {
                return Err(Unraised("the answer is no Kronecker product"));
            }
            for factor in &factors {
                let own = factor.labels();
                if own.iter().any(|k| first.contains(k)) {
                    left.push(factor.clone());
                } else if own.iter().any(|k| second.contains(k)) {
                    right.push(factor.clone());
                } else {
                    scalar.push(factor.clone());
                }
            }
            let within = |seen: &[u32]| {
                bound.iter().copied().filter(|k| seen.contains(k)).collect::<Vec<_>>()
            };
            let close = |labels: Vec<u32>, all: Vec<Form>| {
                super::build::sum(labels, Form::mul(all))
            };
            let rest: Vec<u32> = bound
                .iter()
                .copied()
                .filter(|k| !first.contains(k) && !second.contains(k))
                .collect();
            let left = self.raise(&close(within(&first), left), &[*a, *c])?;
            let right = self.raise(&close(within(&second), right), &[*b, *d])?;
            let scalar = self.raise(&close(rest, scalar), &[])?;
            let ((x, s, left), (y, t, right)) = (left.split(), right.split());
            let (Some(left), Some(right)) = (left, right) else { continue };
            let body = Mat::Kron(Box::new(left), Box::new(right));
            let scalars = [s, t, vec![scalar]].concat();
            terms.push(Mat::scaled(coef * x * y, scalars, Some(body)));
        }
        Ok(collect(terms))
    }

    /// A form as a sum of products without deltas that can be contracted.
    fn products(&self, form: &Form) -> Result<Vec<Product>> {
        let mut out = Vec::new();
        let parts = match form {
            Form::Add(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        for part in parts {
            let (mut coef, mut factors, mut bound) =
                (BigRational::one(), Vec::new(), Vec::new());
            self.flatten(part, &mut coef, &mut factors, &mut bound);
            if let Some(k) = factors.iter().position(|f| matches!(f, Form::Add(_))) {
                let Form::Add(inner) = factors.remove(k) else { continue };
                for one in inner {
                    let mut all = vec![Form::Number(coef.clone()), one];
                    all.extend(factors.iter().cloned());
                    let product = super::build::sum(bound.clone(), Form::mul(all));
                    out.extend(self.products(&product)?);
                }
                continue;
            }
            if self.contract_bound(&mut factors, &mut bound) {
                out.push((coef, factors, bound));
            }
        }
        Ok(out)
    }

    /// Index notation with the deltas contracted and products in one piece.
    pub(super) fn tidy(&self, form: &Form, at: &[u32]) -> Form {
        let parts = match form {
            Form::Add(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        // Products by the labels summed over, which sums of one kind share.
        let mut groups: Vec<(Vec<u32>, Vec<Form>)> = Vec::new();
        let mut pool: Vec<u32> = Vec::new();
        for part in parts {
            let (mut coef, mut factors, mut bound) =
                (BigRational::one(), Vec::new(), Vec::new());
            self.flatten(part, &mut coef, &mut factors, &mut bound);
            bound.retain(|k| !at.contains(k));
            if !self.contract_bound(&mut factors, &mut bound) {
                continue;
            }
            factors.insert(0, Form::Number(coef));
            // An index that stands nowhere counts its range.
            bound.retain(|k| {
                let used = factors.iter().any(|f| f.labels().contains(k));
                if !used {
                    factors.push(Form::Size(self.labels.size(*k)));
                }
                used
            });
            let mut product = Form::mul(factors);
            let mut shared: Vec<u32> = Vec::new();
            for k in bound {
                let size = self.labels.size(k);
                let free =
                    |l: &&u32| self.labels.size(**l) == size && !shared.contains(*l);
                let label = pool.iter().find(free).copied().unwrap_or_else(|| {
                    let fresh = self.labels.fresh(size);
                    pool.push(fresh);
                    fresh
                });
                product = product.put(k, Ix::Of(label));
                shared.push(label);
            }
            shared.sort_unstable();
            match groups.iter_mut().find(|(labels, _)| *labels == shared) {
                Some((_, products)) => products.push(product),
                None => groups.push((shared, vec![product])),
            }
        }
        let close = |(labels, all)| super::build::sum(labels, Form::add(all));
        Form::add(groups.into_iter().map(close).collect())
    }
}

/// Coefficient, factors, labels summed over.
type Product = (BigRational, Vec<Form>, Vec<u32>);
