//! Julia.

use super::code::{Level, Speaker};
use super::{Function, Result};
use crate::function::Function as F;
use crate::notation::raise::Mat;

/// The function's name; those that Julia lacks are written beside the code.
pub(super) fn function_name(f: F) -> &'static str {
    match f {
        F::Asin => "asin",
        F::Acos => "acos",
        F::Atan => "atan",
        f => f.name(),
    }
}

const HELPERS: &[(&str, &str)] = &[
    (
        "softmax",
        "softmax(z::AbstractVector) = (e = exp.(z .- maximum(z)); e ./ sum(e))\nsoftmax(z::AbstractMatrix) = (e = exp.(z .- maximum(z; dims=2)); e ./ sum(e; dims=2))\n",
    ),
    ("sigmoid", "sigmoid(z) = 0.5 * (1 + tanh(0.5 * z))\n"),
    ("softplus", "softplus(z) = max(z, 0) + log1p(exp(-abs(z)))\n"),
    ("silu", "silu(z) = z * 0.5 * (1 + tanh(0.5 * z))\n"),
    ("relu", "relu(z) = max(z, 0)\n"),
    ("elu", "elu(z) = z > 0 ? z : expm1(z)\n"),
    ("gelu", "gelu(z) = 0.5 * z * (1 + erf(z / sqrt(2)))\n"),
    ("Phi", "Phi(z) = 0.5 * (1 + erf(z / sqrt(2)))\n"),
];

pub(super) fn function(f: &Function, speaker: &Speaker<'_>) -> Result<String> {
    let mut body = String::new();
    let mut known: Vec<String> = Vec::new();
    let mut parameters = Vec::new();
    for a in &f.arguments {
        let kind = match &a.shape {
            (None, None) => "Real",
            (Some(_), None) => "AbstractVector",
            _ => "AbstractMatrix",
        };
        parameters.push(format!("{}::{kind}", a.name));
        let axes = [(1, &a.shape.0), (2, &a.shape.1)];
        if let (None, Some(_)) = &a.shape {
            body.push_str(&check(&a.name, 1, "1"));
        }
        for (axis, n) in axes {
            let Some(n) = n else { continue };
            let n = speaker.names.size(n);
            if known.contains(&n) || n.chars().all(|c| c.is_ascii_digit()) {
                body.push_str(&check(&a.name, axis, &n));
            } else {
                body.push_str(&format!("    {n} = size({}, {axis})\n", a.name));
                known.push(n);
            }
        }
    }
    for step in &f.steps {
        let code = speaker.mat(&step.value)?;
        let filled = step.value.is_scalar() && step.shape != (None, None);
        let text = if filled {
            let ones = speaker.mat(&Mat::Ones(step.shape))?;
            format!("{} * {}", code.at(Level::Power), ones.text)
        } else {
            code.text
        };
        body.push_str(&format!("    {} = {text}\n", step.name));
    }
    body.push_str("    return value, derivative\n");
    let mut out = "using LinearAlgebra\n".to_string();
    let used: Vec<_> = HELPERS
        .iter()
        .filter(|(name, _)| {
            body.contains(&format!("{name}(")) || body.contains(&format!("{name}.("))
        })
        .collect();
    if ["erf(", "erf.(", "gelu", "Phi"].iter().any(|name| body.contains(name)) {
        out.push_str("using SpecialFunctions: erf\n");
    }
    out.push('\n');
    for (_, text) in used {
        out.push_str(text);
    }
    out.push_str(&format!(
        "\n\"\"\"\n{}\n\nReturns the value and the derivative.\n\"\"\"\nfunction \
         value_and_derivative({})\n{body}end\n",
        f.about.replace('\\', "\\\\").replace('"', "'").replace('$', "\\$"),
        parameters.join(", ")
    ));
    Ok(out)
}

fn check(name: &str, axis: usize, n: &str) -> String {
    format!(
        "    size({name}, {axis}) == {n} || throw(DimensionMismatch(\"axis {axis} of {name} \
         must be {n}\"))\n"
    )
}
