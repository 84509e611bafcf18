//! Names for contents: equal names, equal contents.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Collects what a name depends on, piece by piece.
#[derive(Clone, Debug)]
pub(super) struct Contents(Sha256);

impl Contents {
    pub(super) fn new() -> Self {
        Contents(Sha256::new())
    }

    /// Adds a piece; its length goes in as well, so that pieces cannot run together.
    pub(super) fn add(&mut self, piece: &[u8]) {
        self.0.update((piece.len() as u64).to_le_bytes());
        self.0.update(piece);
    }

    /// The name, in hexadecimal digits.
    pub(super) fn name(self) -> String {
        hex(&self.0.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A short name for anything that can be written as JSON.
pub(super) fn short(value: &impl Serialize) -> String {
    let mut contents = Contents::new();
    contents.add(&serde_json::to_vec(value).unwrap_or_default());
    let mut name = contents.name();
    name.truncate(12);
    name
}
