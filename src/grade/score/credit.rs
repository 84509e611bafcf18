//! How much of a question's points a piece of work earns: the policy, and nothing else.

use serde::{Deserialize, Serialize};

use super::points::Points;

/// A share of the points, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Percent(u64);

impl Percent {
    /// A whole number of percent, at most 100.
    pub fn new(percent: u8) -> Self {
        Percent(u64::from(percent.min(100)) * 1000)
    }

    /// Of the given points.
    pub fn of(self, points: Points) -> Points {
        points.share(self.0, 100_000)
    }

    fn weight(self) -> u64 {
        self.0
    }
}

impl TryFrom<f64> for Percent {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if !(0.0..=1.0).contains(&share) {
            return Err(format!(
                "{share} is no share: write a number from 0 to 1, such as 0.5"
            ));
        }
        Ok(Percent((share * 100_000.0).round() as u64))
    }
}

impl From<Percent> for f64 {
    fn from(percent: Percent) -> f64 {
        percent.0 as f64 / 100_000.0
    }
}

/// Which steps count when one is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepRule {
    /// The right steps before the first wrong one.
    UntilFirstFault,
    /// Every right step: a mistake costs the step in which it is made.
    #[default]
    Each,
}

/// The partial credit policy of an assignment; each is a share from 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Credit {
    /// The share of a question's points that its steps carry; the answer carries the rest.
    pub steps: Percent,
    /// Which steps count.
    pub rule: StepRule,
    /// What an answer without any step earns of the steps' share, when it is right.
    pub bare_answer: Percent,
    /// What a slip of notation keeps.
    pub slip: Percent,
    /// What an answer keeps that is right in the other layout only.
    pub other_layout: Percent,
    /// What an answer keeps that is right but not in the form asked for.
    pub other_form: Percent,
    /// What an answer keeps that is wrong but follows from an earlier mistake, or that spoils a
    /// right one above it.
    pub carried: Percent,
}

impl Default for Credit {
    fn default() -> Self {
        Credit {
            steps: Percent::new(50),
            rule: StepRule::Each,
            bare_answer: Percent::new(100),
            slip: Percent::new(75),
            other_layout: Percent::new(75),
            other_form: Percent::new(50),
            carried: Percent::new(50),
        }
    }
}

/// What is known of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// False, or not well-formed.
    Wrong,
    /// Right after a small repair of notation.
    Slip,
    /// Not readable: counted as right until a person has looked.
    Unread,
    /// Proved.
    Right,
}

/// What is known of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerState {
    /// There is none.
    Missing,
    /// Wrong.
    Wrong,
    /// Wrong, but it follows from an earlier mistake, or the right one stood above it.
    Carried,
    /// True, but derivatives are left that were to be found.
    Unfinished,
    /// Right, but not in the form asked for.
    OtherForm,
    /// Right in the other layout only.
    OtherLayout,
    /// Right after a small repair of notation.
    Slip,
    /// Not readable: counted as right until a person has looked.
    Unread,
    /// Right.
    Right,
}

/// Points earned, and how many of them wait for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    /// The points, open ones included.
    pub points: Points,
    /// The points that a person may still take away, because something was not readable.
    pub open: Points,
}

/// What the answer earns of its share.
pub fn answer(credit: &Credit, share: Points, state: AnswerState) -> Earned {
    let points = match state {
        AnswerState::Missing | AnswerState::Wrong => Points::ZERO,
        AnswerState::Carried => credit.carried.of(share),
        AnswerState::Unfinished | AnswerState::OtherForm => credit.other_form.of(share),
        AnswerState::OtherLayout => credit.other_layout.of(share),
        AnswerState::Slip => credit.slip.of(share),
        AnswerState::Unread | AnswerState::Right => share,
    };
    let open = if state == AnswerState::Unread { points } else { Points::ZERO };
    Earned { points, open }
}

/// What the steps earn of their share.
pub fn steps(
    credit: &Credit,
    share: Points,
    steps: &[StepState],
    answer: AnswerState,
) -> Earned {
    if steps.is_empty() {
        let bare = credit.bare_answer.of(share);
        let points = match answer {
            AnswerState::Right | AnswerState::Unread => bare,
            AnswerState::Slip => credit.slip.of(bare),
            AnswerState::OtherLayout => credit.other_layout.of(bare),
            AnswerState::OtherForm => credit.other_form.of(bare),
            _ => Points::ZERO,
        };
        let open = if answer == AnswerState::Unread { points } else { Points::ZERO };
        return Earned { points, open };
    }
    let full = 100_000;
    let counted = match credit.rule {
        StepRule::Each => steps,
        StepRule::UntilFirstFault => {
            let end = steps.iter().position(|&state| state == StepState::Wrong);
            &steps[..end.unwrap_or(steps.len())]
        }
    };
    let worth = |state: StepState| match state {
        StepState::Wrong => 0,
        StepState::Slip => credit.slip.weight(),
        StepState::Unread | StepState::Right => full,
    };
    let weight: u64 = counted.iter().map(|&state| worth(state)).sum();
    let unread =
        counted.iter().filter(|&&state| state == StepState::Unread).count() as u64;
    let whole = steps.len() as u64 * full;
    let points = share.share(weight, whole);
    Earned { points, open: points - share.share(weight - unread * full, whole) }
}

/// The answer's and the steps' shares of a question's points.
pub fn shares(credit: &Credit, points: Points) -> (Points, Points) {
    let for_steps = credit.steps.of(points);
    (points - for_steps, for_steps)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step_state() -> impl Strategy<Value = StepState> {
        use StepState::*;
        prop::sample::select(vec![Wrong, Slip, Unread, Right])
    }

    fn answer_state() -> impl Strategy<Value = AnswerState> {
        use AnswerState::*;
        prop::sample::select(vec![
            Missing,
            Wrong,
            Carried,
            Unfinished,
            OtherForm,
            OtherLayout,
            Slip,
            Unread,
            Right,
        ])
    }

    fn credit_policy() -> impl Strategy<Value = Credit> {
        (prop::collection::vec(0_u8..=100, 6), any::<bool>()).prop_map(|(p, each)| {
            Credit {
                steps: Percent::new(p[0]),
                rule: if each { StepRule::Each } else { StepRule::UntilFirstFault },
                bare_answer: Percent::new(p[1]),
                slip: Percent::new(p[2]),
                other_layout: Percent::new(p[3]),
                other_form: Percent::new(p[4]),
                carried: Percent::new(p[5]),
            }
        })
    }

    fn total(
        credit: &Credit,
        points: Points,
        work: &[StepState],
        state: AnswerState,
    ) -> Earned {
        let (for_answer, for_steps) = shares(credit, points);
        let a = answer(credit, for_answer, state);
        let s = steps(credit, for_steps, work, state);
        Earned { points: a.points + s.points, open: a.open + s.open }
    }

    proptest! {
        #[test]
        fn points_stay_within_bounds(credit in credit_policy(), points in 0_u32..500, work in prop::collection::vec(step_state(), 0..20), state in answer_state()) {
            let points = Points::whole(points);
            let earned = total(&credit, points, &work, state);
            prop_assert!(earned.points <= points);
            prop_assert!(earned.open <= earned.points);
        }

        #[test]
        fn correcting_a_step_never_costs_points(credit in credit_policy(), points in 0_u32..500, work in prop::collection::vec(step_state(), 1..20), state in answer_state(), which in any::<prop::sample::Index>()) {
            let points = Points::whole(points);
            let before = total(&credit, points, &work, state).points;
            let mut better = work.clone();
            let at = which.index(work.len());
            better[at] = StepState::Right;
            prop_assert!(total(&credit, points, &better, state).points >= before);
            let mut repaired = work.clone();
            if repaired[at] == StepState::Wrong {
                repaired[at] = StepState::Slip;
                prop_assert!(total(&credit, points, &repaired, state).points >= before);
            }
        }

        #[test]
        fn a_right_answer_is_worth_most(credit in credit_policy(), points in 0_u32..500, work in prop::collection::vec(step_state(), 0..20), state in answer_state()) {
            let points = Points::whole(points);
            let right = total(&credit, points, &work, AnswerState::Right).points;
            prop_assert!(total(&credit, points, &work, state).points <= right);
        }

        #[test]
        fn nothing_right_is_nothing(credit in credit_policy(), points in 0_u32..500, count in 0_usize..20) {
            let work = vec![StepState::Wrong; count];
            for state in [AnswerState::Wrong, AnswerState::Missing] {
                let earned = total(&credit, Points::whole(points), &work, state);
                prop_assert_eq!(earned.points, Points::ZERO);
            }
        }

        #[test]
        fn everything_right_is_everything(credit in credit_policy(), points in 0_u32..500, count in 1_usize..20) {
            let work = vec![StepState::Right; count];
            let points = Points::whole(points);
            prop_assert_eq!(total(&credit, points, &work, AnswerState::Right).points, points);
        }

        #[test]
        fn what_is_not_read_costs_nothing(credit in credit_policy(), points in 0_u32..500, work in prop::collection::vec(step_state(), 1..20), which in any::<prop::sample::Index>(), state in answer_state()) {
            let points = Points::whole(points);
            let at = which.index(work.len());
            let (mut unread, mut right) = (work.clone(), work);
            unread[at] = StepState::Unread;
            right[at] = StepState::Right;
            prop_assert_eq!(
                total(&credit, points, &unread, state).points,
                total(&credit, points, &right, state).points
            );
        }
    }
}
