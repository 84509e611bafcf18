//! Whether a hand-in is late, and what that costs.

use chrono::DateTime;

use crate::grade::assignment::Settings;
use crate::grade::score::Points;

/// The penalty and its reason in words; no penalty where the time is not known.
pub(super) fn penalty(
    settings: &Settings,
    submitted: Option<&str>,
    raw: Points,
) -> (Points, String) {
    let moment = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let (Some(due), Some(submitted)) =
        (settings.due.as_deref().and_then(moment), submitted.and_then(moment))
    else {
        return (Points::ZERO, String::new());
    };
    let seconds = (submitted - due).num_seconds();
    if seconds <= 0 {
        return (Points::ZERO, String::new());
    }
    // A day begun is a day.
    let days = (seconds + 86_399) / 86_400;
    let days_text = if days == 1 { "1 day".into() } else { format!("{days} days") };
    if settings.late.days.is_some_and(|most| days > i64::from(most)) {
        return (raw, format!("late by {days_text}: not accepted"));
    }
    let Some(share) = settings.late.per_day else {
        return (Points::ZERO, format!("late by {days_text}"));
    };
    let daily = share.of(raw);
    let cost = (0..days.min(1000)).map(|_| daily).sum::<Points>().min(raw);
    (cost, format!("late by {days_text}: − {cost} points"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::score::Percent;

    fn settings() -> Settings {
        let mut settings =
            Settings { due: Some("2026-11-20T23:59:00Z".into()), ..Settings::default() };
        settings.late.per_day = Some(Percent::new(10));
        settings.late.days = Some(3);
        settings
    }

    #[test]
    fn a_day_begun_costs_its_share() {
        let cost = |when: &str| penalty(&settings(), Some(when), Points::whole(50)).0;
        assert_eq!(cost("2026-11-20T23:59:00Z"), Points::ZERO);
        assert_eq!(cost("2026-11-21T00:58:59+01:00"), Points::ZERO);
        assert_eq!(cost("2026-11-20T23:59:01Z"), Points::whole(5));
        assert_eq!(cost("2026-11-21T23:59:00Z"), Points::whole(5));
        assert_eq!(cost("2026-11-22T00:00:00Z"), Points::whole(10));
        assert_eq!(cost("2026-12-22T00:00:00Z"), Points::whole(50));
    }

    #[test]
    fn an_unknown_time_costs_nothing() {
        assert_eq!(penalty(&settings(), None, Points::whole(50)).0, Points::ZERO);
    }
}
