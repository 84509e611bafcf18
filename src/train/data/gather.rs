//! From stored examples to the numbers of a batch: `x ↦ scale·x + shift`, feature by feature.
//!
//! Means and deviations are those of the *training* examples; validation and test use the same.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Dataset, Values};
use crate::kernels::{Wide, dispatch};
use crate::train::{Error, Number};

/// What is brought to mean 0 and deviation 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalise {
    /// Nothing: pixels from 0 to 1, numbers as they are.
    None,
    /// Each colour channel as a whole (features that form no image: all together).
    #[default]
    Channel,
    /// Each feature by itself.
    Feature,
}

/// One factor and one offset for each feature: `x ↦ factor·x + offset`, where a pixel x is between
/// 0 and 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalisation<T> {
    factor: Vec<f64>,
    offset: Vec<f64>,
    /// The same for the stored values: bytes from 0 to white.
    scale: Vec<T>,
    shift: Vec<T>,
}

/// Count, mean and sum of squared deviations; merged by Chan's formula.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn merge(self, other: Moments) -> Moments {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let delta = other.mean - self.mean;
        Moments {
            count,
            mean: self.mean + delta * other.count / count,
            squares: self.squares
                + other.squares
                + delta * delta * self.count * other.count / count,
        }
    }
}

/// The moments of every feature over the given examples.
fn moments(data: &Dataset, rows: &[u32]) -> Vec<Moments> {
    let d = data.features();
    let count = rows.len() as f64;
    if let Values::Bytes { pixels, white } = data.values() {
        // Exact sums of bytes, in integers.
        let (mut sums, mut squares) = (vec![0u64; d], vec![0u64; d]);
        for &row in rows {
            let pixels = &pixels[row as usize * d..][..d];
            for ((sum, square), &pixel) in sums.iter_mut().zip(&mut squares).zip(pixels) {
                *sum += u64::from(pixel);
                *square += u64::from(pixel) * u64::from(pixel);
            }
        }
        let white = f64::from(*white);
        return sums
            .iter()
            .zip(&squares)
            .map(|(&sum, &square)| {
                let mean = sum as f64 / count;
                Moments {
                    count,
                    mean: mean / white,
                    squares: (square as f64 - sum as f64 * mean).max(0.0)
                        / (white * white),
                }
            })
            .collect();
    }
    let mut moments = vec![Moments::default(); d];
    for &row in rows {
        for (j, moment) in moments.iter_mut().enumerate() {
            // Welford's update.
            moment.count += 1.0;
            let delta = data.at(row as usize, j) - moment.mean;
            moment.mean += delta / moment.count;
            moment.squares += delta * (data.at(row as usize, j) - moment.mean);
        }
    }
    moments
}

impl<T: Number> Normalisation<T> {
    /// Measures the given examples.
    pub fn fit(data: &Dataset, rows: &[u32], kind: Normalise) -> Self {
        let d = data.features();
        let group = match kind {
            Normalise::None => return Self::of(data, vec![1.0; d], vec![0.0; d]),
            Normalise::Channel => {
                data.image().map_or(d, |image| image.height * image.width)
            }
            Normalise::Feature => 1,
        };
        let moments = moments(data, rows);
        let (mut factors, mut offsets) = (Vec::with_capacity(d), Vec::with_capacity(d));
        for group in moments.chunks(group) {
            let all = group.iter().fold(Moments::default(), |all, &one| all.merge(one));
            let deviation = (all.squares / all.count).sqrt();
            // A feature that never varies is only shifted to 0.
            let varies = deviation > 1e-8 * (1.0 + all.mean.abs());
            let factor = if varies { 1.0 / deviation } else { 1.0 };
            factors.extend(group.iter().map(|_| factor));
            offsets.extend(group.iter().map(|_| -all.mean * factor));
        }
        Self::of(data, factors, offsets)
    }

    /// A normalisation from its numbers, as saved beside the weights, for the values of `data`.
    ///
    /// # Errors
    /// There is not one factor and one offset for each feature.
    pub fn new(
        data: &Dataset,
        factor: Vec<f64>,
        offset: Vec<f64>,
    ) -> Result<Self, Error> {
        if factor.len() != data.features() || offset.len() != data.features() {
            return Err(Error::new(
                "model",
                format!(
                    "it takes {} features, the data have {}",
                    factor.len(),
                    data.features()
                ),
            ));
        }
        Ok(Self::of(data, factor, offset))
    }

    fn of(data: &Dataset, factor: Vec<f64>, offset: Vec<f64>) -> Self {
        // What is stored is multiplied by this to become a number.
        let unit = match data.values() {
            Values::Bytes { white, .. } => 1.0 / f64::from(*white),
            _ => 1.0,
        };
        let scale = factor.iter().map(|&factor| T::from_f64(factor * unit)).collect();
        let shift = offset.iter().map(|&offset| T::from_f64(offset)).collect();
        Normalisation { factor, offset, scale, shift }
    }

    /// The factor of each feature.
    pub fn factor(&self) -> &[f64] {
        &self.factor
    }

    /// The offset of each feature.
    pub fn offset(&self) -> &[f64] {
        &self.offset
    }

    /// Writes example `row` into `out`, normalised. Where `mirror` is set, images are mirrored left
    /// to right.
    pub fn fill(&self, data: &Dataset, row: usize, mirror: bool, out: &mut [T]) {
        self.fill_part(data, row, mirror, 0, out);
    }

    /// Writes the features of example `row` from `from` on, as many as `out` has room for; the rest
    /// as for [`Normalisation::fill`].
    pub fn fill_part(
        &self,
        data: &Dataset,
        row: usize,
        mirror: bool,
        from: usize,
        out: &mut [T],
    ) {
        let Some(width) = data.image().filter(|_| mirror).map(|image| image.width) else {
            return self.stored(data, row, from, out);
        };
        let (mut at, mut rest) = (from, out);
        while !rest.is_empty() {
            let column = at % width;
            // Whole rows together; of a row that is cut, what there is of it.
            let count = match rest.len() / width {
                whole if column == 0 && whole > 0 => whole * width,
                _ => rest.len().min(width - column),
            };
            let (part, after) = rest.split_at_mut(count);
            let row_length = count.min(width);
            let source = at - column + (width - column - row_length);
            // The scale is equal along an image's row only where channels are normalised as a
            // whole; so the mirror image is taken of the numbers, after normalising.
            self.stored(data, row, source, part);
            part.chunks_exact_mut(row_length).for_each(<[T]>::reverse);
            (at, rest) = (at + count, after);
        }
    }

    /// Features of an example as they are stored, normalised.
    fn stored(&self, data: &Dataset, row: usize, from: usize, out: &mut [T]) {
        let features = from..from + out.len();
        let start = row * data.features();
        let range = start + features.start..start + features.end;
        match data.values() {
            Values::Bytes { pixels, .. } => {
                self.affine(&pixels[range], features, out, T::from_byte);
            }
            Values::Singles(values) => {
                let number = |x| T::from_f64(f64::from(x));
                self.affine(&values[range], features, out, number);
            }
            Values::Doubles(values) => {
                self.affine(&values[range], features, out, T::from_f64);
            }
        }
    }

    fn affine<S: Copy>(
        &self,
        from: &[S],
        features: Range<usize>,
        out: &mut [T],
        number: impl Fn(S) -> T,
    ) {
        let (scale, shift) = (&self.scale[features.clone()], &self.shift[features]);
        dispatch(Affine { from, out, scale, shift, number });
    }
}

/// `out ← scale·number(from) + shift`, entry by entry; every example of every batch goes through it.
struct Affine<'a, S, T, F> {
    from: &'a [S],
    out: &'a mut [T],
    scale: &'a [T],
    shift: &'a [T],
    number: F,
}

impl<S: Copy, T: Number, F: Fn(S) -> T> Wide for Affine<'_, S, T, F> {
    type Output = ();

    // Never fused, so that the numbers are the same on every machine.
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let parameters = self.scale.iter().zip(self.shift);
        for ((x, &from), (&scale, &shift)) in
            self.out.iter_mut().zip(self.from).zip(parameters)
        {
            *x = (self.number)(from) * scale + shift;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ImageShape;
    use super::*;
    use proptest::prelude::*;

    fn image_set(pixels: Vec<u8>) -> Dataset {
        let shape = ImageShape { channels: 3, height: 2, width: 2 };
        let count = pixels.len() / 12;
        let values = Values::Bytes { pixels, white: 255 };
        let classes = vec!["a".into(), "b".into()];
        Dataset::new(values, 12, vec![0; count], classes, Some(shape)).unwrap()
    }

    fn filled(norm: &Normalisation<f64>, data: &Dataset, rows: &[u32]) -> Vec<Vec<f64>> {
        rows.iter()
            .map(|&row| {
                let mut out = vec![0.0; data.features()];
                norm.fill(data, row as usize, false, &mut out);
                out
            })
            .collect()
    }

    proptest! {
        #[test]
        fn channels_come_out_with_mean_zero_and_deviation_one(
            pixels in proptest::collection::vec(any::<u8>(), 60..=60)
        ) {
            let data = image_set(pixels);
            let rows = [0, 2, 3];
            let norm = Normalisation::fit(&data, &rows, Normalise::Channel);
            let out = filled(&norm, &data, &rows);
            for channel in 0..3 {
                let all: Vec<f64> = out.iter().flat_map(|x| x[4 * channel..4 * channel + 4].to_vec()).collect();
                let mean = all.iter().sum::<f64>() / 12.0;
                let square = all.iter().map(|x| x * x).sum::<f64>() / 12.0;
                prop_assert!(mean.abs() < 1e-9);
                prop_assert!((square - 1.0).abs() < 1e-9 || square < 1e-9);
            }
        }

        #[test]
        fn stored_doubles_and_bytes_agree(pixels in proptest::collection::vec(any::<u8>(), 36..=36)) {
            let bytes = image_set(pixels.clone());
            let doubles = Dataset::new(
                Values::Doubles(pixels.iter().map(|&p| f64::from(p) / 255.0).collect()),
                12, vec![0; 3], bytes.classes().to_vec(), bytes.image(),
            ).unwrap();
            for kind in [Normalise::None, Normalise::Channel, Normalise::Feature] {
                let rows = [0, 1, 2];
                let a = filled(&Normalisation::fit(&bytes, &rows, kind), &bytes, &rows);
                let b = filled(&Normalisation::fit(&doubles, &rows, kind), &doubles, &rows);
                for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
                    prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{a} {b}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn parts_of_an_example_are_those_of_the_whole(
            pixels in proptest::collection::vec(any::<u8>(), 60..=60),
            mirror in any::<bool>(),
            from in 0usize..=30,
            count in 0usize..=30,
        ) {
            let shape = ImageShape { channels: 3, height: 2, width: 5 };
            let classes = vec!["a".into(), "b".into()];
            let values = Values::Bytes { pixels, white: 255 };
            let data = Dataset::new(values, 30, vec![0; 2], classes, Some(shape)).unwrap();
            let norm = Normalisation::<f64>::fit(&data, &[0, 1], Normalise::Feature);
            let mut whole = vec![0.0; 30];
            norm.fill(&data, 1, false, &mut whole);
            if mirror {
                whole.chunks_exact_mut(5).for_each(<[f64]>::reverse);
            }
            let to = (from + count).min(30);
            let mut part = vec![0.0; to - from];
            norm.fill_part(&data, 1, mirror, from, &mut part);
            prop_assert_eq!(&part[..], &whole[from..to]);
        }
    }

    #[test]
    fn a_mirrored_image_is_reversed_row_by_row() {
        let data = image_set((0..12).collect());
        let norm = Normalisation::<f64>::fit(&data, &[0], Normalise::None);
        let mut out = vec![0.0; 12];
        norm.fill(&data, 0, true, &mut out);
        let pixels: Vec<f64> = out.iter().map(|x| (x * 255.0).round()).collect();
        assert_eq!(pixels, [1., 0., 3., 2., 5., 4., 7., 6., 9., 8., 11., 10.]);
    }
}
