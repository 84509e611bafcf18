//! Python: NumPy, PyTorch and JAX.

use super::code::Speaker;
use super::{Function, Result, Target};
use crate::function::Function as F;

/// The function of that name in the target's library, or a helper written beside it.
pub(super) fn function_name(target: Target, f: F) -> String {
    let module = match target {
        Target::Torch => "torch",
        Target::Jax => "jnp",
        _ => "np",
    };
    let inverse = |name: &str| match target {
        Target::Torch => format!("torch.{name}"),
        _ => format!("{module}.{}", name.replacen('a', "arc", 1)),
    };
    match f {
        F::Asin => inverse("asin"),
        F::Acos => inverse("acos"),
        F::Atan => inverse("atan"),
        F::Sigmoid | F::Softplus | F::Silu | F::Relu | F::Elu | F::Gelu => {
            f.name().into()
        }
        F::Erf => "erf".into(),
        F::NormalCdf => "normcdf".into(),
        f => format!("{module}.{}", f.name()),
    }
}

/// Helpers with their text in each of the three libraries.
fn helper(target: Target, name: &str) -> Option<String> {
    let m = match target {
        Target::Torch => "torch",
        Target::Jax => "jnp",
        _ => "np",
    };
    let body = match (name, target) {
        ("softmax", Target::Torch) => "return torch.softmax(z, dim=-1)".into(),
        ("softmax", _) => format!(
            "e = {m}.exp(z - {m}.max(z, axis=-1, keepdims=True))\n    \
             return e / {m}.sum(e, axis=-1, keepdims=True)"
        ),
        ("sigmoid", _) => format!("return 0.5 * (1 + {m}.tanh(0.5 * z))"),
        ("softplus", Target::Torch) => {
            "return torch.logaddexp(z, torch.zeros_like(z))".into()
        }
        ("softplus", _) => format!("return {m}.logaddexp(z, 0.0)"),
        ("silu", _) => format!("return z * 0.5 * (1 + {m}.tanh(0.5 * z))"),
        ("relu", Target::Torch) => "return torch.clamp(z, min=0)".into(),
        ("relu", _) => format!("return {m}.maximum(z, 0.0)"),
        ("elu", Target::Torch) => {
            "return torch.where(z > 0, z, torch.expm1(torch.clamp(z, max=0)))".into()
        }
        ("elu", _) => {
            format!("return {m}.where(z > 0, z, {m}.expm1({m}.minimum(z, 0.0)))")
        }
        ("erf", Target::Torch) => "return torch.special.erf(z)".into(),
        ("erf", Target::Jax) => {
            "from jax.scipy.special import erf as of\n    return of(z)".into()
        }
        ("erf", _) => "return np.vectorize(math.erf, otypes=[float])(z)".into(),
        ("normcdf", _) => "return 0.5 * (1 + erf(z / math.sqrt(2)))".into(),
        ("gelu", _) => "return 0.5 * z * (1 + erf(z / math.sqrt(2)))".into(),
        _ => return None,
    };
    Some(format!("def {name}(z):\n    {body}\n"))
}

pub(super) fn function(f: &Function, speaker: &Speaker<'_>) -> Result<String> {
    let mut body = String::new();
    let mut known: Vec<String> = Vec::new();
    let names: Vec<&str> = f.arguments.iter().map(|a| a.name.as_str()).collect();
    for a in &f.arguments {
        let name = &a.name;
        body.push_str(&match speaker.target {
            Target::Torch => {
                format!("    {name} = torch.as_tensor({name}, dtype=torch.float64)\n")
            }
            Target::Jax => format!("    {name} = jnp.asarray({name}, dtype=float)\n"),
            _ => format!("    {name} = np.asarray({name}, dtype=float)\n"),
        });
    }
    for a in &f.arguments {
        let name = &a.name;
        let sizes: Vec<String> = [&a.shape.0, &a.shape.1]
            .into_iter()
            .flatten()
            .map(|n| speaker.names.size(n))
            .collect();
        let kind = ["a scalar", "a vector", "a matrix"][sizes.len()];
        body.push_str(&format!(
            "    if {name}.ndim != {}:\n        raise ValueError(f\"{name} must be {kind}, \
             not of shape {{tuple({name}.shape)}}\")\n",
            sizes.len()
        ));
        for (axis, n) in sizes.iter().enumerate() {
            let number = n.chars().all(|c| c.is_ascii_digit());
            if number || known.contains(n) {
                body.push_str(&format!(
                    "    if {name}.shape[{axis}] != {n}:\n        raise ValueError(f\"axis \
                     {axis} of {name} must be {n}{}, not {{{name}.shape[{axis}]}}\")\n",
                    if number { String::new() } else { format!(" = {{{n}}}") }
                ));
            } else {
                body.push_str(&format!("    {n} = {name}.shape[{axis}]\n"));
                known.push(n.clone());
            }
        }
    }
    for step in &f.steps {
        let code = speaker.mat(&step.value)?;
        let filled = step.value.is_scalar() && step.shape != (None, None);
        let text = if filled {
            let ones = speaker.mat(&crate::notation::raise::Mat::Ones(step.shape))?;
            format!("{} * {}", code.at(super::code::Level::Power), ones.text)
        } else {
            code.text
        };
        body.push_str(&format!("    {} = {text}\n", step.name));
    }
    body.push_str("    return value, derivative\n");
    let mut out = match speaker.target {
        Target::Torch => "import torch\n".to_string(),
        Target::Jax => "import jax.numpy as jnp\n".to_string(),
        _ => "import numpy as np\n".to_string(),
    };
    let mut helpers = Vec::new();
    for name in [
        "softmax", "sigmoid", "softplus", "silu", "relu", "elu", "gelu", "normcdf", "erf",
    ] {
        let called = body.contains(&format!("{name}("))
            || helpers.iter().any(|h: &String| h.contains(&format!("{name}(z /")));
        if called && let Some(text) = helper(speaker.target, name) {
            helpers.push(text);
        }
    }
    if body.contains("math.") || helpers.iter().any(|h| h.contains("math.")) {
        out.insert_str(0, "import math\n\n");
    }
    for text in helpers {
        out.push_str(&format!("\n\n{text}"));
    }
    out.push_str(&format!(
        "\n\ndef value_and_derivative({}):\n    \"\"\"{}\n\n    Returns the value and the \
         derivative.\n    \"\"\"\n{body}",
        names.join(", "),
        f.about.replace('\\', "\\\\").replace('"', "'")
    ));
    Ok(out)
}
