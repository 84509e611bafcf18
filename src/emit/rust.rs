//! Rust on nalgebra's `DMatrix<f64>`.

use super::code::{Level, Speaker};
use super::{Function, Result};
use crate::function::Function as F;
use crate::notation::raise::Mat;

/// The path of a function of one `f64`; those that `std` lacks are written beside the code.
pub(super) fn scalar_function(f: F) -> &'static str {
    match f {
        F::Exp => "f64::exp",
        F::Log => "f64::ln",
        F::Sin => "f64::sin",
        F::Cos => "f64::cos",
        F::Tan => "f64::tan",
        F::Asin => "f64::asin",
        F::Acos => "f64::acos",
        F::Atan => "f64::atan",
        F::Sinh => "f64::sinh",
        F::Cosh => "f64::cosh",
        F::Tanh => "f64::tanh",
        F::Abs => "f64::abs",
        F::Sqrt => "f64::sqrt",
        F::NormalCdf => "normcdf",
        f => f.name(),
    }
}

const HELPERS: &[(&str, &str)] = &[
    (
        "softmax(",
        "/// Over the entries of a column, over the rows of a matrix.
fn softmax(z: &DMatrix<f64>) -> DMatrix<f64> {
    let mut out = z.clone();
    let over = |values: Vec<f64>| {
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let e: Vec<f64> = values.iter().map(|v| (v - most).exp()).collect();
        let total: f64 = e.iter().sum();
        e.into_iter().map(|v| v / total).collect::<Vec<f64>>()
    };
    if z.ncols() == 1 {
        return DMatrix::from_vec(z.nrows(), 1, over(z.iter().copied().collect()));
    }
    for r in 0..z.nrows() {
        let row = over(z.row(r).iter().copied().collect());
        row.into_iter().enumerate().for_each(|(c, v)| out[(r, c)] = v);
    }
    out
}
",
    ),
    (
        "diag(",
        "fn diag(v: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(v.nrows(), v.nrows(), |i, j| if i == j { v[(i, 0)] } else { 0.0 })
}
",
    ),
    (
        "diagonal(",
        "fn diagonal(a: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(a.nrows(), 1, |i, _| a[(i, i)])
}
",
    ),
    (
        "sigmoid",
        "fn sigmoid(z: f64) -> f64 {
    0.5 * (1.0 + (0.5 * z).tanh())
}
",
    ),
    (
        "softplus",
        "fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}
",
    ),
    (
        "silu",
        "fn silu(z: f64) -> f64 {
    z * 0.5 * (1.0 + (0.5 * z).tanh())
}
",
    ),
    (
        "relu",
        "fn relu(z: f64) -> f64 {
    z.max(0.0)
}
",
    ),
    (
        "elu",
        "fn elu(z: f64) -> f64 {
    if z > 0.0 { z } else { z.exp_m1() }
}
",
    ),
    (
        "sign",
        "fn sign(z: f64) -> f64 {
    if z > 0.0 { 1.0 } else if z < 0.0 { -1.0 } else { 0.0 }
}
",
    ),
    (
        "gelu",
        "fn gelu(z: f64) -> f64 {
    z * normcdf(z)
}
",
    ),
    (
        "normcdf",
        "fn normcdf(z: f64) -> f64 {
    0.5 * (1.0 + erf(z * std::f64::consts::FRAC_1_SQRT_2))
}
",
    ),
    (
        "erf",
        "/// By its series, for large arguments by a continued fraction.
fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a > 6.0 {
        return 1.0_f64.copysign(x);
    }
    let scale = std::f64::consts::FRAC_2_SQRT_PI * (-a * a).exp();
    if a < 2.5 {
        let (mut term, mut sum, mut n) = (a, a, 0.0);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= 2.0 * a * a / (2.0 * n + 1.0);
            sum += term;
        }
        return (scale * sum).copysign(x);
    }
    let tail = (1..=80).rev().fold(0.0, |f, k| f64::from(k) / 2.0 / (a + f));
    (1.0 - 0.5 * scale / (a + tail)).copysign(x)
}
",
    ),
];

pub(super) fn function(f: &Function, speaker: &Speaker<'_>) -> Result<String> {
    let mut body = String::new();
    let mut known: Vec<String> = Vec::new();
    let mut parameters = Vec::new();
    for a in &f.arguments {
        if a.shape == (None, None) {
            parameters.push(format!("{}: f64", a.name));
            continue;
        }
        parameters.push(format!("{}: &DMatrix<f64>", a.name));
        for (axis, n) in [("nrows", &a.shape.0), ("ncols", &a.shape.1)] {
            let n = n.as_ref().map_or_else(|| "1".to_string(), |n| speaker.names.size(n));
            let what = match (axis, n.as_str()) {
                ("nrows", "1") => "row",
                ("nrows", _) => "rows",
                (_, "1") => "column",
                _ => "columns",
            };
            if known.contains(&n) || n.chars().all(|c| c.is_ascii_digit()) {
                body.push_str(&format!(
                    "    if {0}.{axis}() != {n} {{\n        return Err(format!(\"{0} must have \
                     {n} {what}, not {{}}\", {0}.{axis}()));\n    }}\n",
                    a.name
                ));
            } else {
                body.push_str(&format!("    let {n} = {}.{axis}();\n", a.name));
                known.push(n);
            }
        }
    }
    let kind = |scalar: bool| if scalar { "f64" } else { "DMatrix<f64>" };
    let mut kinds = Vec::new();
    for step in &f.steps {
        let code = speaker.mat(&step.value)?;
        let scalar = step.shape == (None, None);
        let text = if step.value.is_scalar() && !scalar {
            let ones = speaker.mat(&Mat::Ones(step.shape))?;
            format!("{} * {}", code.at(Level::Power), ones.text)
        } else if scalar {
            code.text
        } else {
            format!("{}.clone_owned()", code.at(Level::Atom))
        };
        let last = matches!(step.name.as_str(), "value" | "derivative");
        if last {
            kinds.push(kind(scalar));
            body.push_str(&format!(
                "    let {}: {} = {text};\n",
                step.name,
                kind(scalar)
            ));
        } else if scalar {
            body.push_str(&format!("    let {}: f64 = {text};\n", step.name));
        } else {
            body.push_str(&format!("    let {} = &({text});\n", step.name));
        }
    }
    // A dimension that nothing asks for again is not named.
    for name in &known {
        let word = |c: char| !(c.is_alphanumeric() || c == '_');
        if body.split(word).filter(|w| w == name).count() == 1 {
            let line = format!("    let {name} = ");
            let kept = body.lines().filter(|l| !l.starts_with(&line));
            body = kept.map(|l| format!("{l}\n")).collect();
        }
    }
    let mut helpers = String::new();
    for (name, text) in HELPERS {
        if body.contains(name)
            || helpers.contains(&format!("* {name}("))
            || helpers.contains(&format!("+ {name}("))
        {
            helpers.push_str(&format!("\n{text}"));
        }
    }
    Ok(format!(
        "use nalgebra::DMatrix;\n\n/// {}\n///\n/// Returns the value and the derivative.\n///\n\
         /// # Errors\n/// When shapes do not fit or a matrix under an inverse is singular.\n\
         #[allow(non_snake_case)]\npub fn value_and_derivative(\n    {},\n) -> Result<({}), \
         String> {{\n{body}    Ok((value, derivative))\n}}\n{helpers}",
        f.about,
        parameters.join(",\n    "),
        kinds.join(", ")
    ))
}
