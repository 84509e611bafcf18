//! Unknown dimensions and what they turn out to be.

use super::dim::{Dim, Size};

/// Handles from here on are unknowns.
const UNKNOWN: u32 = 1 << 20;

/// Solves equations between dimensions, of which some are unknown.
#[derive(Clone, Debug, Default)]
pub(super) struct Solver {
    /// For each unknown, what it was found equal to, and whether it becomes 1 when nothing says
    /// otherwise.
    unknowns: Vec<(Option<Dim>, bool)>,
    /// The unknowns that are lengths of vectors: a sum over one makes it a size of its own.
    lengths: Vec<usize>,
}

impl Solver {
    /// A new unknown; `unit` if it is 1 unless something says otherwise.
    pub(super) fn unknown(&mut self, unit: bool) -> Dim {
        self.unknowns.push((None, unit));
        Dim::named(UNKNOWN + self.unknowns.len() as u32 - 1)
    }

    fn lone_unknown(dim: &Dim) -> Option<usize> {
        match dim.0.as_slice() {
            [Size::Named(id)] if *id >= UNKNOWN => Some((*id - UNKNOWN) as usize),
            _ => None,
        }
    }

    /// The dimension with every solved unknown replaced.
    pub(super) fn resolve(&self, dim: &Dim) -> Dim {
        let mut out = Dim::unit();
        for size in &dim.0 {
            match size {
                Size::Named(id) if *id >= UNKNOWN => {
                    match &self.unknowns[(*id - UNKNOWN) as usize].0 {
                        Some(value) => out = out.times(&self.resolve(value)),
                        None => out.0.push(*size),
                    }
                }
                _ => out.0.push(*size),
            }
        }
        out
    }

    /// Makes two dimensions equal; false when they cannot be.
    pub(super) fn unify(&mut self, a: &Dim, b: &Dim) -> bool {
        let (a, b) = (self.resolve(a), self.resolve(b));
        if a == b {
            return true;
        }
        let occurs = |dim: &Dim, k: usize| {
            dim.0.iter().any(|s| *s == Size::Named(UNKNOWN + k as u32))
        };
        if let Some(k) = Self::lone_unknown(&a) {
            // An unknown that may be 1 follows one that may not.
            if let Some(other) = Self::lone_unknown(&b)
                && self.unknowns[other].1
                && !self.unknowns[k].1
            {
                self.unknowns[other].0 = Some(a);
                return true;
            }
            if occurs(&b, k) {
                return false;
            }
            self.unknowns[k].0 = Some(b);
            return true;
        }
        if let Some(k) = Self::lone_unknown(&b) {
            if occurs(&a, k) {
                return false;
            }
            self.unknowns[k].0 = Some(a);
            return true;
        }
        // Composite: part by part, if there are as many parts.
        a.0.len() == b.0.len()
            && a.0.len() > 1
            && a.0.iter().zip(&b.0).all(|(s, t)| {
                let dim = |s: &Size| Dim(smallvec::smallvec![*s]);
                self.unify(&dim(s), &dim(t))
            })
    }

    /// Whether the two could be equal, without making them so.
    pub(super) fn could_equal(&self, a: &Dim, b: &Dim) -> bool {
        self.clone().unify(a, b)
    }

    /// Whether it is known to be 1.
    pub(super) fn is_unit(&self, dim: &Dim) -> bool {
        self.resolve(dim).is_unit()
    }

    /// Whether it is an unknown still open.
    pub(super) fn is_open(&self, dim: &Dim) -> bool {
        Self::lone_unknown(&self.resolve(dim)).is_some()
    }

    /// Whether it is 1, or becomes 1 when nothing says otherwise.
    pub(super) fn is_unit_by_default(&self, dim: &Dim) -> bool {
        let dim = self.resolve(dim);
        dim.is_unit() || Self::lone_unknown(&dim).is_some_and(|k| self.unknowns[k].1)
    }

    /// A new unknown for the length of a vector, which is 1 unless something says otherwise.
    pub(super) fn length(&mut self) -> Dim {
        self.lengths.push(self.unknowns.len());
        self.unknown(true)
    }

    /// Whether it is 1, or the open width of a column.
    pub(super) fn is_width(&self, dim: &Dim) -> bool {
        let dim = self.resolve(dim);
        dim.is_unit()
            || Self::lone_unknown(&dim)
                .is_some_and(|k| self.unknowns[k].1 && !self.lengths.contains(&k))
    }

    /// A length that a sum runs over has a size of its own: nothing makes it 1.
    pub(super) fn summed(&mut self, dim: &Dim) {
        if let Some(k) = Self::lone_unknown(&self.resolve(dim))
            && self.lengths.contains(&k)
        {
            self.unknowns[k].1 = false;
        }
    }

    /// Settles what is still open: 1 where that is the default, else the dimension that `open` is
    /// asked for.
    pub(super) fn settle(&mut self, mut open: impl FnMut() -> Dim) {
        for k in 0..self.unknowns.len() {
            if self.unknowns[k].0.is_none() {
                let value = if self.unknowns[k].1 { Dim::unit() } else { open() };
                self.unknowns[k].0 = Some(value);
            }
        }
    }
}
