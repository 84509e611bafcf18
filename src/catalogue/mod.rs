//! The verified formulas in one table: statement, derivation, kernel, and the live result of the
//! proof and of the numeric check.
//!
//! Nothing here is a stored verdict: [`Formula::prove`] runs the prover each time.

mod latex;
mod table;

use crate::kernels::Kernel;
use crate::language::ast::{Expr, Given, Kind, Times};
use crate::language::{parse_claim, parse_givens, print};
use crate::proof::{KernelProof, Options, Verdict, check, prove_kernel};
use crate::shape::Givens;

/// One verified formula.
#[derive(Clone, Copy, Debug)]
pub struct Formula {
    /// Its name, in kebab case; several formulas of one derivation share a stem.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What is given, separated by semicolons.
    pub given: &'static str,
    /// The statement, in plain spelling.
    pub claim: &'static str,
    /// The name of the derivation, a file in `derivations/`.
    pub derivation: &'static str,
    /// The shipped kernel that computes it.
    pub kernel: Option<Kernel>,
}

/// Every formula, in the order of the course and beyond.
pub fn formulas() -> &'static [Formula] {
    table::FORMULAS
}

/// The formulas of a name: the one so called, or all whose derivation is so called.
pub fn named(name: &str) -> Vec<&'static Formula> {
    let name = name.strip_suffix(".md").unwrap_or(name).replace('_', "-");
    let exact: Vec<&Formula> = formulas().iter().filter(|f| f.name == name).collect();
    if !exact.is_empty() {
        return exact;
    }
    formulas().iter().filter(|f| f.derivation == name).collect()
}

impl Formula {
    /// The givens and the two sides.
    ///
    /// # Errors
    /// What is wrong with the entry of the table; a test makes sure that nothing is.
    pub fn read(&self) -> Result<(Givens, Expr, Expr), String> {
        let mut givens = Givens::new();
        let parsed: Vec<Given> =
            parse_givens(self.given, &givens).map_err(|d| d.message)?;
        for given in &parsed {
            givens.add(given).map_err(|e| e.message)?;
        }
        let (mut chain, notes) = parse_claim(self.claim, &givens);
        match (chain.sides.pop().flatten(), chain.sides.pop().flatten()) {
            (Some(right), Some(left)) => Ok((givens, left, right)),
            _ => Err(format!("not a relation: {notes:?}")),
        }
    }

    /// The prover's verdict, computed now.
    ///
    /// # Errors
    /// As [`Formula::read`].
    pub fn prove(&self) -> Result<Verdict, String> {
        let (givens, left, right) = self.read()?;
        Ok(check(&givens, self.claim, &left, &right, &Options::default()))
    }

    /// The statement in LaTeX.
    ///
    /// # Errors
    /// As [`Formula::read`].
    pub fn latex(&self) -> Result<String, String> {
        let (_, mut left, mut right) = self.read()?;
        set_side_by_side(&mut left);
        set_side_by_side(&mut right);
        Ok(format!("{} = {}", print::latex(&left), print::latex(&right)))
    }

    /// The statement as people write it in a terminal.
    ///
    /// # Errors
    /// As [`Formula::read`].
    pub fn unicode(&self) -> Result<String, String> {
        let (_, left, right) = self.read()?;
        Ok(format!("{} = {}", print::unicode(&left), print::unicode(&right)))
    }

    /// Whether the shipped kernel's own code, run on symbols, is proved; computed now.
    pub fn prove_kernel(&self) -> Option<KernelProof> {
        self.kernel.map(prove_kernel)
    }

    /// The whole derivation, in LaTeX for any article with `amsmath`.
    pub fn derivation_latex(&self) -> String {
        latex::latex(self.derivation_text())
    }

    /// The whole derivation, in Markdown.
    pub fn derivation_text(&self) -> &'static str {
        table::DERIVATIONS
            .iter()
            .find(|(name, _)| *name == self.derivation)
            .map_or("", |(_, text)| text)
    }
}

/// Products with a star as LaTeX writes them: side by side.
fn set_side_by_side(expr: &mut Expr) {
    if let Kind::Product(_, how @ Times::Star, right) = &mut expr.kind {
        let number = matches!(right.kind, Kind::Number(_));
        *how = if number { Times::Cdot } else { Times::Juxtaposed };
    }
    expr.for_each_child_mut(&mut set_side_by_side);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::Status;

    #[test]
    fn every_formula_is_proved_and_has_its_derivation() {
        for formula in formulas() {
            let verdict =
                formula.prove().unwrap_or_else(|e| panic!("{}: {e}", formula.name));
            assert_eq!(
                verdict.status,
                Status::Proved,
                "{}: {}",
                formula.name,
                verdict.message
            );
            assert!(!formula.derivation_text().is_empty(), "{}", formula.name);
        }
    }

    #[test]
    fn every_kernel_stands_behind_a_formula_with_its_derivation() {
        for kernel in Kernel::ALL {
            let file = kernel.derivation();
            let stem = file
                .trim_start_matches("derivations/")
                .trim_end_matches(".md")
                .to_string();
            assert!(
                table::DERIVATIONS.iter().any(|(name, _)| *name == stem),
                "{} names {file}, which does not exist",
                kernel.name()
            );
        }
    }
}
