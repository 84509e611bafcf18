//! Shaped expressions in a few words, for assumptions and messages.

use num_traits::{One, Signed};

use crate::shape::{Node, Shaped, Table, show_dim};

/// The expression in plain mathematical writing; long ones are cut short.
pub(super) fn shaped(table: &Table, e: &Shaped) -> String {
    let text = write(table, e, 0);
    if text.chars().count() > 60 {
        return "an expression in a denominator, root or logarithm".into();
    }
    text
}

fn write(table: &Table, e: &Shaped, level: u8) -> String {
    let bracket =
        |text: String, own: u8| if own < level { format!("({text})") } else { text };
    match &*e.node {
        Node::Number(v) => v.to_string(),
        Node::Pi => "π".into(),
        Node::Size(d) => show_dim(d, &table.dims),
        Node::IndexValue(v) => table.indices[v.0 as usize].0.clone(),
        Node::Symbol(id) => table.symbol(*id).name.clone(),
        Node::Add(parts) => {
            let mut text = String::new();
            for (k, part) in parts.iter().enumerate() {
                let term = write(table, part, 1);
                match term.strip_prefix('-') {
                    Some(rest) if k > 0 => text.push_str(&format!(" - {rest}")),
                    _ if k > 0 => text.push_str(&format!(" + {term}")),
                    _ => text.push_str(&term),
                }
            }
            bracket(text, 1)
        }
        Node::Times(parts)
            if matches!(&*parts[0].node, Node::Number(v) if (-v).is_one())
                && parts.len() == 2 =>
        {
            bracket(format!("-{}", write(table, &parts[1], 2)), 1)
        }
        Node::Times(parts) => bracket(
            parts.iter().map(|p| write(table, p, 2)).collect::<Vec<_>>().join("·"),
            2,
        ),
        Node::Power(a, b) => match &*b.node {
            Node::Number(v)
                if *v == num_rational::BigRational::new(1.into(), 2.into()) =>
            {
                format!("√({})", write(table, a, 0))
            }
            Node::Number(v) if v.is_negative() && (-v).is_one() => {
                bracket(format!("1/{}", write(table, a, 3)), 2)
            }
            _ => format!("{}^{}", write(table, a, 3), write(table, b, 3)),
        },
        Node::Apply(f, a) => format!("{}({})", f.name(), write(table, a, 0)),
        Node::Product(a, b) => match (&*a.node, &*b.node) {
            (Node::Fill(one), _) if is_one(one) => format!("Σ {}", write(table, b, 2)),
            (_, Node::Fill(one)) if is_one(one) => format!("Σ {}", write(table, a, 2)),
            _ => bracket(format!("{} {}", write(table, a, 2), write(table, b, 2)), 2),
        },
        Node::Regroup(a, groups) if *groups == [vec![1], vec![0]] => {
            format!("{}ᵀ", write(table, a, 3))
        }
        Node::Regroup(a, _) | Node::Fill(a) | Node::Abstract(_, a) => {
            write(table, a, level)
        }
        Node::Sum(v, a) => bracket(
            format!("Σ_{} {}", table.indices[v.0 as usize].0, write(table, a, 2)),
            2,
        ),
        Node::Pick(a, at) => {
            let letters: Vec<String> = at
                .iter()
                .map(|i| match i {
                    crate::shape::Index::Var(v) => table.indices[v.0 as usize].0.clone(),
                    crate::shape::Index::Fixed(n) => n.to_string(),
                    crate::shape::Index::Last => "n".into(),
                })
                .collect();
            format!("{}_{}", write(table, a, 3), letters.concat())
        }
        Node::Inverse(a) => format!("{}⁻¹", write(table, a, 3)),
        Node::Det(a) => format!("det({})", write(table, a, 0)),
        Node::Contract(a, ..) => format!("tr({})", write(table, a, 0)),
        Node::Identity => "I".into(),
        _ => "…".repeat(30),
    }
}

fn is_one(e: &Shaped) -> bool {
    matches!(&*e.node, Node::Number(v) if v.is_one())
}
