//! Loops compiled for the widest vectors of the machine they run on.
//!
//! A loop is written once, as [`Wide::run`], and compiled three times: for AVX-512, for AVX2 with fused
//! multiply-add, and for the plain instruction set. Which of them runs is decided at run time.

/// A loop that exists with and without fused multiply-add. `run` must be `#[inline(always)]`, so that it
/// is compiled with the instructions of its caller.
pub(crate) trait Wide {
    /// What the loop computes.
    type Output;
    /// The loop; where `FMA` holds, `mul_add` is one fast instruction.
    fn run<const FMA: bool>(self) -> Self::Output;
}

/// Runs the loop with the widest instructions of this machine.
#[inline(always)]
pub(crate) fn dispatch<O: Wide>(op: O) -> O::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if avx512_is_here() {
            #[expect(unsafe_code, reason = "the instructions are there: just asked")]
            // SAFETY: every feature that `avx512` is compiled for was found on this machine.
            return unsafe { avx512(op) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            #[expect(unsafe_code, reason = "the instructions are there: just asked")]
            // SAFETY: both features that `avx2` is compiled for were found on this machine.
            return unsafe { avx2(op) };
        }
    }
    op.run::<{ cfg!(target_arch = "aarch64") }>()
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn avx512_is_here() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
fn avx512<O: Wide>(op: O) -> O::Output {
    op.run::<true>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<O: Wide>(op: O) -> O::Output {
    op.run::<true>()
}

/// What a module of a float type's function needs beside it: `fma`, and the function of a slice.
macro_rules! for_slices {
    ($T:ident, $function:ident, $slice:ident) => {
        #[inline(always)]
        fn fma<const FMA: bool>(a: $T, b: $T, c: $T) -> $T {
            if FMA { a.mul_add(b, c) } else { a * b + c }
        }

        /// The function of each entry of a slice, as far as both slices reach.
        pub(crate) fn $slice(x: &[$T], out: &mut [$T]) {
            struct Each<'a>(&'a [$T], &'a mut [$T]);
            impl Wide for Each<'_> {
                type Output = ();

                #[inline(always)]
                fn run<const FMA: bool>(self) {
                    for (out, x) in self.1.iter_mut().zip(self.0) {
                        *out = $function::<FMA>(*x);
                    }
                }
            }
            dispatch(Each(x, out));
        }
    };
}
pub(crate) use for_slices;
