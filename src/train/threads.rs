//! Two threads that meet several times a millisecond.
//!
//! A step of training is cut in two three times, and lasts less than a millisecond. To sleep and to be
//! woken takes a tenth of that, so a thread that waits here looks again and again for a while before it
//! sleeps. All hand-over of work is rayon's; what is here only keeps the second thread of the pool
//! from falling asleep between two pieces of work.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;

use rayon::Yield;

use super::Error;

/// Looks for the other thread before a waiting one sleeps: some hundred microseconds.
const PATIENCE: u32 = 4_000;

/// Looks between two offers of the processor to whoever else waits for it.
const OFFER: u32 = 32;

/// The second thread of a pool: awake or asleep, and until when it is needed.
#[derive(Default)]
struct Helper {
    thread: OnceLock<Thread>,
    asleep: AtomicBool,
    done: AtomicBool,
}

thread_local! {
    /// Who helps this thread.
    static HELPER: RefCell<Option<Arc<Helper>>> = const { RefCell::new(None) };
}

/// Raises a flag when it is dropped, however its owner ends.
struct Raise<'a>(&'a AtomicBool);

impl Drop for Raise<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Sends the helper home when it is dropped, however the work ends.
struct Dismiss(Arc<Helper>);

impl Drop for Dismiss {
    fn drop(&mut self) {
        HELPER.with_borrow_mut(|helper| *helper = None);
        self.0.done.store(true, Ordering::SeqCst);
        self.0.wake();
    }
}

/// Runs `work` so that two threads are at hand for the steps in it.
///
/// # Errors
/// The threads cannot be started.
pub fn with_threads<R: Send>(
    threads: usize,
    work: impl FnOnce() -> R + Send,
) -> Result<R, Error> {
    if threads < 2 {
        return Ok(work());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Error::new("threads", error.to_string()))?;
    let helper = Arc::new(Helper::default());
    let working = || {
        HELPER.with_borrow_mut(|here| *here = Some(Arc::clone(&helper)));
        let _home = Dismiss(Arc::clone(&helper));
        work()
    };
    let (result, ()) = pool.install(|| rayon::join(working, || helper.stand_by()));
    Ok(result)
}

impl Helper {
    /// Takes on the other halves of steps until all is done.
    fn stand_by(&self) {
        let _ = self.thread.set(std::thread::current());
        let mut idle = 0;
        while !self.done.load(Ordering::SeqCst) {
            match rayon::yield_now() {
                Some(Yield::Executed) => idle = 0,
                _ if idle < PATIENCE => {
                    idle += 1;
                    pause(idle);
                }
                _ => {
                    // First asleep, then one more look: `wake` does it the other way round, so one of
                    // the two sees the other. (Missing it would cost a step's time, nothing else.)
                    self.asleep.store(true, Ordering::SeqCst);
                    fence(Ordering::SeqCst);
                    let found = matches!(rayon::yield_now(), Some(Yield::Executed));
                    if !found && !self.done.load(Ordering::SeqCst) {
                        std::thread::park();
                    }
                    self.asleep.store(false, Ordering::SeqCst);
                    idle = 0;
                }
            }
        }
    }

    fn wake(&self) {
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }
}

/// A moment's wait, the `look`-th in a row.
fn pause(look: u32) {
    if look.is_multiple_of(OFFER) {
        std::thread::yield_now();
    } else {
        std::hint::spin_loop();
    }
}

/// Both pieces of work: one after the other, or at the same time on the two threads of
/// [`with_threads`].
pub(super) fn both<A: Send, B: Send>(
    threads: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if threads < 2 {
        return (one(), other());
    }
    let (begun, ended) = (AtomicBool::new(false), AtomicBool::new(false));
    rayon::join(
        || {
            HELPER.with_borrow(|helper| {
                if let Some(helper) = helper {
                    helper.wake();
                }
            });
            let result = one();
            // Where nobody has begun the other piece this thread does it next; where it takes longer
            // than patience lasts, rayon waits in its own way.
            let mut looks = 0;
            while begun.load(Ordering::Acquire)
                && !ended.load(Ordering::Acquire)
                && looks < PATIENCE
            {
                looks += 1;
                pause(looks);
            }
            result
        },
        || {
            begun.store(true, Ordering::Release);
            let _over = Raise(&ended);
            other()
        },
    )
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn both_pieces_are_done_within_threads_and_without() {
        for threads in [1, 2, 3] {
            let sums = with_threads(threads, || {
                (0..2000u64)
                    .map(|i| both(threads, || i, || 2 * i))
                    .fold((0, 0), |(a, b), (x, y)| (a + x, b + y))
            });
            assert_eq!(sums.unwrap(), (1_999_000, 3_998_000));
        }
        // Outside of `with_threads` rayon's own threads serve.
        assert_eq!(both(2, || 1, || 2), (1, 2));
    }

    #[test]
    fn a_panic_comes_out_and_leaves_no_thread_waiting() {
        for at in 0..3 {
            let outcome = std::panic::catch_unwind(|| {
                with_threads(2, || {
                    both(2, || assert!(at != 0), || assert!(at != 1));
                    assert!(at != 2);
                })
            });
            assert!(outcome.is_err());
            assert_eq!(with_threads(2, || both(2, || 1, || 2)).unwrap(), (1, 2));
        }
    }

    /// Whether something comes true within a time that no machine should need.
    fn soon(mut holds: impl FnMut() -> bool) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            if holds() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    }

    #[test]
    fn a_helper_sleeps_where_there_is_nothing_to_do_and_is_woken_for_the_next_piece() {
        with_threads(2, || {
            let helper = HELPER.with_borrow(Clone::clone).unwrap();
            for _ in 0..20 {
                assert!(soon(|| helper.asleep.load(Ordering::SeqCst)));
                // This thread waits for the other piece, so only the helper can do it.
                let done = AtomicBool::new(false);
                let (seen, ()) = both(
                    2,
                    || soon(|| done.load(Ordering::SeqCst)),
                    || done.store(true, Ordering::SeqCst),
                );
                assert!(seen);
            }
        })
        .unwrap();
    }
}
