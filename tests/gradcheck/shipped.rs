//! The checks behind `gradproof gradcheck` pass for every shipped kernel.

use gradproof::gradcheck::Verdict;
use gradproof::gradcheck::shipped::{by_differences, by_duals};
use gradproof::kernels::Kernel;

#[test]
fn every_kernel_passes_by_differences_and_by_duals() {
    for kernel in Kernel::ALL {
        for summary in [
            by_duals(kernel, 3),
            by_differences::<f64>(kernel, 3),
            by_differences::<f32>(kernel, 3),
        ] {
            let report =
                summary.report.map(|report| report.to_string()).unwrap_or_default();
            assert_eq!(summary.verdict, Verdict::Pass, "{}: {report}", kernel.name());
            assert_eq!(summary.cases, 12);
        }
    }
}

#[cfg(feature = "prove")]
#[test]
fn every_rational_kernel_is_exact() {
    use gradproof::gradcheck::shipped::{Exactness, exactly};
    for kernel in Kernel::ALL {
        let expected = match kernel.is_rational() {
            true => Exactness::Exact(12),
            false => Exactness::NotRational,
        };
        assert_eq!(exactly(kernel, 3), expected, "{}", kernel.name());
    }
}

#[test]
fn dual_numbers_raise_no_false_alarm() {
    for kernel in Kernel::ALL {
        let summary = by_duals(kernel, 40);
        let report = summary.report.map(|report| report.to_string()).unwrap_or_default();
        assert_ne!(summary.verdict, Verdict::Fail, "{}: {report}", kernel.name());
    }
}
