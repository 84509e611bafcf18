//! The slips that people make in activations.

use super::super::super::subject::Subject;
use super::super::Quantity;
use super::Slip;

/// The slips in one quantity, the likeliest first.
pub(super) fn of(quantity: Quantity) -> Vec<Slip> {
    use Quantity::{InputGradient, Output};
    match quantity {
        Output => vec![
            ("cases swapped", "the two cases of the activation are swapped", |s| {
                let value = |x: f64| match (s.subject, x > 0.0) {
                    (Subject::Relu, positive) => Some(if positive { 0.0 } else { x }),
                    (Subject::LeakyRelu(slope), true) => Some(slope * x),
                    (Subject::Elu(alpha), true) => Some(alpha * x.exp_m1()),
                    (Subject::LeakyRelu(_) | Subject::Elu(_), false) => Some(x),
                    _ => None,
                };
                value(0.0)?;
                Some(s.case.x.map(|x| value(x).unwrap_or(0.0)))
            }),
            (
                "missing factor",
                "this is the mask X > 0 alone, without the factor X",
                |s| Some(s.case.x.map(|x| f64::from(u8::from(x > 0.0)))),
            ),
            ("missing term", "below zero this is α eˣ: the −1 is missing", |s| {
                let Subject::Elu(alpha) = s.subject else { return None };
                Some(s.case.x.map(|x| if x > 0.0 { x } else { alpha * x.exp() }))
            }),
            (
                "brackets",
                "below zero this is α eˣ − 1 instead of α (eˣ − 1)",
                |s| {
                    let Subject::Elu(alpha) = s.subject else { return None };
                    Some(
                        s.case.x.map(|x| if x > 0.0 { x } else { alpha * x.exp() - 1.0 }),
                    )
                },
            ),
            ("missing factor", "below zero the factor α is missing", |s| {
                let Subject::Elu(_) = s.subject else { return None };
                Some(s.case.x.map(|x| if x > 0.0 { x } else { x.exp_m1() }))
            }),
            ("sign", "the exponent has the wrong sign: this is 1/(1 + eˣ)", |s| {
                (s.subject == Subject::Sigmoid)
                    .then(|| s.case.x.map(|x| 1.0 / (1.0 + x.exp())))
            }),
            ("missing function", "the input is passed on unchanged", |s| {
                Some(s.case.x.clone())
            }),
        ],
        InputGradient => vec![
            (
                "cases swapped",
                "the two cases of the activation's slope are swapped",
                |s| {
                    let slope = |x: f64| match (s.subject, x > 0.0) {
                        (Subject::Relu, positive) => Some(f64::from(u8::from(!positive))),
                        (Subject::LeakyRelu(slope), true) => Some(slope),
                        (Subject::Elu(alpha), true) => Some(alpha * x.exp()),
                        (Subject::LeakyRelu(_) | Subject::Elu(_), false) => Some(1.0),
                        _ => None,
                    };
                    slope(0.0)?;
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * slope(x).unwrap_or(0.0)))
                },
            ),
            (
                "missing derivative",
                "below zero this is ∂L/∂Y ∘ α(eˣ − 1): the value of the function instead of its \
                 slope α eˣ",
                |s| {
                    let Subject::Elu(alpha) = s.subject else { return None };
                    let slope = |x: f64| if x > 0.0 { 1.0 } else { alpha * x.exp_m1() };
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * slope(x)))
                },
            ),
            (
                "wrong factor",
                "below zero this is ∂L/∂Y ∘ (h(X) + 1): the slope α eˣ is h(X) + α",
                |s| {
                    let Subject::Elu(alpha) = s.subject else { return None };
                    let slope =
                        |x: f64| if x > 0.0 { 1.0 } else { alpha * x.exp_m1() + 1.0 };
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * slope(x)))
                },
            ),
            (
                "cases overlap",
                "above zero the slope of the negative side is added to 1",
                |s| {
                    let Subject::Elu(alpha) = s.subject else { return None };
                    let slope =
                        |x: f64| f64::from(u8::from(x > 0.0)) + alpha * x.min(0.0).exp();
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * slope(x)))
                },
            ),
            (
                "cases swapped",
                "the slope α eˣ of the negative side is used on both sides",
                |s| {
                    let Subject::Elu(alpha) = s.subject else { return None };
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * alpha * x.exp()))
                },
            ),
            (
                "missing factor",
                "below zero the factor α is missing: the slope there is α eˣ, not eˣ",
                |s| {
                    let Subject::Elu(_) = s.subject else { return None };
                    let slope = |x: f64| if x > 0.0 { 1.0 } else { x.exp() };
                    Some(s.case.x.zip(&s.case.dy, |x, dy| dy * slope(x)))
                },
            ),
            (
                "missing term",
                "below zero the gradient is zero, as if this were ReLU",
                |s| {
                    matches!(s.subject, Subject::Elu(_) | Subject::LeakyRelu(_)).then(
                        || {
                            s.case
                                .x
                                .zip(&s.case.dy, |x, dy| if x > 0.0 { dy } else { 0.0 })
                        },
                    )
                },
            ),
            ("wrong argument", "the mask is taken of ∂L/∂Y instead of X", |s| {
                (s.subject == Subject::Relu)
                    .then(|| s.case.dy.map(|dy| if dy > 0.0 { dy } else { 0.0 }))
            }),
            ("wrong power", "the slope of tanh is 1 − Y², not 1 − Y", |s| {
                (s.subject == Subject::Tanh)
                    .then(|| s.truth.y.zip(&s.case.dy, |y, dy| dy * (1.0 - y)))
            }),
            ("wrong argument", "1 − X² stands for 1 − tanh²(X)", |s| {
                (s.subject == Subject::Tanh)
                    .then(|| s.case.x.zip(&s.case.dy, |x, dy| dy * (1.0 - x * x)))
            }),
            ("sign", "a sign in the slope is wrong: 1 + Y stands for 1 − Y", |s| match s
                .subject
            {
                Subject::Sigmoid => {
                    Some(s.truth.y.zip(&s.case.dy, |y, dy| dy * y * (1.0 + y)))
                }
                Subject::Tanh => {
                    Some(s.truth.y.zip(&s.case.dy, |y, dy| dy * (1.0 + y * y)))
                }
                _ => None,
            }),
            (
                "wrong argument",
                "σ(1 − σ) is taken at X itself: this is ∂L/∂Y ∘ X(1 − X)",
                |s| {
                    (s.subject == Subject::Sigmoid)
                        .then(|| s.case.x.zip(&s.case.dy, |x, dy| dy * x * (1.0 - x)))
                },
            ),
            (
                "missing factor",
                "the slope h′(X) is missing: ∂L/∂Y is passed on unchanged",
                |s| Some(s.case.dy.clone()),
            ),
            ("missing factor", "∂L/∂Y is missing: this is h′(X) alone", |s| {
                Some(s.truth.dx.zip(&s.case.dy, |dx, dy| dx / dy))
            }),
            (
                "missing derivative",
                "this is ∂L/∂Y ∘ h(X) instead of ∂L/∂Y ∘ h′(X)",
                |s| Some(s.truth.y.zip(&s.case.dy, |y, dy| y * dy)),
            ),
            (
                "missing derivative",
                "this is ∂L/∂Y ∘ X instead of ∂L/∂Y ∘ h′(X)",
                |s| Some(s.case.x.zip(&s.case.dy, |x, dy| x * dy)),
            ),
        ],
        _ => Vec::new(),
    }
}
