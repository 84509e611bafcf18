//! Counts.

use crate::document::checked::{Checked, Origin};
use crate::proof::Status;

/// How many relations got which verdict, and how much of the document was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Proved.
    pub proved: usize,
    /// Agreeing at samples.
    pub agrees: usize,
    /// Slips of notation.
    pub slip: usize,
    /// Refuted.
    pub refuted: usize,
    /// Ill-formed.
    pub ill_formed: usize,
    /// Relations that were skipped.
    pub skipped: usize,
    /// Formulas, or parts of them, that could not be read at all.
    pub unread: usize,
    /// Relations of which a side could not be read; they are among the skipped ones.
    pub unreadable: usize,
    /// Sides of relations, those of definitions among them.
    pub sides: usize,
    /// Sides that could not be read.
    pub unread_sides: usize,
}

impl Tally {
    /// Counts a document.
    pub fn of(checked: &Checked) -> Self {
        let mut tally = Tally::default();
        for judged in &checked.relations {
            tally.count(judged.verdict.status);
            tally.unreadable += usize::from(judged.unread > 0);
            tally.unread_sides += judged.unread;
        }
        let defined = checked.givens.iter().filter(|g| g.origin == Origin::Definition);
        tally.sides = 2 * (checked.relations.len() + defined.count());
        // A formula without its end hides what it states.
        let hidden =
            checked.source.notes.iter().filter(|note| note.code == "unclosed-formula");
        tally.unread = checked.skipped.iter().filter(|skipped| skipped.unread).count()
            + hidden.count();
        tally
    }

    /// Counts one verdict.
    pub fn count(&mut self, status: Status) {
        *match status {
            Status::Proved => &mut self.proved,
            Status::Agrees => &mut self.agrees,
            Status::Slip => &mut self.slip,
            Status::Refuted => &mut self.refuted,
            Status::IllFormed => &mut self.ill_formed,
            Status::Skipped => &mut self.skipped,
        } += 1;
    }

    /// Both together.
    pub fn plus(self, other: Tally) -> Tally {
        Tally {
            proved: self.proved + other.proved,
            agrees: self.agrees + other.agrees,
            slip: self.slip + other.slip,
            refuted: self.refuted + other.refuted,
            ill_formed: self.ill_formed + other.ill_formed,
            skipped: self.skipped + other.skipped,
            unread: self.unread + other.unread,
            unreadable: self.unreadable + other.unreadable,
            sides: self.sides + other.sides,
            unread_sides: self.unread_sides + other.unread_sides,
        }
    }

    /// All relations.
    pub fn relations(&self) -> usize {
        self.proved
            + self.agrees
            + self.slip
            + self.refuted
            + self.ill_formed
            + self.skipped
    }

    /// The share of relations that were read and judged, from 0 to 1.
    pub fn coverage(&self) -> f64 {
        let all = self.relations() + self.unread;
        if all == 0 {
            1.0
        } else {
            1.0 - (self.unreadable + self.unread) as f64 / all as f64
        }
    }

    /// Whether something is wrong; `strict` also counts what is not proved.
    pub fn fails(&self, strict: bool) -> bool {
        self.slip + self.refuted + self.ill_formed > 0
            || strict && self.agrees + self.skipped + self.unread > 0
    }

    /// The counts with the words of the contract, in its order.
    pub fn counts(&self) -> [(&'static str, usize); 6] {
        [
            (Status::Proved.word(), self.proved),
            (Status::Agrees.word(), self.agrees),
            (Status::Slip.word(), self.slip),
            (Status::Refuted.word(), self.refuted),
            (Status::IllFormed.word(), self.ill_formed),
            (Status::Skipped.word(), self.skipped),
        ]
    }
}
