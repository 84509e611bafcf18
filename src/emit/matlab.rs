//! MATLAB and Octave.

use super::code::{Level, Speaker};
use super::{Function, Result};
use crate::function::Function as F;
use crate::notation::raise::Mat;

/// The function's name; those that the language lacks are written behind the code.
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
        "if size(z, 2) == 1\n        e = exp(z - max(z)); y = e / sum(e);\n    else\n        e = exp(z - max(z, [], 2)); y = e ./ sum(e, 2);\n    end",
    ),
    ("sigmoid", "y = 0.5 * (1 + tanh(0.5 * z));"),
    ("softplus", "y = max(z, 0) + log1p(exp(-abs(z)));"),
    ("silu", "y = z .* (0.5 * (1 + tanh(0.5 * z)));"),
    ("relu", "y = max(z, 0);"),
    ("elu", "y = max(z, 0) + expm1(min(z, 0));"),
    ("gelu", "y = 0.5 * z .* (1 + erf(z / sqrt(2)));"),
    ("Phi", "y = 0.5 * (1 + erf(z / sqrt(2)));"),
];

pub(super) fn function(f: &Function, speaker: &Speaker<'_>) -> Result<String> {
    let mut body = String::new();
    let mut known: Vec<String> = Vec::new();
    for a in &f.arguments {
        for (axis, n) in [(1, &a.shape.0), (2, &a.shape.1)] {
            let n = n.as_ref().map_or_else(|| "1".to_string(), |n| speaker.names.size(n));
            if known.contains(&n) || n.chars().all(|c| c.is_ascii_digit()) {
                body.push_str(&format!(
                    "    assert(size({0}, {axis}) == {n}, 'axis {axis} of {0} must be {n}');\n",
                    a.name
                ));
            } else {
                body.push_str(&format!("    {n} = size({}, {axis});\n", a.name));
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
        body.push_str(&format!("    {} = {text};\n", step.name));
    }
    let names: Vec<&str> = f.arguments.iter().map(|a| a.name.as_str()).collect();
    let mut out = format!(
        "function [value, derivative] = value_and_derivative({})\n% {}\n% Returns the value \
         and the derivative.\n{body}end\n",
        names.join(", "),
        f.about
    );
    for (name, text) in HELPERS {
        if body.contains(&format!("{name}(")) {
            out.push_str(&format!("\nfunction y = {name}(z)\n    {text}\nend\n"));
        }
    }
    Ok(out)
}
