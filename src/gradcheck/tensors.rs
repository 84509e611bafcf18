//! What functions under check take and give: numbers, vectors, matrices, tuples, arrays, structs.

use nalgebra::{Dim, IsContiguous, Matrix, RawStorage, RawStorageMut};

use super::Float;

/// Who looks at the blocks of a collection: told each block's name, shape and entries.
pub type See<'s, T> = dyn FnMut(&str, (usize, usize), &[T]) + 's;

/// A collection of named blocks of floats: a parameter, an input, a whole model's parameters.
///
/// Implemented for floats, `Vec`s of floats, contiguous nalgebra matrices, `Vec`s and arrays of those,
/// and tuples. For a struct of your own say `tensors!(Model<f64> { w1, b1, w2, b2 });`
/// (see [`tensors!`](crate::tensors)).
pub trait Tensors: Clone {
    /// The float inside.
    type Scalar: Float;

    /// Shows each block: its name, its shape, and its entries column after column.
    fn visit(&self, see: &mut See<'_, Self::Scalar>);

    /// Shows each block for writing, in the same order.
    fn visit_mut(&mut self, see: &mut dyn FnMut(&mut [Self::Scalar]));
}

macro_rules! plain {
    ($T:ty) => {
        impl Tensors for $T {
            type Scalar = $T;

            fn visit(&self, see: &mut See<'_, $T>) {
                see("", (1, 1), std::slice::from_ref(self));
            }

            fn visit_mut(&mut self, see: &mut dyn FnMut(&mut [$T])) {
                see(std::slice::from_mut(self));
            }
        }

        impl Tensors for Vec<$T> {
            type Scalar = $T;

            fn visit(&self, see: &mut See<'_, $T>) {
                see("", (self.len(), 1), self);
            }

            fn visit_mut(&mut self, see: &mut dyn FnMut(&mut [$T])) {
                see(self);
            }
        }
    };
}

plain!(f32);
plain!(f64);

impl<T: Float, R: Dim, C: Dim, S> Tensors for Matrix<T, R, C, S>
where
    S: RawStorage<T, R, C> + RawStorageMut<T, R, C> + IsContiguous + Clone,
{
    type Scalar = T;

    fn visit(&self, see: &mut See<'_, T>) {
        see("", self.shape(), self.as_slice());
    }

    fn visit_mut(&mut self, see: &mut dyn FnMut(&mut [T])) {
        see(self.as_mut_slice());
    }
}

/// Joins the name of a part to the name of what it is part of.
#[doc(hidden)]
pub fn join(outer: &str, inner: &str) -> String {
    match (outer.is_empty(), inner.is_empty()) {
        (_, true) => outer.to_owned(),
        (true, false) => inner.to_owned(),
        (false, false) => format!("{outer}.{inner}"),
    }
}

fn visit_all<'a, P: Tensors + 'a>(
    parts: impl Iterator<Item = &'a P>,
    see: &mut See<'_, P::Scalar>,
) {
    for (k, part) in parts.enumerate() {
        let outer = k.to_string();
        part.visit(&mut |inner, shape, data| see(&join(&outer, inner), shape, data));
    }
}

impl<T: Float, R: Dim, C: Dim, S> Tensors for Vec<Matrix<T, R, C, S>>
where
    S: RawStorage<T, R, C> + RawStorageMut<T, R, C> + IsContiguous + Clone,
{
    type Scalar = T;

    fn visit(&self, see: &mut See<'_, T>) {
        visit_all(self.iter(), see);
    }

    fn visit_mut(&mut self, see: &mut dyn FnMut(&mut [T])) {
        for part in self {
            part.visit_mut(see);
        }
    }
}

impl<P: Tensors, const N: usize> Tensors for [P; N] {
    type Scalar = P::Scalar;

    fn visit(&self, see: &mut See<'_, P::Scalar>) {
        visit_all(self.iter(), see);
    }

    fn visit_mut(&mut self, see: &mut dyn FnMut(&mut [P::Scalar])) {
        for part in self {
            part.visit_mut(see);
        }
    }
}

macro_rules! tuple {
    ($($P:ident $k:tt),+) => {
        impl<T: Float, $($P: Tensors<Scalar = T>),+> Tensors for ($($P,)+) {
            type Scalar = T;

            fn visit(&self, see: &mut See<'_, T>) {
                $(
                    let outer = stringify!($k);
                    self.$k.visit(&mut |inner, shape, data| {
                        see(&join(outer, inner), shape, data);
                    });
                )+
            }

            fn visit_mut(&mut self, see: &mut dyn FnMut(&mut [T])) {
                $(self.$k.visit_mut(see);)+
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

/// Makes a struct of your own checkable: its fields become named inputs.
///
/// ```
/// use gradproof::tensors;
/// use nalgebra::{DMatrix, RowDVector};
///
/// #[derive(Clone)]
/// struct Model {
///     w: DMatrix<f64>,
///     b: RowDVector<f64>,
/// }
///
/// tensors!(Model<f64> { w, b });
/// ```
#[macro_export]
macro_rules! tensors {
    ($Model:ident<$T:ty> { $($field:ident),+ $(,)? }) => {
        impl $crate::gradcheck::Tensors for $Model {
            type Scalar = $T;

            fn visit(&self, see: &mut $crate::gradcheck::See<'_, $T>) {
                $(
                    $crate::gradcheck::Tensors::visit(
                        &self.$field,
                        &mut |inner: &str, shape: (usize, usize), data: &[$T]| {
                            see(
                                &$crate::gradcheck::join(stringify!($field), inner),
                                shape,
                                data,
                            );
                        },
                    );
                )+
            }

            fn visit_mut(&mut self, see: &mut dyn FnMut(&mut [$T])) {
                $($crate::gradcheck::Tensors::visit_mut(&mut self.$field, see);)+
            }
        }
    };
}

/// Where the blocks of a collection lie in the flat vector of all its entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    pub(super) blocks: Vec<Block>,
}

/// One block of a [`Layout`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) name: String,
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) start: usize,
}

impl Block {
    pub(super) fn len(&self) -> usize {
        self.rows * self.cols
    }

    pub(super) fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.len()
    }
}

impl Layout {
    /// The blocks of a collection, unnamed ones by `fallback`.
    pub(super) fn of(tensors: &impl Tensors, fallback: &str) -> Self {
        let mut blocks = Vec::new();
        let mut start = 0;
        tensors.visit(&mut |name, (rows, cols), data| {
            let name = match name {
                "" => fallback.to_owned(),
                name if name.starts_with(|c: char| c.is_ascii_digit()) => {
                    format!("{fallback}.{name}")
                }
                name => name.to_owned(),
            };
            // A visitor that misstates its shape must not make us look in the wrong place.
            let fits = rows.checked_mul(cols) == Some(data.len());
            let (rows, cols) = if fits { (rows, cols) } else { (data.len(), 1) };
            blocks.push(Block { name, rows, cols, start });
            start += data.len();
        });
        Layout { blocks }
    }

    /// The layout of a plain vector.
    pub(super) fn vector(name: &str, len: usize) -> Self {
        Layout {
            blocks: vec![Block { name: name.to_owned(), rows: len, cols: 1, start: 0 }],
        }
    }

    /// The same vector under other names, where those fit a single block.
    pub(super) fn renamed(self, names: &[(String, usize, usize)]) -> Self {
        let total: usize =
            names.iter().map(|(_, rows, cols)| rows.saturating_mul(*cols)).sum();
        if names.is_empty() || self.blocks.len() != 1 || total != self.len() {
            return self;
        }
        let mut start = 0;
        let mut blocks = Vec::with_capacity(names.len());
        for (name, rows, cols) in names {
            blocks.push(Block { name: name.clone(), rows: *rows, cols: *cols, start });
            start += rows * cols;
        }
        Layout { blocks }
    }

    /// How many entries there are in all.
    pub(super) fn len(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.start + block.len())
    }

    /// The block that a flat index lies in, with row and column.
    pub(super) fn place(&self, index: usize) -> Option<(&Block, usize, usize)> {
        let after = self.blocks.partition_point(|block| block.start <= index);
        let block =
            self.blocks[..after].iter().rev().find(|b| b.range().contains(&index))?;
        let inside = index - block.start;
        Some((block, inside % block.rows, inside / block.rows))
    }
}

/// All entries in one vector.
pub(super) fn flatten<P: Tensors>(tensors: &P) -> Vec<f64> {
    let mut flat = Vec::new();
    tensors.visit(&mut |_, _, data| flat.extend(data.iter().map(|v| v.wide())));
    flat
}

/// Writes a flat vector back, rounding each entry to the collection's float.
pub(super) fn fill<P: Tensors>(tensors: &mut P, flat: &[f64]) {
    let mut rest = flat;
    tensors.visit_mut(&mut |data| {
        let (now, later) = rest.split_at(data.len().min(rest.len()));
        for (entry, value) in data.iter_mut().zip(now) {
            *entry = P::Scalar::round(*value);
        }
        rest = later;
    });
}
