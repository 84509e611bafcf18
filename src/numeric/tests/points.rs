//! Drawn values have the properties they were drawn with.

use proptest::prelude::*;

use super::super::draw::{Source, draw};
use super::super::properties::holds;
use super::super::random::Random;
use crate::shape::{Dim, Properties};

fn properties() -> Vec<(&'static str, Properties)> {
    let none = Properties::default;
    vec![
        ("symmetric", Properties { symmetric: true, ..none() }),
        ("antisymmetric", Properties { antisymmetric: true, ..none() }),
        ("diagonal", Properties { diagonal: true, ..none() }),
        ("orthogonal", Properties { orthogonal: true, ..none() }),
        ("orthonormal columns", Properties { orthonormal: true, ..none() }),
        ("invertible", Properties { invertible: true, ..none() }),
        ("positive definite", Properties { positive_definite: true, ..none() }),
        ("positive determinant", Properties { positive_determinant: true, ..none() }),
        ("positive", Properties { positive: true, ..none() }),
        ("nonnegative", Properties { nonnegative: true, ..none() }),
        ("natural", Properties { natural: true, ..none() }),
        ("one-hot", Properties { one_hot: true, ..none() }),
        ("sums to one", Properties { sums_to_one: true, ..none() }),
        (
            "positive, sums to one",
            Properties { positive: true, sums_to_one: true, ..none() },
        ),
        (
            "symmetric invertible",
            Properties { symmetric: true, invertible: true, ..none() },
        ),
        ("positive diagonal", Properties { positive: false, diagonal: true, ..none() }),
        (
            "diagonal positive definite",
            Properties { diagonal: true, positive_definite: true, ..none() },
        ),
        (
            "rotation",
            Properties { orthogonal: true, positive_determinant: true, ..none() },
        ),
        (
            "symmetric orthogonal",
            Properties { orthogonal: true, symmetric: true, ..none() },
        ),
    ]
}

proptest! {
    #[test]
    fn drawn_values_have_their_properties(seed: u64, n in 1..5_usize) {
        let axes = [Dim::named(0), Dim::named(0)];
        for (name, properties) in properties() {
            for source in [
                Source::GENERAL,
                Source::POSITIVE,
                Source::UNIT,
                Source::SMALL_SIGNED,
                Source::Small(1),
                Source::Small(3),
                Source::Ones,
            ] {
                let drawn =
                    draw(&properties, &axes, &[n, n], source, &mut Random::new(seed));
                match drawn {
                    Some(values) => prop_assert!(
                        holds(&properties, &axes, &values),
                        "{name} from {source:?}: {values:?}"
                    ),
                    // Few integers, or none, may do; wide sources always find some.
                    None => prop_assert!(
                        !matches!(source, Source::Wide { .. }),
                        "{name} {n}: none found"
                    ),
                }
            }
        }
    }

    #[test]
    fn columns_and_rows_are_one_row(seed: u64, n in 1..6_usize) {
        let hot = Properties { one_hot: true, ..Properties::default() };
        let shapes = [
            (vec![Dim::named(0), Dim::unit()], vec![n, 1]),
            (vec![Dim::unit(), Dim::named(0)], vec![1, n]),
        ];
        for (axes, sizes) in shapes {
            let values = draw(&hot, &axes, &sizes, Source::GENERAL, &mut Random::new(seed))
                .expect("a one-hot vector");
            let ones = values.entries.iter().filter(|x| **x == 1.into()).count();
            prop_assert_eq!(ones, 1);
            prop_assert!(holds(&hot, &axes, &values));
        }
    }
}

#[test]
fn an_odd_antisymmetric_matrix_has_no_inverse() {
    let p = Properties { antisymmetric: true, invertible: true, ..Properties::default() };
    let axes = [Dim::named(0), Dim::named(0)];
    let mut random = Random::new(1);
    assert_eq!(draw(&p, &axes, &[3, 3], Source::GENERAL, &mut random), None);
    assert!(draw(&p, &axes, &[2, 2], Source::GENERAL, &mut random).is_some());
}
