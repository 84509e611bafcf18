//! Which examples are learnt from, which choose the model, which judge it.

use std::sync::Arc;

use super::{Corpus, Dataset};
use crate::train::Error;
use crate::train::random::{Purpose, Stream};

/// Some examples of a set.
#[derive(Clone, Debug)]
pub struct Part {
    /// The set.
    pub data: Arc<Dataset>,
    /// The examples' places in it.
    pub rows: Vec<u32>,
}

impl Part {
    /// How many examples there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The three parts; none is empty.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Learnt from.
    pub train: Part,
    /// Watched while learning.
    pub validation: Part,
    /// Seen once, at the end.
    pub test: Part,
}

/// Splits a corpus at random: `validation` of the training examples are kept back for validation,
/// and `test` of them for the test where the corpus has no test set of its own. Both are fractions
/// below 1, or counts from 1 on.
///
/// # Errors
/// Nothing would be left to learn from, or a part would be empty.
pub fn split(
    corpus: Corpus,
    validation: f64,
    test: f64,
    seed: u64,
) -> Result<Parts, Error> {
    let total = corpus.train.len();
    let count = |key: &str, amount: f64| -> Result<usize, Error> {
        if !amount.is_finite() || amount <= 0.0 || (amount > 1.0 && amount.fract() != 0.0)
        {
            return Err(Error::new(
                key,
                format!("{amount} is neither a fraction nor a count"),
            )
            .help("give a number between 0 and 1, or a whole number of examples"));
        }
        let wanted = if amount < 1.0 { (amount * total as f64).round() } else { amount };
        Ok((wanted as usize).max(1))
    };
    let held_out = count("validation", validation)?;
    let tested = if corpus.test.is_some() { 0 } else { count("test", test)? };
    if held_out.saturating_add(tested) >= total {
        return Err(Error::new(
            "validation",
            format!(
                "{held_out} examples for validation and {tested} for the test leave none of the \
                 {total} to learn from"
            ),
        )
        .help("choose smaller parts"));
    }
    let mut rows: Vec<u32> = (0..total as u32).collect();
    Stream::new(seed, Purpose::Split, 0).shuffle(&mut rows);
    let mut test_rows = rows.split_off(total - tested);
    let validation_rows = rows.split_off(total - tested - held_out);
    let train = Arc::new(corpus.train);
    let test_data = match corpus.test {
        Some(test) => {
            test_rows = (0..test.len() as u32).collect();
            Arc::new(test)
        }
        None => Arc::clone(&train),
    };
    Ok(Parts {
        validation: Part { data: Arc::clone(&train), rows: validation_rows },
        test: Part { data: test_data, rows: test_rows },
        train: Part { data: train, rows },
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Source, open};
    use super::*;

    #[test]
    fn the_parts_cover_the_set_without_overlap() {
        let parts = split(open(&Source::Digits).unwrap(), 300.0, 0.2, 1).unwrap();
        assert_eq!((parts.validation.len(), parts.test.len()), (300, 359));
        let mut all: Vec<u32> = [&parts.train, &parts.validation, &parts.test]
            .iter()
            .flat_map(|part| part.rows.clone())
            .collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..1797));
        let other = split(open(&Source::Digits).unwrap(), 300.0, 0.2, 2).unwrap();
        assert_ne!(parts.train.rows, other.train.rows);
    }

    #[test]
    fn parts_that_leave_nothing_are_refused() {
        for (validation, test) in [
            (0.5, 0.5),
            (1796.0, 1.0),
            (0.0, 0.1),
            (f64::NAN, 0.1),
            (1.5, 0.1),
            (1e30, 0.1),
        ] {
            assert!(split(open(&Source::Digits).unwrap(), validation, test, 1).is_err());
        }
    }
}
