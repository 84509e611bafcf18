//! Arrays of numbers with infinitesimal parts.
//!
//! A value under `k` nested derivatives lives in the algebra of `ε₁ … ε_k` with `ε_i² = 0`: it is
//! `Σ_S a_S Π_{i∈S} ε_i`. An array keeps one plane of numbers a subset `S` that occurs, so that
//! what does not depend on a variable costs nothing extra.

use smallvec::{SmallVec, smallvec};

use super::number::Number;

/// The extents of the axes.
pub type Sizes = SmallVec<[usize; 4]>;

/// Numbers in row-major order.
pub(crate) type Plane<N> = SmallVec<[N; 4]>;

/// A set of infinitesimals, one bit each.
pub(crate) type Mask = u8;

/// An array in row-major order.
///
/// **Invariant:** the first plane is the one of the empty set; masks are distinct; every plane has
/// as many numbers as the sizes say.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<N> {
    sizes: Sizes,
    planes: SmallVec<[(Mask, Plane<N>); 1]>,
}

impl<N: Number> Array<N> {
    /// An array without infinitesimal parts.
    pub(crate) fn new(sizes: Sizes, entries: Plane<N>) -> Self {
        debug_assert_eq!(sizes.iter().product::<usize>(), entries.len());
        Array { sizes, planes: smallvec![(0, entries)] }
    }

    /// A number.
    pub(crate) fn scalar(n: N) -> Self {
        Array::new(Sizes::new(), smallvec![n])
    }

    /// An array of zeros.
    pub(crate) fn zeros(sizes: Sizes) -> Self {
        let len = sizes.iter().product();
        Array::new(sizes, zeros(len))
    }

    /// The extents of the axes; none for a scalar.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The entries in row-major order.
    pub fn entries(&self) -> &[N] {
        &self.planes[0].1
    }

    /// How many entries.
    pub(crate) fn len(&self) -> usize {
        self.planes[0].1.len()
    }

    /// All planes.
    pub(crate) fn planes(&self) -> &[(Mask, Plane<N>)] {
        &self.planes
    }

    /// Whether there are infinitesimal parts.
    pub(crate) fn is_plain(&self) -> bool {
        self.planes.len() == 1
    }

    /// Every number of every plane is finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.planes.iter().all(|(_, p)| p.iter().all(N::is_finite))
    }

    /// The same numbers under other extents.
    pub(crate) fn reshaped(mut self, sizes: Sizes) -> Self {
        debug_assert_eq!(sizes.iter().product::<usize>(), self.len());
        self.sizes = sizes;
        self
    }

    /// The plane of a set, made of zeros if it is not there.
    pub(crate) fn plane_mut(&mut self, mask: Mask) -> &mut Plane<N> {
        let at = match self.planes.iter().position(|(m, _)| *m == mask) {
            Some(at) => at,
            None => {
                let len = self.len();
                self.planes.push((mask, zeros(len)));
                self.planes.len() - 1
            }
        };
        &mut self.planes[at].1
    }

    /// Applies a linear map to each plane; it must give as many numbers as the sizes say.
    pub(crate) fn linear(&self, sizes: Sizes, map: impl Fn(&[N]) -> Plane<N>) -> Self {
        Array { sizes, planes: self.planes.iter().map(|(m, p)| (*m, map(p))).collect() }
    }

    /// Applies a bilinear map, which adds its value to the plane it is handed. By `ε_i² = 0` only
    /// disjoint sets meet.
    pub(crate) fn bilinear(
        &self,
        other: &Self,
        sizes: Sizes,
        map: impl Fn(&[N], &[N], &mut [N]),
    ) -> Self {
        let mut result = Array::zeros(sizes);
        for (ma, a) in &self.planes {
            for (mb, b) in &other.planes {
                if ma & mb == 0 {
                    map(a, b, result.plane_mut(ma | mb));
                }
            }
        }
        result
    }

    /// Adds an array of the same sizes, or a scalar to every entry.
    pub(crate) fn add_assign(&mut self, other: &Self) {
        if self.sizes.is_empty() && !other.sizes.is_empty() {
            // A scalar first and arrays after it (of one entry, where the dimensions are 1).
            let len = other.len();
            let grown =
                self.linear(other.sizes.clone(), |p| smallvec![p[0].clone(); len]);
            *self = grown;
        }
        for (mask, plane) in &other.planes {
            let target = self.plane_mut(*mask);
            for (i, t) in target.iter_mut().enumerate() {
                *t = t.add(if plane.len() == 1 { &plane[0] } else { &plane[i] });
            }
        }
    }

    /// The element-wise product with an array of the same sizes or a scalar.
    pub(crate) fn times(&self, other: &Self) -> Self {
        let sizes =
            if self.sizes.is_empty() { other.sizes.clone() } else { self.sizes.clone() };
        self.bilinear(other, sizes, |a, b, out| {
            if a.len() == b.len() {
                for ((o, a), b) in out.iter_mut().zip(a).zip(b) {
                    o.add_product(a, b);
                }
            } else if a.len() == 1 {
                for (o, b) in out.iter_mut().zip(b) {
                    o.add_product(&a[0], b);
                }
            } else {
                for (o, a) in out.iter_mut().zip(a) {
                    o.add_product(a, &b[0]);
                }
            }
        })
    }

    /// Multiplies every entry.
    pub(crate) fn scaled(&self, factor: &N) -> Self {
        self.linear(self.sizes.clone(), |p| p.iter().map(|x| x.mul(factor)).collect())
    }

    /// `Σ_k a[p, k] b[k, q]` for `a` of `rows · inner` and `b` of `inner · columns` entries.
    pub(crate) fn matrix_product(
        &self,
        other: &Self,
        sizes: Sizes,
        [rows, inner, columns]: [usize; 3],
    ) -> Self {
        self.bilinear(other, sizes, |a, b, out| {
            for i in 0..rows {
                for k in 0..inner {
                    let left = &a[i * inner + k];
                    if left.is_zero() {
                        continue;
                    }
                    for j in 0..columns {
                        out[i * columns + j].add_product(left, &b[k * columns + j]);
                    }
                }
            }
        })
    }

    /// The highest infinitesimal that occurs, as its bit.
    pub(crate) fn top(&self) -> Option<Mask> {
        let all = self.planes.iter().fold(0, |all, (m, _)| all | m);
        (all != 0).then(|| 1 << all.ilog2())
    }

    /// `(low, high)` with `self = low + ε high` for the infinitesimal of that bit, which occurs in
    /// neither.
    pub(crate) fn split(&self, bit: Mask) -> (Self, Self) {
        let mut low = Array { sizes: self.sizes.clone(), planes: SmallVec::new() };
        let mut high = Array::zeros(self.sizes.clone());
        for (mask, plane) in &self.planes {
            if mask & bit == 0 {
                low.planes.push((*mask, plane.clone()));
            } else {
                *high.plane_mut(mask & !bit) = plane.clone();
            }
        }
        (low, high)
    }

    /// Adds `ε · high`, where neither has the infinitesimal of that bit yet.
    pub(crate) fn attach(&mut self, bit: Mask, high: &Self) {
        for (mask, plane) in &high.planes {
            let target = self.plane_mut(mask | bit);
            for (t, h) in target.iter_mut().zip(plane) {
                *t = t.add(h);
            }
        }
    }

    /// The parts at the infinitesimals that the value's primal plane leaves out: `self - self₀`.
    pub(crate) fn nilpotent(&self) -> Option<Self> {
        if self.is_plain() {
            return None;
        }
        let mut part = Array::zeros(self.sizes.clone());
        part.planes.extend(self.planes[1..].iter().cloned());
        Some(part)
    }

    /// The entries at the given places, as a list.
    pub(crate) fn gather(&self, places: &[usize]) -> Self {
        self.linear(smallvec![places.len()], |p| {
            places.iter().map(|&i| p[i].clone()).collect()
        })
    }

    /// Zeros but for the entries at the given places.
    pub(crate) fn scatter(&self, places: &[usize], sizes: &[usize]) -> Self {
        let len = sizes.iter().product();
        self.linear(sizes.into(), |p| {
            let mut out = zeros(len);
            for (value, &at) in p.iter().zip(places) {
                out[at] = value.clone();
            }
            out
        })
    }
}

/// That many zeros.
pub(crate) fn zeros<N: Number>(len: usize) -> Plane<N> {
    smallvec![N::integer(0); len]
}
